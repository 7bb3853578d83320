"""The line at the trunk: first in, first out within a priority; `status` says at which place and how long."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from scene import Scene


@pytest.fixture
def line(scene: Scene, tmp_path: Path, alone: None) -> Scene:
    """Four offers that wait, t1 first; nobody makes moves."""
    scene.install()
    cards = "".join(f"- [x] Work {number} (agent-{number}) ^t{number}\n" for number in range(1, 5))
    scene.save(scene.board().replace("## IN PROGRESS\n", f"## IN PROGRESS\n{cards}"))
    for number in range(1, 5):
        place = tmp_path / f"agent-{number}"
        scene.git("worktree", "add", "-q", str(place), "-b", f"agent-{number}/work")
        scene.commit(place, {f"numbers/n{number}": f"1{number}\n"})
        scene.run("done", cwd=place)
    return scene


def places(scene: Scene) -> list[str]:
    return [row["card"] for row in scene.json("status")["queue"]]


def test_first_in_first_out(line: Scene) -> None:
    assert places(line) == ["t1", "t2", "t3", "t4"]


def test_priority_goes_before_and_behind(line: Scene) -> None:
    board = line.board().replace("Work 3 ", "Work 3 [priority:: high] ").replace("Work 1 ", "Work 1 [priority:: low] ")
    line.save(board)
    assert places(line) == ["t3", "t2", "t4", "t1"]
    line.step()
    assert "- [x] Work 3 [priority:: high] (agent-3) ^t3" in line.lane("DONE")


def test_who_has_waited_for_long_rises(line: Scene) -> None:
    line.save(line.board().replace("Work 1 ", "Work 1 [priority:: low] "))
    assert places(line)[-1] == "t1"
    path = line.root / ".batty/queue/t1.json"
    offer = json.loads(path.read_text())
    offer["at"] = (datetime.now(timezone.utc) - timedelta(minutes=11)).isoformat()
    path.write_text(json.dumps(offer))
    assert places(line)[0] == "t1"


def test_status_says_how_long_it_will_take(line: Scene) -> None:
    assert {row["wait"] for row in line.json("status")["queue"]} == {None}, "nothing was tested yet"
    line.run("gate", "main")
    assert all(row["wait"] is not None for row in line.json("status")["queue"])
    said = line.run("status", code=None)
    assert "in about" in said or "at any moment" in said
