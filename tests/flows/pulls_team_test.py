"""Work of a team lands by pull requests: cards, engineers and people, and what each is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from forges import (
    ANYHOW,
    CLOSED,
    DROPPED,
    GREEN,
    LEFT,
    MERGED,
    QUEUED,
    RED,
    RED_OFTEN,
    RED_ONCE,
    ROWS,
    SAID,
    TABLE,
    THEIRS,
    UNSURE,
    Forge,
    forge_again,
    forge_at,
)
from scene import Again, Scene

# Each run makes one commit more: the number of the card, a thousand higher each time.
WORKS = """
before=$(cat "numbers/$2" 2>/dev/null || echo "10${2#t}")
echo $((before + 1000)) > "numbers/$2"
cp "$1" "$(git rev-parse --git-common-dir)/../../told-$2-$before"
git add numbers
git commit -qm "Add $2"
"""


@pytest.fixture
def anew(scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    return forge_at(scene, tmp_path, monkeypatch)


@pytest.fixture
def forge(again: Again, alone: None, monkeypatch: pytest.MonkeyPatch) -> Forge:
    """Card t1 of one engineer is done, and offered as pull request 12."""
    return forge_again(again, monkeypatch, one_card)


def one_card(forge: Forge) -> None:
    team(forge, "- [ ] One ^t1")
    forge.served.rest()


def team(forge: Forge, *cards: str, engineers: int = 1, **more: object) -> None:
    """A team at work on these cards, until there is nothing left to do but to wait for people."""
    scene = forge.served
    scene.team(scene.agent("works", WORKS), engineers=engineers, **more)
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text() + "remote: {name: origin, land: pr}\n")
    scene.cards(*cards)
    scene.step()


def told(forge: Forge, card: str, before: int) -> str:
    """What its command was given when its number was ``before``."""
    return (forge.place / f"told-{card}-{before}").read_text()


def stage(forge: Forge) -> str:
    return forge.stage()


def test_from_the_card_to_the_merge(anew: Forge) -> None:
    """Its engineer waits with it: what is said there comes to it at once. What depends on it begins when it landed."""
    team(anew, "- [ ] One ^t1", "- [ ] Two [depends:: t1] ^t2", "- [ ] Three ^t3")
    [pull] = anew.pulls()
    assert (pull["headRefName"], pull["title"]) == ("batty/t1", "t1: One")
    assert stage(anew) == "tested, pull request 12 (no checks)"
    assert "12: https://github.com/us/ours/pull/12" in anew.served.run("show", "t1")
    assert len(anew.served.lane("TODO")) == 2

    anew.say(statusCheckRollup=[RED])
    said = told(anew, "t1", 1101)
    assert "red on the server: unit" in said and "FAILED numbers/two is red here" in said
    assert len(anew.pulls()) == 1 and stage(anew).startswith("tested, pull request 12")
    anew.row(RED_ONCE, "`log`: handed back: failed, red on the server: unit", "its engineer gets the end of the job's "
              "log, as after a red test: it counts as an attempt; the newer commit goes to the same one")  # fmt: skip
    assert anew.served.git("show", "batty/t1:numbers/t1", cwd=anew.served.server) == "2101"

    remark = {"id": "a", "author": {"login": "ada"}, "authorAssociation": "MEMBER", "body": "one more, please"}
    anew.say(comments=[remark], statusCheckRollup=[GREEN])
    assert "one more, please" in told(anew, "t1", 2101)
    assert anew.served.git("show", "batty/t1:numbers/t1", cwd=anew.served.server) == "3101"
    anew.look()
    assert not (anew.place / "told-t1-3101").exists(), "what was said is said once"
    anew.row(SAID, "`log`: remarked", "to the engineer's inbox, once, and a command is run with it; of the words of "
              "others nothing is passed on to an agent")  # fmt: skip

    merge = anew.merge()
    assert anew.served.lane("DONE") == ["- [x] One (engineer-1) ^t1"]
    assert anew.pulls()[0]["headRefName"] == "batty/t2"
    assert anew.served.git("show", f"{merge}:numbers/t1", cwd=anew.served.server) == "3101"
    assert "pull request merged" in anew.served.log()
    anew.row(MERGED, "`log`: pull request merged, and landed", "as a merge commit, squashed or rebased: landed, once "
              "the server's trunk has it; what depends on it begins, and a branch that was squashed stays")  # fmt: skip


def test_a_check_that_is_red_once_is_run_again_and_charged_to_nobody_where_it_is_green_then(forge: Forge) -> None:
    (forge.place / "reruns").touch()
    again = {"startedAt": "9", "status": "COMPLETED"}
    forge.say(statusCheckRollup=[RED])
    assert stage(forge) == "tested, pull request 12 (red once, to be made sure of)"
    assert "check run again" in forge.served.log() and "handed back" not in forge.served.log()
    what = "the server is asked to run once more what failed, and nobody is charged before it is red again; what is "
    what += "no job of the forge's own, or cannot be run again, counts at once"
    forge.row(UNSURE, f"`{stage(forge)}`; `log`: check run again", what)
    forge.look()
    assert stage(forge) == "tested, pull request 12 (checks running)"
    [check] = forge.pulls()[0]["statusCheckRollup"]
    forge.say(statusCheckRollup=[check | again | {"conclusion": "SUCCESS"}])
    assert stage(forge) == "tested, pull request 12 (checks passed)"
    forge.say(statusCheckRollup=[check | again | {"conclusion": "FAILURE"}])
    assert "red on the server: unit" in told(forge, "t1", 1101)
    assert forge.served.log().count("check run again") == 1


def test_red_too_often_is_a_persons_and_merged_all_the_same_it_has_landed(anew: Forge) -> None:
    """Blocked, it holds nobody up; what is merged of it has landed, and its engineer goes on with another card."""
    team(anew, "- [ ] One ^t1", "- [ ] Two ^t2")
    for _ in range(3):
        anew.say(statusCheckRollup=[RED])
    assert ["t1" in card for card in anew.served.lane("IN PROGRESS")].count(True) == 1
    assert "[blocked:: its test failed 3 times" in " ".join(anew.served.lane("IN PROGRESS"))
    said = anew.status()
    assert "t1" in said and "its test failed 3 times" in said
    kinds = [name.rpartition("/")[2] for name in anew.served.git(
        "for-each-ref", "--format=%(refname)", "refs/batty/attempts/t1").splitlines()]  # fmt: skip
    assert kinds == ["1-failed", "2-failed", "3-failed"]
    anew.row(RED_OFTEN, anew.need("its test failed 3 times"), "the card is blocked, as after a red test")
    other, ours = anew.pulls()
    assert (other["headRefName"], ours["headRefName"]) == ("batty/t2", "batty/t1")
    anew.write([ours])
    anew.merge("merge", look=False)
    anew.write([other, *anew.pulls()])
    anew.look()
    assert anew.served.lane("DONE") == ["- [x] One (engineer-1) ^t1"]
    assert [card.endswith("^t2") for card in anew.served.lane("IN PROGRESS")] == [True]
    assert stage(anew) == "tested, pull request 13 (no checks)"
    anew.row(ANYHOW, "`log`: landed", "blocked or not: landed; where its engineer is at work on it, or has committed "
              "more, with its next report")  # fmt: skip


def test_closed_it_is_a_persons_and_rejected_it_is_offered_anew(forge: Forge) -> None:
    forge.say(state="CLOSED")
    [need] = [one for one in forge.served.json("status")["needs_you"] if "was closed" in one["what"]]
    assert need["command"].startswith("gh pr reopen 12  (or, back to its engineer: batty-hooks reject t1")
    forge.say(state="OPEN")
    assert stage(forge) == "tested, pull request 12 (no checks)"
    forge.say(state="CLOSED")
    forge.row(CLOSED, forge.need("was closed"), "a newer commit does not go past it; nobody is charged")
    forge.served.run("reject", "t1", "smaller, please")
    forge.served.step()
    assert "smaller, please" in told(forge, "t1", 1101)
    assert [pull["number"] for pull in forge.pulls()] == [13, 12]


def test_the_queue_of_the_server(forge: Forge) -> None:
    """Enqueued, dropped out, enqueued again, and merged behind the work of others, its commits one by one. (Squashed
    and as a merge commit: pulls_test.)"""
    forge.say(autoMergeRequest={"enabledAt": "1"})
    assert "in the server's queue" in stage(forge)
    forge.say(autoMergeRequest=None, isInMergeQueue=True)
    assert "in the server's queue" in stage(forge) and "thrown out" not in forge.served.log()
    forge.row(QUEUED, f"`{stage(forge)}`", "merged behind the work of others it has landed")
    forge.say(isInMergeQueue=False, dropped="failed_checks")
    assert "in the server's queue" not in stage(forge)
    seen = "the server does not merge pull request 12 (t1) by itself any more: failed checks"
    assert seen in " ".join(forge.status().split()) and "/pull/12 (failed checks)" in forge.served.log()
    seen = f"a message, with the server's reason: {seen}"
    forge.row(DROPPED, seen, "you say; nobody is charged")
    forge.say(isInMergeQueue=True)
    forge.served.stranger({"numbers/nine": "9\n"})
    forge.merge("rebase")
    assert forge.served.lane("DONE") == ["- [x] One (engineer-1) ^t1"]
    assert forge.served.log().count("pull request thrown out") == 1
    assert forge.served.tip() == forge.served.there()


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_an_undo_is_a_pull_request_too_and_takes_back_all_of_it(forge: Forge, how: str) -> None:
    forge.say(statusCheckRollup=[RED])  # a second commit
    forge.merge(how)
    forge.served.run("undo", "--no-wait", "t1", "not", "wanted")
    forge.served.step()
    name = forge.pulls()[0]["headRefName"]
    assert name.startswith("batty/undo-t1-"), "a branch without a card: its key is told from all that look alike"
    forge.merge()
    names = forge.served.git("ls-tree", "-r", "--name-only", "main", cwd=forge.served.server)
    assert "numbers/t1" not in names and "numbers/one" in names
    assert "refs/batty/undo/" not in forge.served.git("for-each-ref", "--format=%(refname)")
    assert forge.pulls()[0]["headRefName"] == "batty/t1", "it is done again"


MERGES = """
merge=$(grep -o "git merge [0-9a-f]\\{12\\}" "$1" | head -1)
if [ -n "$merge" ]; then $merge -q --no-edit; exit 0; fi
"""


def test_what_somebody_pushed_to_its_branch_comes_to_its_engineer_and_is_not_lost(forge: Forge) -> None:
    """A suggestion that was taken in the browser, say; and then it is red."""
    scene = forge.served
    scene.agent("works", MERGES + WORKS)
    scene.git("clone", "-q", str(scene.server), str(scene.strangers))
    scene.git("checkout", "-q", "batty/t1", cwd=scene.strangers)
    theirs = scene.commit(scene.strangers, {"numbers/nine": "9\n"}, "A suggestion")
    forge.push(scene.git("rev-parse", "batty/t1", cwd=scene.server))
    scene.git("push", "-q", "origin", "batty/t1", cwd=scene.strangers)
    forge.push(theirs)
    forge.say(statusCheckRollup=[RED])
    assert "handed back" not in scene.log(), "its engineer is not charged with that"
    needs = [one["what"] for one in scene.json("status")["needs_you"]]
    assert any("red on the server (unit) with what somebody else has pushed to batty/t1" in what for what in needs)
    seen = f"where that is red: {forge.need('with what somebody else has pushed')}"
    follows = (
        "it is not written over, and nobody is charged: its engineer is told to merge it, before a newer commit goes"
    )
    forge.row(THEIRS, seen, follows)
    remark = {"id": "a", "author": {"login": "ada"}, "authorAssociation": "MEMBER", "body": "go on with mine"}
    forge.say(comments=[remark], statusCheckRollup=[])
    scene.run("remote")  # what could not be offered is tried again
    scene.step()
    assert "A suggestion" in scene.git("log", "--format=%s", "batty/t1", cwd=scene.server)
    assert scene.git("show", "batty/t1:numbers/t1", cwd=scene.server) == "2101"
    assert theirs in scene.git("rev-list", "batty/t1", cwd=scene.server) and len(forge.pulls()) == 1
    forge.merge()
    assert scene.lane("DONE") == ["- [x] One (engineer-1) ^t1"]


def test_a_card_that_is_taken_off_the_board_leaves_nothing_open_unsaid(anew: Forge) -> None:
    team(anew, "- [ ] One ^t1", "- [ ] Two ^t2")
    for _ in ("a save without it may be a mistake", "it is meant"):
        [line] = anew.served.lane("IN PROGRESS")
        anew.served.save(anew.served.board().replace(f"{line}\n", ""))
        anew.served.step()
    anew.look()
    [need] = [one for one in anew.served.json("status")["needs_you"] if "pull request 12" in one["what"]]
    assert need["what"] == "pull request 12 of t1 is open on origin, and t1 is not on the board any more"
    assert need["command"].startswith("gh pr close 12")
    anew.row(LEFT, anew.need("pull request 12"), "its work comes back as withdrawn, which is no attempt")
    newest, ours = anew.pulls()
    anew.write([newest, ours | {"state": "CLOSED"}])
    anew.look()
    assert "pull request 12 of t1" not in anew.status()


def test_the_past_shows_how_it_stood_then(anew: Forge) -> None:
    team(anew, "- [ ] One ^t1", history="on")
    then = anew.served.git("rev-parse", "refs/batty/history")
    anew.merge()
    assert anew.served.json("status")["queue"] == []
    [row] = anew.served.json("status", "--at", then)["queue"]
    assert row["stage"] == "tested, pull request 12 (no checks)"


def test_the_table_has_these_rows() -> None:
    """REWRITE_TABLES=1 python -m pytest tests/flows/pulls_meanwhile_test.py tests/flows/pulls_team_test.py"""
    TABLE.finish(ROWS)
