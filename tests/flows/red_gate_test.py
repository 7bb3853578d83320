"""What cannot land goes back, and after two retries to a person. (Red together, and conflicts: together_test.)"""

from __future__ import annotations

import pytest
from scene import Scene

pytestmark = pytest.mark.usefixtures("alone")

MENDS = """
cp "$1" "../../../$(basename "$1").txt"
if [ -f numbers/two ]; then echo 2 > numbers/two; else echo two > numbers/two; fi
git add numbers
git commit -qm "Attempt"
"""
NEVER = """
date +%N > numbers/never; echo x >> numbers/never
git add numbers
git commit -qm "Attempt"
"""


def test_a_red_run_goes_back_with_its_last_lines_and_is_mended(scene: Scene) -> None:
    scene.install("for i in $(seq 80); do echo line $i; done; sh check.sh")
    scene.team(scene.agent("mends", MENDS), "for i in $(seq 80); do echo line $i; done; sh check.sh")
    scene.cards("- [ ] Add two")
    scene.step()
    assert scene.subjects()[1:] == ["Land t1: Add two (engineer-1)"]
    report = (scene.root / "t1.gate.1.txt").read_text()
    # Red once is a doubt; main is asked, the tree is tested again, and only then it goes back.
    assert "FAILED numbers/two is not a number" in report
    assert "line 80\n" in report and "line 40\n" in report and "line 31\n" not in report
    assert f"merged with main at {scene.git('rev-parse', 'main~1')[:10]}" in report
    assert [event["event"] for event in scene.events() if event["event"].startswith(("gate", "handed"))] == [
        "gate failed", "gate passed", "gate failed", "handed back: failed", "gate passed",
    ]  # fmt: skip
    assert "Attempt: 2" in scene.git("log", "-1", "--format=%B", "main")


def test_after_two_retries_a_person_is_asked(scene: Scene) -> None:
    scene.install()
    other = '[ "$2" = t1 ] || echo 2 > numbers/never\n'
    scene.team(scene.agent("never", NEVER.replace("git add", f"{other}git add")))
    scene.cards("- [ ] Add never", "- [ ] Another card")
    scene.step()
    [first] = scene.lane("IN PROGRESS")
    assert "[blocked:: its test failed 3 times" in first and "Add never" in first
    said = scene.run("status", code=1)
    assert "needs you" in said and "batty-hooks task show t1" in said
    red = [event for event in scene.events() if event["event"] == "gate failed" and event.get("card") == "t1"]
    assert len({event["tree"] for event in red}) == 3 and len(red) == 6, "each is tested twice before it counts"
    assert scene.subjects()[1:] == ["Land t2: Another card (engineer-1)"], "a blocked card holds nobody up"
    # Every attempt stays reachable, whatever becomes of the branch.
    assert len(scene.git("for-each-ref", "refs/batty/attempts/t1").splitlines()) == 3


def test_unblocked_it_has_its_retries_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATTY_NO_WAKE", "1")  # a wake of a commit would have the agent begin again before the `done`
    scene.install()
    scene.team(scene.agent("never", "export BATTY_NO_WAKE=1\n" + NEVER))
    scene.cards("- [ ] Add never")
    scene.step()
    scene.rest()  # (the end of the agent's run wakes somebody, however late)
    scene.run("task", "unblock", "t1")
    scene.commit(scene.worktree("engineer-1"), {"numbers/never": "77\n"})
    scene.run("done", cwd=scene.worktree("engineer-1"))
    for _ in range(2):  # (its command, which runs again, would report what it makes in the place of this)
        scene.run("step", "offer", "gate", "land")
    assert scene.subjects()[1:] == ["Land t1: Add never (engineer-1)"]


def test_done_without_a_commit_or_with_a_dirty_worktree_is_answered_at_once(scene: Scene) -> None:
    scene.install()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    assert "has no commit that main does not have" in scene.run("done", cwd=place, code=1)
    scene.commit(place, {"numbers/two": "2\n"})
    (place / "left.txt").write_text("over\n")
    assert "uncommitted files in agent-1's worktree: left.txt" in scene.run("done", cwd=place, code=1)


def test_an_agent_that_commits_nothing_ends_with_a_person(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("idle", "true\n"))
    scene.cards("- [ ] Do something")
    scene.step()
    [line] = scene.lane("IN PROGRESS")
    assert "[blocked:: reported 3 times without something to land" in line


def test_a_failing_command_blocks_the_card_with_its_last_line(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("dies", "echo 'no network' >&2; exit 3\n"))
    scene.cards("- [ ] Do something")
    scene.step()
    assert "[blocked:: its command ended with exit 3: no network]" in scene.lane("IN PROGRESS")[0]
