"""A person edits kanban.md while agents work: nobody's edit is lost, and what looks half-written is never acted on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scene import Scene, until, wait_for

FIRST = "- [x] First (engineer-1) ^t1"


@pytest.fixture
def at_work(scene: Scene, alone: None) -> Scene:
    """engineer-1 has the first of two cards; nobody but the test makes moves."""
    scene.install()
    scene.team("true")
    scene.cards("- [ ] First", "- [ ] Second")
    scene.run("step", "staff", "dispatch")
    assert scene.lane("IN PROGRESS") == [FIRST]
    return scene


def test_a_stale_buffer_saved_over_a_claim(at_work: Scene) -> None:
    scene = at_work
    stale = scene.board().replace(f"{FIRST}\n", "").replace("## TODO\n", "## TODO\n- [ ] First\n")
    scene.save(stale.replace("- [ ] Second", "- [ ] Second, reworded\n- [ ] Third"))
    scene.run("step", "reconcile", "dispatch")
    assert scene.lane("IN PROGRESS") == [FIRST], "the claim survives"
    assert scene.lane("TODO") == ["- [ ] Second, reworded", "- [ ] Third"], "so does the edit"
    assert scene.messages("engineer-1", "new") == ["t1.brief.1"]


def test_a_card_put_back_to_todo_is_withdrawn_and_its_branch_stays(at_work: Scene) -> None:
    scene = at_work
    scene.commit(scene.worktree("engineer-1"), {"numbers/two": "2\n"})
    scene.run("pause")
    board = scene.board().replace(f"{FIRST}\n", "")
    scene.save(board.replace("## TODO\n", "## TODO\n- [ ] First ^t1\n"))
    scene.run("step")
    assert scene.messages("engineer-1", "cur") == ["t1.brief.1:2,T"], "unread, it does not count as read"
    assert scene.messages("engineer-1", "new") == ["t1.void.1"]
    assert scene.git("log", "-1", "--format=%s", "engineer-1/t1-first") == "Work"
    assert scene.lane("TODO") == ["- [ ] First ^t1", "- [ ] Second"]
    scene.run("resume")
    scene.run("step", "dispatch")
    assert "t1.brief.2" in scene.messages("engineer-1", "new"), "given again, it is briefed again"
    assert scene.git("branch", "--show-current", cwd=scene.worktree("engineer-1")) == "engineer-1/t1-first"


def _delete_first(scene: Scene) -> None:
    """Delete the claimed card, twice: a first time it looks like a save from before the claim, and is put back."""
    scene.save(scene.board().replace(f"{FIRST}\n", ""))
    scene.run("step", "reconcile")
    assert scene.lane("IN PROGRESS") == [FIRST]
    assert "Delete it again if you meant it" in scene.log()
    scene.save(scene.board().replace(f"{FIRST}\n", ""))
    scene.run("step", "reconcile")


def test_a_card_deleted_while_it_waits_in_the_queue_is_withdrawn(at_work: Scene) -> None:
    scene = at_work
    scene.commit(scene.worktree("engineer-1"), {"numbers/two": "2\n"})
    scene.run("done", cwd=scene.worktree("engineer-1"))
    assert list((scene.root / ".batty/queue").glob("*.json"))
    _delete_first(scene)
    scene.run("step", "reconcile", "handback", "gate", "land")
    assert "First" not in scene.board()
    assert not list((scene.root / ".batty/queue").glob("*.json"))
    assert scene.subjects() == ["A project"]
    assert "handed back: withdrawn t1" in scene.log()
    assert scene.git("branch", "--list", "engineer-1/t1-first"), "the work is still there"


def test_a_card_given_to_another_by_hand(at_work: Scene) -> None:
    scene = at_work
    scene.team("true", engineers=2)
    scene.save(scene.board().replace(FIRST, FIRST.replace("engineer-1", "engineer-2")))
    scene.run("step", "reconcile", "staff", "dispatch")
    assert "t1.void.1" in scene.messages("engineer-1", "new")
    assert "t1.brief.1" in scene.messages("engineer-2", "new")
    assert scene.lane("IN PROGRESS") == [FIRST.replace("engineer-1", "engineer-2"), "- [x] Second (engineer-1) ^t2"]


def test_a_card_taken_back_while_its_command_runs_leaves_the_worktree_alone(scene: Scene, alone: None) -> None:
    """The next card waits until the command has ended: its worktree is not switched to another branch under it."""
    scene.install()
    go = scene.root / "go"
    script = f"git branch --show-current >> '{scene.root}/began'\n{until(go)}\n"
    scene.team(scene.agent("waits", script + f"git branch --show-current >> '{scene.root}/ended'\n"))
    scene.cards("- [ ] First", "- [ ] Second")
    scene.run("step", "staff", "dispatch", "run_agent")
    wait_for(lambda: (scene.root / "began").exists())
    _delete_first(scene)
    scene.run("step", "reconcile", "dispatch", "run_agent")
    assert scene.git("branch", "--show-current", cwd=scene.worktree("engineer-1")) == "engineer-1/t1-first"
    go.touch()
    scene.step()
    assert (scene.root / "ended").read_text().splitlines()[0] == "engineer-1/t1-first"
    assert (scene.root / "ended").read_text().splitlines()[1] == "engineer-1/t2-second"


def test_a_real_vim_saves_a_buffer_that_was_opened_before_a_claim(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """vim reads the board, the card is claimed, vim asks whether to write all the same, and people press y."""
    vim = shutil.which("vim")
    assert vim, "this story needs vim: install it (apt-get install vim, brew install vim)"
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    scene.install()
    scene.team("true")
    scene.cards("- [ ] First", "- [ ] Second")
    script = scene.root.parent / "edit.vim"
    script.write_text(
        f"cd {scene.root}\nedit kanban.md\ncall append(line('$'), '- [x] A card of mine')\n"
        f"call system('{sys.executable} -m batty_hooks step staff dispatch')\nwrite!\nquit!\n"
    )
    subprocess.run([vim, "-es", "-u", "NONE", "-S", str(script)], input=b"y\n", check=True, timeout=60)
    scene.run("step", "reconcile", "dispatch")
    assert scene.lane("IN PROGRESS") == [FIRST]
    assert scene.lane("DONE") == ["- [x] A card of mine"]
    assert scene.lane("TODO") == ["- [ ] Second"]


def test_a_card_typed_while_a_step_runs_is_done_by_the_same_step(scene: Scene) -> None:
    scene.install()
    script = (
        'if [ "$2" = t1 ]; then awk \'{print} /^## TODO/ {print "- [ ] Typed meanwhile"}\' ../../../kanban.md > new\n'
        "mv new ../../../kanban.md; fi\n"
        'echo "10${2#t}" > "numbers/$2"\ngit add numbers\ngit commit -qm "$2"\n'
    )
    scene.team(scene.agent("types", script))
    scene.cards("- [ ] First")
    scene.step()
    assert scene.lane("DONE") == ["- [x] First (engineer-1) ^t1", "- [x] Typed meanwhile (engineer-1) ^t2"]


@pytest.mark.parametrize("half", ["", "## TODO\n- [ ] A"])
def test_a_half_written_board_is_never_acted_on(scene: Scene, alone: None, half: str) -> None:
    scene.install()
    scene.team("true")
    cards = [f"- [ ] Card {n}" for n in range(6)]
    scene.cards(*cards)
    scene.run("step", "staff", "reconcile")
    whole = scene.board()
    Path(scene.root / "kanban.md").write_text(half)
    scene.run("step", "reconcile", code=None)
    assert scene.board() == half, "it is left as it is"
    assert scene.messages("engineer-1", "new") == []
    needs = scene.json("status")["needs_you"]
    assert any("kanban.md is not acted on" in need["what"] and "--restore" in need["command"] for need in needs)
    scene.run("board", "--restore")
    assert scene.board() == whole
    Path(scene.root / "kanban.md").write_text("## TODO\n- [ ] Only this\n\n## IN PROGRESS\n\n## DONE\n")
    scene.run("board", "--accept")
    scene.run("step", "reconcile", "dispatch")
    assert scene.lane("IN PROGRESS") == ["- [x] Only this (engineer-1) ^t1"] and scene.lane("TODO") == []


def test_a_block_that_is_deleted_in_the_file_is_gone_and_typed_again_it_is_back(scene: Scene, alone: None) -> None:
    """Though the file then is, letter for letter, a version of before."""
    scene.install()
    scene.team("true")
    scene.cards("- [ ] First", "- [ ] Second")
    scene.run("step", "staff", "reconcile", "dispatch")
    before = scene.board()
    scene.run("task", "block", "t1", "no key")
    blocked = scene.board()
    assert "[blocked:: no key]" in blocked
    for text in (before, blocked, before):
        (scene.root / "kanban.md").write_text(text)
        scene.run("step", "reconcile")
        assert scene.board() == text
    assert scene.lane("IN PROGRESS") == ["- [x] First (engineer-1) ^t1"]
