"""What happens on the server meanwhile to work that is offered there: to its branch, its base, the trunk, the forge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from forges import (
    ASTRAY,
    BY_ROBOT,
    FROZEN,
    GONE,
    LOST,
    OLDER,
    OTHERWISE,
    OWN,
    RED,
    STILL,
    UPDATED,
    Forge,
    forge_again,
    forge_at,
)
from scene import Again, Scene

from batty_hooks.state import pulls
from batty_hooks.state.project import find
from batty_hooks.system.records import replace


def offered(forge: Forge) -> None:
    """A branch that passed and is offered."""
    forge.served.branch("two", {"numbers/two": "2\n"})
    forge.served.run("merge", "two", code=75)


@pytest.fixture
def forge(again: Again, alone: None, monkeypatch: pytest.MonkeyPatch) -> Forge:
    return forge_again(again, monkeypatch, offered)


def waits(forge: Forge) -> list[str]:
    return [row["stage"] for row in forge.served.json("status")["queue"]]


def needs(forge: Forge, words: str) -> dict[str, str]:
    found: list[dict[str, str]] = forge.served.json("status")["needs_you"]
    [need] = [one for one in found if words in one["what"]]
    return need


def more(forge: Forge, text: str = "3\n", name: str = "numbers/two") -> str:
    """A newer commit of the same branch, offered."""
    commit = forge.served.commit(forge.served.root.parent / "two", {name: text}, "More")
    forge.served.run("merge", "--no-wait", "two")
    return commit


# What GitHub says to that (https://github.com/openobserve/openobserve/pull/13765 saw it taken for a lost race).
QUEUE_HOLDS = """error: GH006: Protected branch update failed for refs/heads/batty/two.
error: A pull request for this branch has been added to a merge queue. Branches that
are queued for merging cannot be updated. To modify this branch, dequeue the
associated pull request.
"""


@pytest.mark.parametrize("ends", ["merged", "dropped"])
def test_a_newer_commit_waits_for_the_servers_queue_which_holds_the_branch(forge: Forge, ends: str) -> None:
    forge.say(isInMergeQueue=True)
    hook = forge.served.server / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat <<'SAID'\n{QUEUE_HOLDS}SAID\nexit 1\n")
    hook.chmod(0o755)
    newer = more(forge, name="numbers/three")
    forge.served.run("step", "--until-idle", code=None)
    assert waits(forge) == ["tested, waits for pull request 12, which is in the server's queue"]
    assert not [one for one in forge.served.json("status")["needs_you"] if "two" in one["what"]]
    forge.row(
        FROZEN, f"`{waits(forge)[0]}`", "it goes there as soon as that one is merged or dropped; nobody is charged"
    )
    hook.unlink()
    if ends == "merged":
        forge.merge("squash")
        assert [pull["number"] for pull in forge.pulls()] == [13, 12]
    else:
        forge.say(isInMergeQueue=False)
        forge.look()
        assert len(forge.pulls()) == 1
    assert forge.there() == newer


def test_a_forge_that_is_behind_a_push_shows_nobody_elses_commit(forge: Forge) -> None:
    """(https://github.com/strands-labs/robots/pull/2508 saw it behind for five hours: head and checks of before.)"""
    older = forge.there()
    forge.say(statusCheckRollup=[RED])
    newer = more(forge)
    forge.served.run("step", "--until-idle", code=None)
    [pull] = forge.pulls()
    forge.write([pull | {"headRefName": "behind", "headRefOid": older, "updatedAt": "9"}])
    forge.look()
    assert "somebody else" not in forge.status() and forge.there() == newer
    assert forge.served.log().count("handed back") == 1


def test_a_draft_is_told(forge: Forge) -> None:
    """One that is made a draft is merged by nobody, and stays where it is."""
    forge.say(isDraft=True)
    assert waits(forge) == ["tested, pull request 12 (no checks, a draft)"]


@pytest.mark.parametrize("rebase", [False, True])
def test_brought_up_to_date_there_and_squashed_it_has_landed(forge: Forge, rebase: bool) -> None:
    forge.served.stranger({"numbers/nine": "9\n"})
    forge.update(rebase)
    forge.look()
    assert waits(forge) == ["tested, pull request 12 (no checks)"]
    seen = f"`{forge.stage()}`"
    merge = forge.merge()
    assert waits(forge) == [] and forge.served.tip() == merge
    forge.row(UPDATED, seen, "it is the same offer still: nobody is charged, a red check comes back, merged it has "
              "landed, and a newer commit takes its place")  # fmt: skip


def test_brought_up_to_date_there_a_red_check_is_charged_and_a_newer_commit_goes_there(forge: Forge) -> None:
    forge.served.stranger({"numbers/nine": "9\n"})
    forge.update()
    forge.say(statusCheckRollup=[RED])
    assert waits(forge) == [] and "red on the server: unit" in forge.served.log()
    assert forge.served.git("for-each-ref", "--format=%(refname)", "refs/batty/attempts/b-two").endswith("/1-failed")
    newer = more(forge)
    forge.served.step()
    [pull] = forge.pulls()
    assert forge.there() == newer and newer[:12] in pull["body"]


def test_an_older_commit_is_squashed_while_a_newer_one_waits(forge: Forge) -> None:
    """Nothing of the newer one is taken for landed."""
    newer = more(forge, name="numbers/three")
    forge.merge()
    assert forge.pulls()[0]["number"] == 13 and forge.there() == newer
    assert waits(forge) == ["tested, pull request 13 (no checks)"]
    seen = f"`log`: pull request merged; `{forge.stage()}`"
    forge.row(OLDER, seen, "the newer one is tested upon that and offered anew; nobody is charged")
    forge.merge()
    assert forge.served.git("show", "main:numbers/two", cwd=forge.served.server) == "2"
    assert forge.served.git("show", "main:numbers/three", cwd=forge.served.server) == "3"
    assert waits(forge) == []


def test_what_it_conflicts_with_is_its_own_squash(forge: Forge) -> None:
    """The trunk is seen before the forge can be asked: nobody is charged with that."""
    forge.merge(look=False)
    forge.served.stranger({"numbers/two": "22\n"})
    (forge.place / "refuses").write_text("1 error connecting to api.github.com")
    forge.look()
    assert "handed back" not in forge.served.log() and len(waits(forge)) == 1
    seen = f"`{forge.stage()}`"
    (forge.place / "refuses").unlink()
    forge.look()
    assert waits(forge) == [] and "handed back" not in forge.served.log()
    assert [event["label"] for event in forge.served.events() if event["event"] == "landed"] == ["two"]
    forge.row(OWN, seen, "it may be its own squash: it goes back only once the forge was asked; nobody is charged here")


@pytest.mark.parametrize("way", ["merge", "reject"])
def test_merged_in_another_form_it_is_a_persons(forge: Forge, way: str) -> None:
    """Somebody has written the branch anew, with less in it."""
    served = forge.served
    served.git("clone", "-q", str(served.server), str(served.strangers))
    other = served.commit(served.strangers, {"numbers/seven": "7\n"}, "Another way")
    served.git("push", "-q", "origin", "HEAD:refs/heads/other", cwd=served.strangers)
    forge.push(other)
    forge.merge()
    need = needs(forge, "was merged in another form")
    assert "batty-hooks reject two" in need["command"] and "batty-hooks merge two" in need["command"]
    forge.row(OTHERWISE, forge.need("was merged in another form"), "a person says; nobody is charged")
    if way == "merge":
        assert "two has landed on main" in served.run("merge", "two")
    else:
        served.run("reject", "two", "where is two?")
        more(forge, "22\n")
        served.step()
        assert waits(forge) == ["tested, pull request 13 (no checks)"]


def test_merged_into_another_branch_is_said(forge: Forge) -> None:
    forge.say(baseRefName="next")
    need = needs(forge, "is to be merged into next, not into main")
    assert need["command"] == "gh pr edit 12 --base main"
    forge.row(ASTRAY, forge.need("is to be merged into next"), "merged there, it has not landed, and that is said")
    head = forge.there()
    forge.served.git("update-ref", "refs/heads/next", head, cwd=forge.served.server)
    forge.say(state="MERGED", mergeCommit={"oid": head[:-1] + "0"}, headRefOid=head)
    forge.look()
    assert needs(forge, "was merged, but main on origin does not hold that")
    forge.served.run("reject", "two", "into main")
    more(forge)
    forge.served.step()
    assert waits(forge) == ["tested, pull request 13 (no checks)"]


def test_one_for_another_base_is_not_taken_for_ours(
    scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person has made one of the same branch by hand: with that base it is ours, with another it is not."""
    forge = forge_at(scene, tmp_path, monkeypatch)
    forge.served.branch("two", {"numbers/two": "2\n"})
    by_hand = {
        "number": 7, "url": "u", "state": "OPEN", "headRefName": "batty/two", "headRefOid": "", "updatedAt": "1",
        "mergeCommit": None, "baseRefName": "next", "isCrossRepository": False, "reviews": [], "comments": [],
    }  # fmt: skip
    forge.write([by_hand])
    forge.served.run("merge", "two", code=75)
    assert [pull["number"] for pull in forge.pulls()] == [13, 7]
    forge.write([by_hand | {"baseRefName": "main"}])
    more(forge)
    forge.served.step()
    assert [pull["number"] for pull in forge.pulls()] == [7] and "pull request 7" in waits(forge)[0]


def test_one_that_is_gone_spoils_no_other_and_is_offered_anew(forge: Forge) -> None:
    forge.write([])
    forge.look()
    forge.look()
    assert len(forge.pulls()) == 1 and waits(forge) == ["tested, pull request 12 (no checks)"]
    forge.row(GONE, "`log`: pull request closed, and opened", "it is offered anew; nobody is charged")


def test_one_that_stands_still_is_said(forge: Forge) -> None:
    """It has news as long as the forge says anything new of it."""
    forge.look()
    project = find(forge.served.root)
    known = pulls.get(project, "b-two")
    assert known
    pulls.put(project, replace(known, new_at=known.new_at - 3601))
    said = re.sub(r"\d\d:\d\d", "…", forge.need("stands still"))
    forge.row(STILL, said, "nobody is charged; with the next news of it, it waits as before")
    forge.say(statusCheckRollup=[RED | {"status": "QUEUED", "conclusion": ""}])
    assert not forge.served.json("status")["needs_you"]


def test_closed_by_a_robot_that_landed_it_by_hand(forge: Forge) -> None:
    forge.served.stranger({"numbers/two": "2\n"}, "Landed by the robot (#12)")
    forge.say(state="CLOSED")
    assert waits(forge) == [] and "landed" in forge.served.log()
    forge.row(BY_ROBOT, "`log`: pull request closed, and landed", "the trunk holds all of it: it has landed")


def test_a_remark_in_the_same_second_is_not_lost(forge: Forge) -> None:
    said = [{"id": id, "author": {"login": "ada"}, "authorAssociation": "MEMBER", "body": id} for id in ("one", "two")]
    forge.say(comments=said[:1])
    [newest] = forge.pulls()
    forge.write([newest | {"comments": said}])
    for _ in range(2):
        forge.look()
    assert [event["text"] for event in forge.served.events() if event["event"] == "remarked"] == [
        "ada on pull request 12", "ada on pull request 12"
    ]  # fmt: skip
    told = [path.read_text() for path in (forge.served.root / ".batty/inboxes/human").glob("*/*remark*")]
    assert [sum(f"\n{word}\n" in text for text in told) for word in ("one", "two")] == [1, 1]


def test_a_trunk_that_is_rewound_meanwhile(forge: Forge) -> None:
    """What was merged and is gone again is not taken for landed, nor charged."""
    first = forge.served.there()
    merge = forge.merge(look=False)
    forge.served.git("update-ref", "refs/heads/main", first, cwd=forge.served.server)
    forge.look()
    assert waits(forge) == ["tested, pull request 12 (merged)"] and "handed back" not in forge.served.log()
    assert needs(forge, "was merged, but main on origin does not hold that")
    seen = f"`{forge.stage()}`; {forge.need('was merged, but main on origin does not hold that')}"
    forge.row(LOST, seen, "nothing is taken for landed before the trunk holds it; nobody is charged")
    forge.served.git("update-ref", "refs/heads/main", merge, cwd=forge.served.server)
    forge.look()
    assert waits(forge) == []
