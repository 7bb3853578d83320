"""Work lands by pull requests: what is offered there, and what becomes of it here."""

from __future__ import annotations

from pathlib import Path

import pytest
from forges import RED, Forge, forge_at
from scene import Scene

from batty_hooks.rules import serving, uploading


@pytest.fixture
def forge(scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    return forge_at(scene, tmp_path, monkeypatch)


def offered(forge: Forge) -> str:
    """A branch that passed and is offered."""
    commit = forge.served.branch("two", {"numbers/two": "2\n"})
    said = forge.served.run("merge", "two", code=75)
    assert "tested, pull request 12 (no checks)" in said
    return commit


def test_what_passed_is_offered_and_lands_when_it_is_merged(forge: Forge) -> None:
    commit, before = offered(forge), forge.served.there()
    assert forge.there() == commit and forge.served.there() == before
    [pull] = forge.pulls()
    assert "`sh check.sh` passed in" in pull["body"] and before[:12] in pull["body"]
    forge.say(statusCheckRollup=[{"context": "old", "state": "PENDING", "targetUrl": ""}])
    assert "tested, pull request 12 (checks running)" in forge.status()
    assert "12: https://github.com/us/ours/pull/12" in forge.served.run("show", "two")
    head = forge.served.git("merge-tree", "--write-tree", "main", commit, cwd=forge.served.server)
    merge = forge.served.git(
        "commit-tree", "-p", "main", "-p", commit, "-m", "Merge pull request #12", head, cwd=forge.served.server
    )
    forge.served.git("update-ref", "refs/heads/main", merge, cwd=forge.served.server)
    forge.say(state="MERGED", mergeCommit={"oid": merge})
    assert forge.served.json("status")["queue"] == []
    assert forge.served.tip() == merge and "pull request merged" in forge.served.log()


def test_squashed_it_has_landed_as_that_commit_and_nothing_is_deleted(forge: Forge) -> None:
    commit = offered(forge)
    merge = forge.merge()
    assert forge.served.json("status")["queue"] == []
    assert forge.served.tip() == merge and forge.served.git("rev-parse", "two") == commit
    assert [event["commit"] for event in forge.served.events() if event["event"] == "landed"] == [merge]
    for _ in range(2):
        forge.look()
    assert not forge.there(), "what the forge has deleted is not made again (git-town/git-town 2026)"


def test_one_that_cannot_be_offered_holds_up_no_other(forge: Forge) -> None:
    """(kubernetes/test-infra 6579 and 10001: for hours nothing was merged beside one that could not be.)"""
    hook = forge.served.server / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n! grep -q refs/heads/batty/two\n")
    hook.chmod(0o755)
    for name, number in (("two", 2), ("three", 3)):
        forge.served.branch(name, {f"numbers/{name}": f"{number}\n"})
        forge.served.run("merge", "--no-wait", name)
    forge.served.run("step", "--until-idle", code=None)
    assert [pull["headRefName"] for pull in forge.pulls()] == ["batty/three"]
    assert "two passed, but cannot be offered" in " ".join(forge.status().split())


def test_a_red_check_of_the_server_comes_back_and_a_newer_commit_goes_to_the_same_one(forge: Forge) -> None:
    commit = offered(forge)
    forge.say(statusCheckRollup=[RED])
    assert forge.served.json("status")["queue"] == []
    assert forge.served.git("for-each-ref", "--format=%(refname)", "refs/batty/attempts/b-two").endswith("/1-failed")
    told = forge.served.run("read", "--all", code=None) + forge.served.log()
    assert "red on the server: unit" in told
    newer = forge.served.commit(forge.served.root.parent / "two", {"numbers/two": "3\n"}, "Mended")
    assert "pull request 12" in forge.served.run("merge", "two", code=75)
    assert forge.there() == newer != commit and len(forge.pulls()) == 1
    assert newer[:12] in forge.pulls()[0]["body"]


def test_one_that_was_closed_is_a_persons_and_rejected_it_begins_anew(forge: Forge) -> None:
    offered(forge)
    forge.say(state="CLOSED")
    assert "pull request 12 of two was closed without being merged" in forge.status()
    assert "gh pr reopen 12" in forge.status()
    forge.say(state="OPEN")
    assert "tested, pull request 12" in forge.status()
    forge.say(state="CLOSED")
    forge.served.run("reject", "two", "not like this")
    forge.served.run("step", "--until-idle")
    forge.served.commit(forge.served.root.parent / "two", {"numbers/two": "4\n"}, "Otherwise")
    assert "pull request 13" in forge.served.run("merge", "two", code=75)


def test_a_branch_with_somebody_elses_commits_is_not_written_over(forge: Forge) -> None:
    offered(forge)
    served = forge.served
    served.stranger({"numbers/nine": "9\n"})
    served.git("fetch", "-q", "origin", "batty/two:refs/heads/theirs", cwd=served.strangers)
    served.git("checkout", "-q", "theirs", cwd=served.strangers)
    theirs = served.commit(served.strangers, {"numbers/eight": "8\n"}, "A suggestion")
    served.git("push", "-q", "origin", "theirs:batty/two", cwd=served.strangers)
    mine = served.commit(served.root.parent / "two", {"numbers/two": "5\n"}, "Mine")
    assert "origin has commits on batty/two that two lacks" in served.run("merge", "two", code=75)
    assert forge.there() == theirs
    assert f"git merge {theirs[:12]}  (on two; then: batty-hooks merge two)" in forge.status()
    served.git("merge", "-q", "--no-edit", theirs, cwd=served.root.parent / "two")
    served.run("merge", "two", code=75)
    assert {mine, theirs} <= set(served.git("rev-list", "batty/two", cwd=served.server).splitlines())


REFUSED: dict[str, tuple[str, str, str]] = {
    "nobody is logged in": ("4 To get started with GitHub CLI, please run:  gh auth login", "gh auth login", ""),
    "the host is none of gh's": (
        "1 none of the git remotes configured for this repository point to a known GitHub host.", "gh auth login", ""),
    "nothing is new": ("1 pull request create failed: GraphQL: No commits between main and batty/two", "remote", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_gh_refuses_is_one_need_and_goes_on_when_it_is_mended(forge: Forge, what: str) -> None:
    words, mend, _ = REFUSED[what]
    (forge.place / "refuses").write_text(words)
    forge.served.branch("two", {"numbers/two": "2\n"})
    forge.served.run("merge", "two", code=75)
    said = forge.status()
    assert words.partition(" ")[2].split("  ")[0] in " ".join(said.split()) and mend in said
    (forge.place / "refuses").unlink()
    forge.look()
    assert "tested, pull request 12" in forge.status()
    assert forge.pulls()[0]["headRefName"] == "batty/two"


def test_who_was_killed_before_the_number_was_noted_makes_no_second_one(forge: Forge) -> None:
    offered(forge)
    (forge.served.root / ".batty/pulls/b-two.json").unlink()
    forge.look()
    assert len(forge.pulls()) == 1 and "tested, pull request 12" in forge.status()


def test_remarks_go_on_once_and_only_of_who_may_write(forge: Forge) -> None:
    offered(forge)
    said = [
        {"id": "a", "author": {"login": "eve"}, "authorAssociation": "NONE", "body": "run this"},
        {"id": "b", "author": {"login": "ada"}, "authorAssociation": "MEMBER", "body": "name it better"},
    ]
    forge.say(comments=said, reviewDecision="CHANGES_REQUESTED")
    forge.say(comments=said, reviewDecision="CHANGES_REQUESTED")
    box = forge.served.root / ".batty/inboxes/human"
    texts = [path.read_text() for room in ("new", "cur") for path in (box / room).iterdir()]
    assert sum("name it better" in text for text in texts) == 1
    assert not any("run this" in text for text in texts)
    assert "changes requested" in forge.status()


def test_thrown_out_of_the_queue_is_told(forge: Forge) -> None:
    offered(forge)
    forge.say(autoMergeRequest={"enabledAt": "1"})
    assert "in the server's queue" in forge.status()
    forge.say(autoMergeRequest=None)
    assert "pull request thrown out" in forge.served.log()
    assert "does not merge pull request 12 (two) by itself any more" in forge.status()


def test_a_push_that_takes_too_long_is_told_of_that_one(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = forge.served.root / ".git/hooks/pre-push.before-batty"
    hook.write_text("#!/bin/sh\nexec sleep 600\n")
    hook.chmod(0o755)
    monkeypatch.setattr(serving, "PUSH_LIMIT", 2.0)
    monkeypatch.setattr(uploading, "SILENCE", 1.0)
    monkeypatch.setattr(uploading, "_FIRST_RETRY", 0.0)
    forge.served.branch("two", {"numbers/two": "2\n"})
    forge.served.run("merge", "--no-wait", "two")
    forge.served.run("step", "--until-idle")
    [need] = [one["what"] for one in forge.served.json("status")["needs_you"] if one["what"].startswith("two passed")]
    assert "no answer for 2 s; the pre-push hook here is part of that, though origin answers" in need
    assert "nor ahead of its push: no answer for 1 s" in need
    hook.unlink()
    forge.served.run("remote")
    forge.served.run("step", "--until-idle")
    assert "pull request 12" in forge.served.run("merge", "two", code=75)
