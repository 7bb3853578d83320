"""Two cards and one engineer, blocked cards, somebody else's branches: what lands, as what, and who is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Again, Scene
from situations.situation import table

TABLE = table("cards")
TEAM = """\
trunk: main
history: off
gate: {command: sh check.sh}
roles:
  - {name: engineer, role_type: engineer, agent: claude, instances: %d, use_worktrees: true}
"""
FIRST, SECOND = "engineer-1/t1-needs-a-decision", "engineer-1/t2-slow-card"


def crew(scene: Scene, engineers: int = 1) -> Path:
    """A team whose agents are not started: the test types what they would; the first one's worktree."""
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM % engineers)
    scene.cards("- [ ] Needs a decision", "  A body.", "- [ ] Slow card")
    scene.step()
    return scene.worktree("engineer-1")


def one_engineer(scene: Scene) -> None:
    crew(scene.install())


@pytest.fixture
def crewed(again: Again, alone: None) -> Scene:
    return again(one_engineer)


def branch(scene: Scene, place: Path) -> str:
    return scene.git("branch", "--show-current", cwd=place)


def refused(scene: Scene, place: Path, *arguments: str) -> str:
    """What a `done` that is refused says, in one line."""
    said = scene.run("done", *arguments, cwd=place, code=1)
    return said.partition("\n")[0].removeprefix("batty-hooks: ")


def text(scene: Scene, member: str, id: str) -> str:
    [path] = (scene.root / ".batty/inboxes" / member).glob(f"*/{id}*")
    return path.read_text()


def landing(scene: Scene, subject: str) -> list[str]:
    """What a landing has changed."""
    [oid] = [line[:40] for line in scene.git("log", "--first-parent", "--format=%H %s").splitlines() if subject in line]
    return scene.git("diff", "--name-only", f"{oid}^1", oid).splitlines()


def test_a_blocked_card_is_left_for_another_and_comes_back(crewed: Scene) -> None:
    place = crewed.worktree("engineer-1")
    first = crewed.commit(place, {"numbers/first": "11\n"})
    (place / "notes").write_text("half a thought\n")
    crewed.run("blocked", "which database?", cwd=place)
    crewed.step()
    assert branch(crewed, place) == SECOND and not (place / "notes").exists()
    assert crewed.git("rev-parse", FIRST) == first
    assert "t1 (Needs a decision) is blocked and waits with its branch" in text(crewed, "engineer-1", "t2.brief.1")
    TABLE.check("A card is blocked", "its engineer gets the next one; the blocked one keeps its branch, what was not "
                "committed is kept under `refs/batty/saved/`")  # fmt: skip

    crewed.run("task", "unblock", "t1", "Take", "SQLite")
    crewed.step()
    assert branch(crewed, place) == SECOND and "You are engineer-1, working on t2" in crewed.run(cwd=place)
    assert "engineer-1: t1 waits until it is done with t2" in crewed.run("status", code=None)
    assert "until engineer-1 is done with t2" in crewed.run("task", "show", "t1")
    [id] = [key for key in crewed.messages("engineer-1", "new") if key.startswith("t1.unblocked.")]
    assert f"You have t2 in hand, on branch {SECOND} (`git switch {SECOND}`" in crewed.run("read", id, cwd=place)
    told = text(crewed, "engineer-1", "t1.unblocked.")
    assert "Take SQLite" in told and "It comes to you with a brief of its own as soon as you are free." in told
    TABLE.check("It is unblocked while its engineer has another card in hand", "it waits, as `status` says; the "
                "engineer is told so, and which card it has in hand")  # fmt: skip

    assert refused(crewed, place, "t1") == f"{SECOND} is the branch of t2, not of t1"
    TABLE.check("`done t1` on the branch of t2", f"refused: `{SECOND} is the branch of t2, not of t1`")
    crewed.git("switch", "-q", "--detach", cwd=place)
    assert refused(crewed, place) == f"HEAD is detached in {place}"
    crewed.git("switch", "-q", SECOND, cwd=place)
    crewed.commit(place, {"numbers/second": "22\n"})
    crewed.git("switch", "-q", "-c", "aside", "main", cwd=place)
    crewed.commit(place, {"numbers/aside": "33\n"})
    said = refused(crewed, place)
    assert said == f"engineer-1 stands on aside, which lacks what is on {SECOND}, the branch of t2"
    TABLE.check("`done` after `git switch` to a branch that is no card's", f"refused: `{said}`; `done t2` says that it "
                "is t2's")  # fmt: skip

    crewed.git("switch", "-q", SECOND, cwd=place)
    assert crewed.run("done", cwd=place).startswith("t2 is offered")
    crewed.step()
    assert landing(crewed, "Land t2") == ["numbers/second"]
    assert branch(crewed, place) == FIRST and crewed.git("rev-parse", "HEAD", cwd=place) == first
    brief = text(crewed, "engineer-1", "t1.brief.2")
    assert "> Take SQLite" in brief and "A body." in brief
    [apply] = [line for line in brief.splitlines() if "git apply" in line]
    crewed.sh(apply.split("`")[1], place)
    assert (place / "notes").read_text() == "half a thought\n"
    TABLE.check("Its engineer is free again", "the worktree is back on its branch; the brief holds what was said "
                "meanwhile, and how what was not committed comes back")  # fmt: skip
    (place / "notes").unlink()
    assert crewed.run("done", cwd=place).startswith("t1 is offered")
    crewed.step()
    assert landing(crewed, "Land t1") == ["numbers/first"]


def test_two_retries_then_nothing_moves_before_a_persons_word(crewed: Scene) -> None:
    place = crewed.worktree("engineer-1")
    for number in (1, 2, 3):
        crewed.commit(place, {"numbers/first": f"bad {number}\n"})
        crewed.run("done", cwd=place)
        crewed.step()
    third = text(crewed, "engineer-1", "t1.gate.3")
    sentence = next(line for line in third.splitlines() if line.startswith("t1 is blocked: its test failed 3 times"))
    assert sentence.endswith("human is asked, and nothing of it is tested or lands before it is unblocked.")
    assert "report again" not in third
    TABLE.check("A report has failed for the third time", "the message says: `t1 is blocked: its test failed 3 "
                "times, the last at …; human is asked, and nothing of it is tested or lands before it is "
                "unblocked.`")  # fmt: skip

    assert branch(crewed, place) == FIRST, "whoever does not know of the block mends on"
    mend = crewed.commit(place, {"numbers/first": "11\n"})
    assert refused(crewed, place) == sentence.rstrip(".")
    assert "t1 is blocked" in crewed.run("merge", "t1", code=1)
    card = next(line for line in crewed.lane("IN PROGRESS") if "^t1" in line)
    board = crewed.board().replace(f"{card}\n  A body.\n", "")
    crewed.save(board.replace("## DONE\n", f"## DONE\n{card}\n  A body.\n"))
    crewed.step()
    assert card in crewed.lane("IN PROGRESS") and crewed.subjects() == ["A project"]
    assert len([event for event in crewed.events() if event["event"] == "blocked"]) == 1
    TABLE.check("`done`, `merge t1` or a drag to DONE then", "refused with that sentence; its commits are kept")

    while "no unread" not in crewed.run("read", cwd=place):
        pass
    crewed.step()
    assert branch(crewed, place) == SECOND
    TABLE.check("The engineer has not read that it is blocked", "it keeps the worktree, so that no mend gets onto the "
                "next card's branch")  # fmt: skip
    crewed.git("merge", "-q", FIRST, cwd=place)
    said = refused(crewed, place)
    assert said.startswith(f"{SECOND} holds {mend[:10]} of t1, which is blocked: its test failed 3 times") or (
        " of t1, which is blocked: " in said
    )
    TABLE.check("Work of a blocked card is merged into another card's branch", "refused: `… holds … of t1, which is "
                "blocked: …`")  # fmt: skip
    crewed.git("reset", "-q", "--hard", "main", cwd=place)
    crewed.run("blocked", "what is slow?", cwd=place)
    crewed.run("task", "unblock", "t1")
    crewed.step()
    assert branch(crewed, place) == FIRST
    assert crewed.run("done", cwd=place).startswith("t1 is offered at " + mend[:10] + " (attempt 4)")
    crewed.step()
    assert landing(crewed, "Land t1") == ["numbers/first"]
    TABLE.check("It is unblocked", "as many retries again")


def test_a_waiting_card_is_taken_by_another(crewed: Scene) -> None:
    place = crewed.worktree("engineer-1")
    first = crewed.commit(place, {"numbers/first": "11\n"})
    crewed.run("blocked", "which database?", cwd=place)
    crewed.step()
    crewed.run("task", "unblock", "t1")
    crewed.run("task", "release", "t1")
    (crewed.root / ".batty/team_config/team.yaml").write_text(TEAM % 2)
    crewed.run("assign", "engineer-2", "t1")
    crewed.step()
    brief = text(crewed, "engineer-2", "t1.brief.1")
    assert f"Earlier work on it is on branch {FIRST}" in brief
    assert crewed.git("rev-parse", FIRST) == first
    crewed.git("switch", "-q", FIRST, cwd=place)
    said = refused(crewed, place)
    assert said == "t1 is not (or no longer) engineer-1's card"
    TABLE.check("A waiting card is released and given to another", "the brief names the branch with the earlier work; "
                "a `done` of the first engineer on it is refused")  # fmt: skip
    for _ in range(2):  # the first time it is back: somebody has claimed it
        lines = [line for line in crewed.board().splitlines() if "^t1" not in line and "body" not in line]
        crewed.save("\n".join(lines) + "\n")
        crewed.run("step", "reconcile")
    said = refused(crewed, place)
    TABLE.check("`done` on the branch of a card that was taken off the board",
                f"refused, not taken for the card in hand nor for a branch of its own: {said}")  # fmt: skip


def test_a_branch_that_was_renamed_is_found_again(crewed: Scene) -> None:
    place = crewed.worktree("engineer-1")
    first = crewed.commit(place, {"numbers/first": "11\n"})
    crewed.git("branch", "-m", "better", cwd=place)
    crewed.run("blocked", "which database?", cwd=place)
    crewed.step()
    assert branch(crewed, place) == SECOND
    crewed.run("blocked", "what is slow?", cwd=place)
    crewed.run("task", "unblock", "t1")
    crewed.step()
    assert branch(crewed, place) == FIRST and crewed.git("rev-parse", "HEAD", cwd=place) == first
    TABLE.check("Its branch was renamed", "its work is on a branch of its name again when it comes back")


def test_a_waiting_offer_of_a_card_that_is_blocked_is_not_tested(crewed: Scene) -> None:
    place = crewed.worktree("engineer-1")
    crewed.commit(place, {"numbers/first": "11\n"})
    crewed.run("done", cwd=place)
    crewed.run("task", "block", "t1", "after the release")
    crewed.step()
    assert crewed.subjects() == ["A project"] and "blocked" in crewed.run("status", code=1)
    assert not any(event["event"].startswith("gate") for event in crewed.events())
    assert "t1 is blocked: after the release" in crewed.run("merge", "t1", code=1)
    crewed.run("task", "unblock", "t1")
    crewed.step()
    assert landing(crewed, "Land t1") == ["numbers/first"]
    TABLE.check(
        "A card is blocked while its report waits", "it keeps its place and is not tested before it is unblocked"
    )


def test_worktrees_of_ones_own(quiet: Scene, tmp_path: Path) -> None:
    for parent, name in (("x", "one"), ("y", "two")):
        quiet.git("worktree", "add", "-q", str(tmp_path / parent / "feature"), "-b", name)
    quiet.commit(tmp_path / "x/feature", {"numbers/eleven": "11\n"})
    quiet.commit(tmp_path / "y/feature", {"numbers/twelve": "12\n"})
    assert quiet.run("done", cwd=tmp_path / "y/feature").startswith("two is offered")
    (tmp_path / "x/feature/more").write_text("x")
    assert "uncommitted files" in refused(quiet, tmp_path / "x/feature")
    quiet.step()
    assert quiet.subjects()[1:] == ["Land two"]
    names = [row["name"] for row in quiet.json("status")["members"]]
    assert names == ["feature", "feature1"]
    TABLE.check("Two worktrees whose directories have one last name", "two members, `feature` and `feature1`; `done` "
                "reports the branch where it is typed")  # fmt: skip

    quiet.git("worktree", "add", "-q", str(tmp_path / "agent-1"), "-b", "agent-1/work")
    quiet.git("switch", "-q", "-c", "feature/auth", "main", cwd=tmp_path / "agent-1")
    quiet.commit(tmp_path / "agent-1", {"numbers/thirteen": "13\n"})
    said = refused(quiet, tmp_path / "agent-1")
    assert said == "feature/auth is a branch of feature's"
    TABLE.check("`done` on a branch of another member's", f"refused: `{said}`")


def test_a_branch_of_ones_own_before_there_is_work_on_the_cards(crewed: Scene) -> None:
    """Found by a life: an engineer that names its branches itself works on the card it has in hand all the same."""
    place = crewed.worktree("engineer-1")
    crewed.git("switch", "-q", "-c", "try-it", cwd=place)
    crewed.commit(place, {"numbers/first": "11\n"})
    assert crewed.run("done", cwd=place).startswith("t1 is offered")
    crewed.step()
    assert crewed.subjects()[1:] == ["Land t1: Needs a decision (engineer-1)"]
    assert crewed.lane("DONE") == ["- [x] Needs a decision (engineer-1) ^t1"]
    assert branch(crewed, place) == SECOND
    TABLE.check("`done` on a branch that is no card's, with nothing on the card's own", "it is the report of the card "
                "in hand")  # fmt: skip


@pytest.mark.parametrize(
    ("before", "detached"), [("nothing", True), ("a commit before it", False), ("a commit beside it", True)]
)
def test_work_on_a_branch_of_ones_own_is_its_cards(crewed: Scene, before: str, detached: bool) -> None:
    """Its card is blocked, the next one is briefed, and the engineer goes back to that branch and reports."""
    place = crewed.worktree("engineer-1")
    if before != "nothing":
        crewed.commit(place, {"numbers/zeroth": "10\n"})
    start = "HEAD^" if before == "a commit beside it" else "HEAD"
    crewed.git("switch", "-q", *(["--detach"] if detached else ["-c", "try-it"]), start, cwd=place)
    work = crewed.commit(place, {"numbers/first": "11\n"})
    crewed.run("blocked", "which database?", cwd=place)
    crewed.step()
    assert branch(crewed, place) == SECOND
    crewed.git("switch", "-q", *(["-c", "again", work] if detached else ["try-it"]), cwd=place)
    said = refused(crewed, place)
    assert said == f"{branch(crewed, place)} holds {work[:10]} of t1, which is blocked: which database?"
    crewed.step()
    assert crewed.subjects() == ["A project"]
    crewed.git("switch", "-q", SECOND, cwd=place)
    crewed.run("blocked", "what is slow?", cwd=place)
    crewed.run("task", "unblock", "t1")
    crewed.step()
    assert branch(crewed, place) == FIRST
    if before == "a commit beside it":
        assert f"`git merge {FIRST}-2`" in text(crewed, "engineer-1", "t1.brief.2")
    else:
        assert crewed.git("rev-parse", "HEAD", cwd=place) == work
    TABLE.check("A card is blocked whose work is on a branch that is no card's, or on none", "that work is kept on a "
                "branch of the card's name, and lands as no other card")  # fmt: skip


def test_a_command_ends_on_the_branch_of_another_card(quiet: Scene) -> None:
    """Its end is a report of the card it was run for, wherever it has left its worktree."""
    ends = f"""[ "$2" = t2 ] || exit 1
git switch -q {FIRST}
echo 22 > numbers/second; git add numbers; git commit -q --allow-empty -m Second
"""
    quiet.team(quiet.agent("ends", ends))
    quiet.cards("- [ ] Needs a decision", "- [ ] Slow card")
    quiet.step()
    assert quiet.subjects() == ["A project"]
    why = f"{FIRST} is the branch of t1, not of t2"
    assert f"Slow card [blocked:: reported 3 times without something to land: {why}]" in quiet.board()
    TABLE.check("A command that was run for t2 ends on the branch of t1", f"not taken: `{why}`; it is run again with "
                "that, and after the third time t2 is blocked")  # fmt: skip


def test_a_blocked_card_is_left() -> None:
    TABLE.finish([
        "A card is blocked", "It is unblocked while its engineer has another card in hand",
        "`done t1` on the branch of t2", "`done` after `git switch` to a branch that is no card's",
        "`done` on a branch that is no card's, with nothing on the card's own",
        "A card is blocked whose work is on a branch that is no card's, or on none",
        "Its engineer is free again", "Its branch was renamed", "A report has failed for the third time",
        "`done`, `merge t1` or a drag to DONE then", "The engineer has not read that it is blocked",
        "Work of a blocked card is merged into another card's branch", "It is unblocked",
        "A card is blocked while its report waits", "A waiting card is released and given to another",
        "`done` on the branch of a card that was taken off the board",
        "A command that was run for t2 ends on the branch of t1",
        "Two worktrees whose directories have one last name", "`done` on a branch of another member's",
    ])  # fmt: skip
