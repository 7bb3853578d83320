"""Early feedback: each commit is tested while its engineer goes on working; a run that nobody needs is ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene, wait_for

from batty_hooks.state import slots
from batty_hooks.state.project import find

# Goes on until somebody puts a file beside the repository; what has begun can be seen there too.
SLOW = "echo $$ >> '{0}/begun'; until [ -e '{0}/go' ] || [ ! -d '{0}' ]; do sleep 0.05; done; sh check.sh"


@pytest.fixture
def place(scene: Scene, tmp_path: Path) -> Path:
    """An engineer's worktree, with a card in hand."""
    scene.install(SLOW.format(tmp_path))
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    scene.save(scene.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Work (agent-1) ^t1\n"))
    return place


def begun(tmp_path: Path, count: int) -> None:
    path = tmp_path / "begun"
    wait_for(lambda: path.exists() and len(path.read_text().splitlines()) >= count)


def test_a_newer_commit_ends_the_test_of_the_older_one(scene: Scene, place: Path, tmp_path: Path) -> None:
    scene.commit(place, {"numbers/two": "2\n"})
    begun(tmp_path, 1)
    [first] = [run.group for run in slots.running(find(scene.root))]
    newest = scene.commit(place, {"numbers/three": "3\n"})
    begun(tmp_path, 2)
    assert not Path(f"/proc/{first}").exists()
    (tmp_path / "go").touch()
    wait_for(lambda: "gate passed" in scene.log())
    [run] = [event for event in scene.events() if event["event"].startswith("gate ")]
    assert run["commit"] == newest and run["card"] == "t1", "a cancelled run leaves no verdict behind"
    assert scene.git("for-each-ref", "refs/batty/attempts") == "", "nothing is counted"


def test_the_verdict_is_there_when_it_is_reported(scene: Scene, place: Path, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())
    scene.run("done", cwd=place, env={"BATTY_NO_WAKE": "1"})
    scene.run("step")
    assert scene.landed() == ["Land t1: Work (agent-1)"]
    assert len((tmp_path / "begun").read_text().splitlines()) == 1, "it was tested once"


def test_gate_on_done_looks_at_nothing_early(scene: Scene, place: Path, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    scene.team(None, SLOW.format(tmp_path), on="done")
    scene.commit(place, {"numbers/two": "2\n"})
    scene.step()
    assert not (tmp_path / "begun").exists()
    scene.run("done", cwd=place)
    wait_for(lambda: scene.landed() == ["Land t1: Work (agent-1)"])


def test_an_offer_that_is_taken_back_ends_its_test(scene: Scene, place: Path, tmp_path: Path) -> None:
    scene.team(None, SLOW.format(tmp_path), on="done")
    scene.commit(place, {"numbers/two": "2\n"})
    scene.run("done", cwd=place)
    begun(tmp_path, 1)
    [first] = [run.group for run in slots.running(find(scene.root))]
    scene.save(scene.board().replace("- [x] Work (agent-1) ^t1\n", ""))
    (scene.root / ".batty/queue/t1.json").unlink()
    wait_for(lambda: not Path(f"/proc/{first}").exists())


def test_a_red_commit_on_the_way_costs_nothing(scene: Scene, place: Path, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    scene.commit(place, {"numbers/two": "two\n"})
    wait_for(lambda: "gate failed" in scene.log())
    assert scene.messages("agent-1") == ["t1.brief.1"] and scene.git("for-each-ref", "refs/batty/attempts") == ""
    assert scene.json("status")["members"][0]["first"] == "FAILED numbers/two is not a number"
