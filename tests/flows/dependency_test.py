"""Cards that wait for cards: released by landing only, held by everything that is not a landing."""

from __future__ import annotations

import pytest
from scene import Scene

pytestmark = pytest.mark.usefixtures("alone")

AGENT = """
echo "10${2#t}" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def test_a_chain_is_worked_off_in_its_order(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT), engineers=2)
    scene.cards("- [ ] Three [depends:: t2] ^t3", "- [ ] Two after ^t1 ^t2", "- [ ] One ^t1")
    scene.step()
    assert [subject.split(" (")[0] for subject in scene.subjects()[1:]] == [
        "Land t1: One", "Land t2: Two after ^t1", "Land t3: Three",
    ] or [subject.split(":")[0] for subject in scene.subjects()[1:]] == ["Land t1", "Land t2", "Land t3"]  # fmt: skip
    told = [(event["event"], event["card"]) for event in scene.events() if event["event"] in ("claimed", "landed")]
    assert told == [
        ("claimed", "t1"), ("landed", "t1"), ("claimed", "t2"), ("landed", "t2"), ("claimed", "t3"), ("landed", "t3"),
    ]  # fmt: skip


def test_green_is_not_landed(quiet: Scene) -> None:
    scene = quiet
    scene.team(scene.agent("adds", AGENT), engineers=2)
    team = scene.root / ".batty/team_config/team.yaml"
    team.write_text("merge:\n  mode: review\n" + team.read_text())
    scene.cards("- [ ] One ^t1", "- [ ] Two [depends:: t1] ^t2")
    scene.step()
    assert scene.json("status")["queue"][0]["stage"] == "passed, to be reviewed"
    assert scene.lane("TODO") == ["- [ ] Two [depends:: t1] ^t2"]
    assert "waits for t1" in scene.run("board")
    assert "t1 has landed" in scene.run("merge", "t1")
    scene.run("step", "dispatch")
    assert scene.lane("TODO") == []


def test_dragging_it_to_done_does_not_release_its_dependents(quiet: Scene) -> None:
    scene = quiet
    scene.team("true", engineers=2)
    scene.cards("- [ ] One ^t1", "- [ ] Two [depends:: t1] ^t2")
    scene.run("step", "staff", "dispatch")
    line = "- [x] One (engineer-1) ^t1\n"
    scene.save(scene.board().replace(line, "") + line)
    scene.run("step", "dispatch")
    assert scene.lane("TODO") == ["- [ ] Two [depends:: t1] ^t2"]


def test_depend_by_command(quiet: Scene) -> None:
    scene = quiet
    scene.team("true")
    scene.cards("- [ ] One", "- [ ] Two")
    assert scene.run("task", "depend", "One", "Two") == "t2 waits for t1\n"
    scene.run("step", "staff", "dispatch")
    assert scene.lane("TODO") == ["- [ ] One [depends:: t1] ^t2"]
    said = scene.run("task", "claim", "One", "--as", "engineer-1", code=1)
    assert "t2 waits for t1" in said and "→ " in said
    assert "t3: Three" in scene.run("task", "add", "Three", "--after", "Two")
    assert "- [ ] Three [depends:: t1] ^t3" in scene.lane("TODO")
