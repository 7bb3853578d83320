"""A card's branch that somebody deletes under the worktree it is checked out in: nothing is lost, and it is said."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from scene import BOARD, Again, Scene
from situations import situation

from batty_hooks.state import members
from batty_hooks.state import project as project_map

TABLE = situation.table("branches")
BRANCH = "engineer-1/t1-one"
WORKS = 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'
AGAIN = '[ -z "$(git rev-list main..)" ] || exit 0\n' + WORKS  # what it finds there is done


def deleted(scene: Scene, branch: str = BRANCH) -> None:
    scene.git("update-ref", "-d", f"refs/heads/{branch}")


def edited_out(scene: Scene) -> None:
    """What `git branch -D` refuses, an edit of packed-refs does all the same."""
    scene.git("pack-refs", "--all")
    packed = scene.root / ".git/packed-refs"
    packed.write_text("".join(line for line in packed.read_text().splitlines(True) if BRANCH not in line))


def needed(scene: Scene) -> tuple[str, str]:
    """The line of `status` and the command below it; `doctor` has it too."""
    [need] = [need for need in scene.json("status")["needs_you"] if "was deleted" in need["what"]]
    assert need["command"] in scene.run("doctor", code=1)
    return need["what"], need["command"]


def plain(words: str) -> str:
    return re.sub(r"\b[0-9a-f]{10,12}\b", "…", words)


def begun(scene: Scene, script: str = WORKS, **more: str) -> str:
    """A card whose engineer has committed and read its brief, so that its command is run no more for it; where its
    branch stands."""
    scene.team(scene.agent("works", script), **more)
    scene.cards("- [ ] One ^t1")
    scene.step("staff", "reconcile", "dispatch")
    scene.run("read", cwd=scene.worktree("engineer-1"))
    return scene.commit(scene.worktree("engineer-1"), {"numbers/t1": "101\n"})


def one_card(scene: Scene) -> None:
    begun(scene.install())


@pytest.fixture
def at_work(again: Again, alone: None) -> Scene:
    return again(one_card)


AT_WORK = "Somebody deletes a card's branch that is checked out (`git update-ref -d`, an edit of packed-refs)"


def test_its_card_is_in_hand(quiet: Scene) -> None:
    """(That it is deleted otherwise is what most others here begin with.)"""
    tip = begun(quiet, AGAIN)
    quiet.run("send", "engineer-1", "how does it stand?")
    edited_out(quiet)
    quiet.step()
    assert not [event for event in quiet.events() if event["event"] == "started"], "its commit would have no parents"
    what, mend = needed(quiet)
    TABLE.check(AT_WORK, f"its command is not run; needs you: {plain(what)} → `{plain(mend)}`")
    assert quiet.sh(mend, quiet.root) == 0 and quiet.git("rev-parse", BRANCH) == tip
    quiet.step()
    assert quiet.landed() == ["Land t1: One (engineer-1)"]


TYPED = "…and `done` is typed, or its card is dragged to DONE"


def test_who_reports_then_is_told(at_work: Scene) -> None:
    tip = at_work.git("rev-parse", BRANCH)
    place = at_work.worktree("engineer-1")
    (place / "half").write_text("h\n")
    deleted(at_work)
    said = at_work.run("done", cwd=place, code=1)
    what, mend = needed(at_work)
    assert what in said and mend in said
    at_work.save(BOARD.replace("## DONE\n", "## DONE\n- [x] One (engineer-1) ^t1\n"))
    at_work.step()
    assert at_work.lane("DONE") == [] and len(at_work.lane("IN PROGRESS")) == 1
    assert any("was deleted" in event["text"] for event in at_work.events() if event["event"] == "not taken")
    TABLE.check(TYPED, f"refused with that line and `{plain(mend)}`; who dragged it is told so")
    assert at_work.sh(mend, at_work.root) == 0 and at_work.git("rev-parse", BRANCH) == tip
    assert at_work.git("status", "--porcelain", cwd=place) == "?? half"


REPORTED = "…while its command, which has just ended, reports it"


def test_a_report_waits(at_work: Scene) -> None:
    tip = at_work.git("rev-parse", BRANCH)
    project = project_map.find(at_work.root)
    members.report(project, members.Report("engineer-1", "t1", BRANCH, tip, "exit", time.time()))
    deleted(at_work)
    at_work.step()
    assert not at_work.landed() and len(members.reports(project)) == 1
    assert at_work.sh(needed(at_work)[1], at_work.root) == 0
    at_work.step()
    assert at_work.landed() == ["Land t1: One (engineer-1)"]
    TABLE.check(REPORTED, "The report waits, and is taken when the branch is back")


OFFERED = "…while what was reported of it is tested, or waits to land"


@pytest.mark.parametrize("first", [(), ("gate",)], ids=["offered", "tested"])
def test_it_is_on_its_way_to_the_trunk(at_work: Scene, first: tuple[str, ...]) -> None:
    at_work.run("done", cwd=at_work.worktree("engineer-1"))
    at_work.step(*first) if first else None
    deleted(at_work)
    at_work.step()
    assert at_work.landed() == ["Land t1: One (engineer-1)"]
    assert "needs you" not in at_work.run("status").replace("nothing needs you", "")
    assert at_work.git("status", "-sb", cwd=at_work.worktree("engineer-1")) == "## HEAD (no branch)"
    assert not at_work.git("for-each-ref", "refs/batty/saved"), "there was nothing to keep"
    TABLE.check(OFFERED, "Nothing: the commit that was reported is pinned, and lands")


def test_it_comes_back_red(quiet: Scene) -> None:
    tip = begun(quiet, "echo 102 > numbers/$2\ngit commit -qam mend\n", gate="! grep 101 numbers/*")
    quiet.run("done", cwd=quiet.worktree("engineer-1"))
    deleted(quiet)
    quiet.step()
    assert not quiet.landed() and tip in quiet.git("for-each-ref", "refs/batty/attempts")
    assert quiet.sh(needed(quiet)[1], quiet.root) == 0
    quiet.step()
    assert quiet.landed() == ["Land t1: One (engineer-1)"]


BLOCKED = "…while its card is blocked, and its engineer gets the next one"


def test_it_is_blocked(quiet: Scene) -> None:
    tip = begun(quiet, AGAIN)
    (quiet.worktree("engineer-1") / "half").write_text("h\n")
    quiet.run("task", "block", "t1", "a question")
    deleted(quiet)
    needed(quiet)
    quiet.cards("- [ ] Two ^t2")
    quiet.step()
    assert quiet.landed() == ["Land t2: Two (engineer-1)"] and quiet.git("rev-parse", BRANCH) == tip
    assert not [need for need in quiet.json("status")["needs_you"] if "was deleted" in need["what"]]
    [saved] = [ref for ref in quiet.git("for-each-ref", "--format=%(refname)", "refs/batty/saved").splitlines()
               if "/t1-one." in ref]  # fmt: skip
    assert quiet.git("diff", "--name-only", f"{saved}^", saved) == "half"
    quiet.run("task", "unblock", "t1")
    quiet.step()
    assert quiet.landed()[1:] == ["Land t1: One (engineer-1)"]
    TABLE.check(BLOCKED, "The worktree leaves it as ever, so the branch is there again, where it stood, for when the "
                         "card goes on")  # fmt: skip


ANEW = "…and its engineer commits: a commit without parents, with every file in it"


def test_a_history_of_its_own(at_work: Scene) -> None:
    tip = at_work.git("rev-parse", BRANCH)
    place = at_work.worktree("engineer-1")
    deleted(at_work)
    at_work.commit(place, {"numbers/seven": "7\n"})
    said = at_work.run("done", cwd=place, code=1)
    what, _, mend = said.removeprefix("batty-hooks: ").partition("\n  → ")
    assert tip[:12] in what
    TABLE.check(ANEW, f"`done`: {plain(what)} → {plain(mend.strip())}")
    assert at_work.sh(mend.split("`")[1], place) == 0
    assert at_work.git("rev-list", f"{tip}..{BRANCH}", cwd=place).count("\n") == 0
    at_work.run("done", cwd=place)
    at_work.step()
    assert at_work.landed() == ["Land t1: One (engineer-1)"] and at_work.show("numbers/seven") == "7"


OWN = "…of a worktree that you have made yourself (`git worktree add`)"
LOGLESS = "…where git keeps no log (`core.logAllRefUpdates=false`)"


def own_worktree(scene: Scene) -> Path:
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", "-b", "agent-1/work", str(place))
    scene.commit(place, {"numbers/two": "2\n"})
    return place


def test_a_worktree_of_ones_own(quiet: Scene) -> None:
    place = own_worktree(quiet)
    deleted(quiet, "agent-1/work")
    what, mend = needed(quiet)
    assert mend in quiet.run("done", cwd=place, code=1)
    TABLE.check(OWN, f"the same: {plain(what)} → `{plain(mend)}`")
    assert quiet.sh(mend, quiet.root) == 0
    quiet.run("done", cwd=place)
    quiet.step()
    assert quiet.landed() == ["Land agent-1/work"]


def test_without_a_log(quiet: Scene) -> None:
    quiet.git("config", "core.logAllRefUpdates", "false")
    own_worktree(quiet)
    deleted(quiet, "agent-1/work")
    TABLE.check(LOGLESS, f"`{plain(needed(quiet)[1])}`")


NOWHERE = "…that is checked out nowhere: its card waits, blocked (`git branch -D`, a script that tidies branches)"
ANEW_ALL = "…after `batty-hooks task release t1`"


def put_aside(scene: Scene) -> None:
    begun(scene.install(), AGAIN)
    scene.run("task", "block", "t1", "a question")
    scene.cards("- [ ] Two ^t2")
    scene.step()
    scene.rest()
    assert scene.landed() == ["Land t2: Two (engineer-1)"]


@pytest.fixture
def aside(again: Again, alone: None) -> Scene:
    """A blocked card with a commit, whose engineer has done another one meanwhile."""
    return again(put_aside)


def test_it_is_checked_out_nowhere(aside: Scene) -> None:
    tip = aside.git("rev-parse", BRANCH)
    aside.git("branch", "-D", BRANCH)
    [said] = [need["what"] for need in aside.json("status")["needs_you"]]
    aside.run("task", "unblock", "t1", "go on")
    aside.step()
    assert aside.landed()[1:] == ["Land t1: One (engineer-1)"] and tip in aside.git("rev-list", "main")
    [told] = [event["text"] for event in aside.events() if "stands again" in event.get("text", "")]
    TABLE.check(NOWHERE, f"needs you: {said}; when it goes on, in `log`: {plain(told)}")
    started = [event for event in aside.events() if (event["event"], event.get("card")) == ("started", "t1")]
    assert len(started) == 1, "its brief and what was said with the unblock are one run"


def test_it_is_begun_anew_when_that_is_wanted(aside: Scene) -> None:
    tip = aside.git("rev-parse", BRANCH)
    aside.run("task", "release", "t1")
    aside.git("branch", "-D", BRANCH)
    aside.save(aside.board().replace(" [blocked:: a question]", ""))
    aside.step()
    assert aside.landed()[1:] == ["Land t1: One (engineer-1)"] and tip not in aside.git("rev-list", "main")
    assert tip in aside.git("log", "--format=%H", "--glob=refs/batty/saved"), "what it held is kept all the same"
    TABLE.check(ANEW_ALL, "it is begun on today's trunk; what its branch held is kept under `refs/batty/saved/`")


def test_a_branch_whose_work_is_in_the_trunk_may_go(aside: Scene) -> None:
    aside.git("merge", "-q", "--no-edit", BRANCH)
    aside.git("branch", "-d", BRANCH)
    assert not [need for need in aside.json("status")["needs_you"] if "was deleted" in need["what"]]


LEAVING = "`uninstall`, while such a branch is gone"


def test_uninstall(at_work: Scene) -> None:
    deleted(at_work)
    said = at_work.run("uninstall", "--purge", code=1).replace(f"{at_work.root}/", "")
    what, _, mend = said.removeprefix("batty-hooks: ").partition("\n  → ")
    TABLE.check(LEAVING, f"{plain(what)} → {plain(mend.strip())}")


def test_the_page_has_just_these() -> None:
    TABLE.finish([AT_WORK, TYPED, REPORTED, OFFERED, BLOCKED, ANEW, OWN, LOGLESS, NOWHERE, ANEW_ALL, LEAVING])
