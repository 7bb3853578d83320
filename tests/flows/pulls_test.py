"""Work lands by pull requests: what is offered there, and what becomes of it here."""

from __future__ import annotations

import pytest
from forges import Forge, forge_again
from scene import Again

from batty_hooks.rules import serving
from batty_hooks.state.server import asking


def served(forge: Forge) -> None:
    """Nothing has happened yet."""


def offered(forge: Forge) -> None:
    """A branch that passed and is offered."""
    forge.served.branch("two", {"numbers/two": "2\n"})
    said = forge.served.run("merge", "two", code=75)
    assert "tested, pull request 12 (no checks)" in said


@pytest.fixture
def forge(again: Again, alone: None, monkeypatch: pytest.MonkeyPatch) -> Forge:
    return forge_again(again, monkeypatch, offered)


@pytest.fixture
def unused(again: Again, alone: None, monkeypatch: pytest.MonkeyPatch) -> Forge:
    return forge_again(again, monkeypatch, served)


def test_what_passed_is_offered_and_lands_when_it_is_merged(forge: Forge) -> None:
    commit, before = forge.served.git("rev-parse", "two"), forge.served.there()
    assert forge.there() == commit and before == forge.served.tip()
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
    commit = forge.served.git("rev-parse", "two")
    merge = forge.merge()
    assert forge.served.json("status")["queue"] == []
    assert forge.served.tip() == merge and forge.served.git("rev-parse", "two") == commit
    assert [event["commit"] for event in forge.served.events() if event["event"] == "landed"] == [merge]
    for _ in range(2):
        forge.look()
    assert not forge.there(), "what the forge has deleted is not made again (git-town/git-town 2026)"


def test_one_that_cannot_be_offered_holds_up_no_other(unused: Forge) -> None:
    """(kubernetes/test-infra 6579 and 10001: for hours nothing was merged beside one that could not be.)"""
    hook = unused.served.server / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n! grep -q refs/heads/batty/two\n")
    hook.chmod(0o755)
    for name, number in (("two", 2), ("three", 3)):
        unused.served.branch(name, {f"numbers/{name}": f"{number}\n"})
        unused.served.run("merge", "--no-wait", name)
    unused.served.run("step", "--until-idle", code=None)
    assert [pull["headRefName"] for pull in unused.pulls()] == ["batty/three"]
    assert "two passed, but cannot be offered" in " ".join(unused.status().split())


def test_a_branch_with_somebody_elses_commits_is_not_written_over(forge: Forge) -> None:
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
    "nothing is new": ("1 pull request create failed: GraphQL: No commits between main and batty/two", "remote", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_gh_refuses_is_one_need_and_goes_on_when_it_is_mended(unused: Forge, what: str) -> None:
    words, mend, _ = REFUSED[what]
    (unused.place / "refuses").write_text(words)
    unused.served.branch("two", {"numbers/two": "2\n"})
    unused.served.run("merge", "two", code=75)
    said = unused.status()
    assert words.partition(" ")[2].split("  ")[0] in " ".join(said.split()) and mend in said
    (unused.place / "refuses").unlink()
    unused.look()
    assert "tested, pull request 12" in unused.status()
    assert unused.pulls()[0]["headRefName"] == "batty/two"


def test_who_was_killed_before_the_number_was_noted_makes_no_second_one(forge: Forge) -> None:
    (forge.served.root / ".batty/pulls/b-two.json").unlink()
    forge.look()
    assert len(forge.pulls()) == 1 and "tested, pull request 12" in forge.status()


def test_a_pre_push_hook_that_hangs_is_told_of_that_one(unused: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = unused.served.root / ".git/hooks/pre-push.before-batty"
    hook.write_text("#!/bin/sh\nexec sleep 600\n")
    hook.chmod(0o755)
    monkeypatch.setattr(serving, "PUSH_LIMIT", 2.0)
    monkeypatch.setattr(asking, "_HOOK_SILENCE", 1.0)
    unused.served.branch("two", {"numbers/two": "2\n"})
    unused.served.run("merge", "--no-wait", "two")
    unused.served.run("step", "--until-idle")
    for _ in range(2):
        unused.served.run("remote")
        unused.served.run("step", "--until-idle")
    [need] = [one["what"] for one in unused.served.json("status")["needs_you"] if one["what"].startswith("two passed")]
    why = "the pre-push hook here: no answer for 1 s"
    assert f"{why}; nor ahead of its push: {why}" in need
    hook.unlink()
    unused.served.run("remote")
    unused.served.run("step", "--until-idle")
    assert "pull request 12" in unused.served.run("merge", "two", code=75)
