"""Two engineers change the same lines: it is seen before either has reported, and the younger is told once."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from scene import Scene

TEAM = """\
trunk: main
history: off
gate: {command: sh check.sh}
roles:
  - {name: engineer, role_type: engineer, agent: claude, instances: 2, use_worktrees: true}
"""


@pytest.fixture
def crew(scene: Scene, alone: None) -> Scene:
    """Two engineers with a card each, whose agents are not started: the test types what they would."""
    scene.install()
    scene.commit(scene.root, {"numbers/shared": "1\n"})
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM)
    scene.cards("- [ ] First card", "- [ ] Second card", "- [ ] Third [files:: numbers/**]")
    scene.step()
    return scene


def told(scene: Scene, member: str) -> list[str]:
    return [name.partition(":")[0] for name in scene.messages(member) if ".clash." in name]


def age(scene: Scene) -> None:
    """Let the last look be a while ago."""
    path = scene.root / ".batty/clashes.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "at": 0.0}))


def test_the_younger_is_told_once_and_status_and_board_say_it(crew: Scene) -> None:
    one, other = crew.worktree("engineer-1"), crew.worktree("engineer-2")
    crew.commit(one, {"numbers/shared": "11\n"})
    crew.commit(other, {"numbers/shared": "12\n", "numbers/second": "12\n"})
    crew.step()
    assert told(crew, "engineer-1") == [] and len(told(crew, "engineer-2")) == 1
    [text] = [path.read_text() for path in (crew.root / ".batty/inboxes/engineer-2").glob("*/t2.clash.*")]
    assert "t2 will clash with t1 in numbers/shared" in text and "git diff main...engineer-1/t1-first-card" in text
    assert "engineer-2: t2 will clash with t1 in numbers/shared" in crew.run("status", code=None)
    assert "will clash with t2 in numbers/shared" in crew.run("board")
    assert crew.json("status")["clashes"][0]["paths"] == ["numbers/shared"]
    crew.commit(other, {"numbers/more": "13\n"})
    (crew.root / ".batty/clashes.json").unlink()
    crew.step()
    assert len(told(crew, "engineer-2")) == 1
    assert [event["event"] for event in crew.events()].count("clash") == 1
    crew.commit(other, {"numbers/shared": "1\n"})
    crew.step()
    assert "clash" not in crew.run("status", code=None)
    assert [name[-2:] for name in crew.messages("engineer-2") if ".clash." in name] == ["ST"], "it need not be read"


def test_what_was_reported_is_not_told_of_any_more(crew: Scene) -> None:
    one, other = crew.worktree("engineer-1"), crew.worktree("engineer-2")
    crew.commit(one, {"numbers/shared": "11\n"})
    crew.commit(other, {"numbers/shared": "12\n"})
    crew.run("step", "clash")
    assert [name for name in crew.messages("engineer-2", "new") if ".clash." in name]
    crew.run("done", cwd=other)
    crew.run("step", "clash")
    assert not [name for name in crew.messages("engineer-2", "new") if ".clash." in name]
    assert "t1 will clash with t2" in crew.run("status", code=None)


def test_what_is_not_committed_counts_while_somebody_works(crew: Scene) -> None:
    one, other = crew.worktree("engineer-1"), crew.worktree("engineer-2")
    crew.commit(one, {"numbers/shared": "11\n"})
    crew.commit(other, {"numbers/second": "12\n"})
    crew.step()
    (other / "numbers/shared").write_text("12\n")
    status = crew.git("status", "--porcelain", cwd=other)
    age(crew)
    crew.step()
    assert told(crew, "engineer-2") == [], "nobody is at work"
    for name in ("engineer-1", "engineer-2"):
        room = crew.root / ".batty/members" / name
        room.mkdir(exist_ok=True)
        pane = {"member": name, "id": "%1", "agent": "claude", "pid": os.getpid(), "birth": "", "starts": []}
        (room / "pane.json").write_text(json.dumps(pane))
        (room / "state.json").write_text(json.dumps({"state": "working", "since": 1.0, "why": ""}))
    crew.run("step", "clash")
    assert len(told(crew, "engineer-2")) == 1
    assert crew.git("status", "--porcelain", cwd=other) == status


def test_a_card_that_says_it_touches_what_is_in_hand_goes_last(crew: Scene) -> None:
    board = crew.board().replace("First card", "First card [files:: numbers/shared]")
    crew.save(re.sub(r"(## TODO\n)", r"\1", board))
    crew.step()
    assert "goes last: t1 is at numbers/**" in crew.run("board")


def test_uninstall_leaves_nothing_of_it(crew: Scene) -> None:
    for number, name in enumerate(("engineer-1", "engineer-2")):
        crew.commit(crew.worktree(name), {"numbers/shared": f"1{number}\n"})
    crew.step()
    assert Path(crew.root / ".git/batty-clashes").is_dir()
    crew.run("uninstall")
    assert not Path(crew.root / ".git/batty-clashes").exists()
