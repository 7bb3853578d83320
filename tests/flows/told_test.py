"""What the log tells of a member and of the gate is enough to see later where the time went."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from scene import Scene, until, wait_for
from tui.company import Company

from batty_hooks.rules import timeline
from batty_hooks.rules.timeline import Timeline


def read(scene: Scene) -> Timeline:
    return timeline.read(scene.events(), timeline.Facts(time.time()))


def test_what_an_agent_in_a_pane_does_and_how_long_it_waits_for_an_answer(company: Company) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    scene = company.scene
    scene.cards("- [ ] Ask", "  RUN: batty-hooks ask which one?", "- [ ] Wait", "  ASK: curl https://example.org")
    company.wait(lambda: "asked" in scene.log() and company.state("engineer-1") == "ready")
    [question] = [event for event in scene.events() if event["event"] == "asked"]
    id = question["id"].removeprefix("ask.")
    scene.run("send", "engineer-1", "--re", id, "that one")
    company.wait(lambda: "that one" in "".join(company.taken("engineer-1")))
    found = read(scene)
    [lane] = found.members
    assert lane.name == "engineer-1" and [span.state for span in lane.spans][:1] == ["unknown"]
    states = [span.state for span in lane.spans if span.card == "t1"]
    assert states.index("working") < states.index("you") and "unknown" not in states
    [wait] = [wait for wait in found.waits if wait.kind == "question"]
    assert wait.end and (wait.to, wait.card) == ("human", "t1")
    [answer] = [event for event in scene.events() if event["event"] == "sent"]
    assert answer["re"] == id
    said = [event["state"] for event in scene.events() if event["event"] == "state"]
    assert all(one != after for one, after in pairwise(said)), "a state said again is no event"


def test_a_prompt_in_a_pane_and_a_process_that_ends(company: Company) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    scene = company.scene
    scene.cards("- [ ] Fetch", "  ASK: curl https://example.org")
    company.wait(lambda: company.state("engineer-1") == "asking")
    company.wait(lambda: [wait.kind for wait in read(scene).waits] == ["prompt"])
    assert read(scene).members[0].spans[-1].state == "asking" and read(scene).figures.open == 1
    said = scene.run("stop", "--wait", "0")
    assert "since its start: 0 cards landed; bad merges stopped: 0; you were waited for" in said
    assert read(scene).members[0].spans[-1].state == "off"


def test_a_run_that_is_ended_in_vain_took_its_time(scene: Scene, tmp_path: Path) -> None:
    scene.install(f"touch '{tmp_path}/begun'; sleep 60")
    scene.team(None, f"touch '{tmp_path}/begun'; sleep 60", on="done")
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    scene.save(scene.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Work (agent-1) ^t1\n"))
    scene.commit(place, {"numbers/two": "2\n"})
    scene.run("done", cwd=place)
    wait_for(lambda: (tmp_path / "begun").exists())
    scene.save(scene.board().replace("- [x] Work (agent-1) ^t1\n", ""))
    (scene.root / ".batty/queue/t1.json").unlink()
    wait_for(lambda: "ended in vain" in scene.log())
    [run] = [run for run in read(scene).runs if run.result == "in vain"]
    assert (run.slot, run.cards, run.label) == (1, ("t1",), "t1") and run.seconds > 0
    assert read(scene).figures.vain == 1


def other_that_is_tested(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit nobody has reported, whose test takes for ever, and a branch that passes at once."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    scene.install(f"test ! -e numbers/other || {{ touch '{tmp_path}/begun'; sleep 1000; }}", slots=2)
    for name in ("other", "quick"):
        place = tmp_path / name
        scene.git("worktree", "add", "-q", str(place), "-b", name)
        scene.commit(place, {f"numbers/{name}": "2\n"})


def test_a_run_that_merge_leaves_behind_is_told_as_one_in_vain(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_that_is_tested(scene, tmp_path, monkeypatch)
    # The quick one has to wait until the other is under way: its test is made after that.
    scene.team(None, f"test ! -e numbers/other || {{ touch '{tmp_path}/begun'; sleep 1000; }}; "
               f"{until(tmp_path / 'begun')}", slots=2)  # fmt: skip
    scene.run("merge", "quick")
    [run] = [run for run in read(scene).runs if run.result == "in vain"]
    assert run.label.startswith("other at ") and run.seconds > 0 and len(scene.landed()) == 1
    assert not list((scene.root / ".batty").glob("gate-*.json"))


def test_what_a_watcher_tests_when_it_ends_is_told_as_in_vain(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_that_is_tested(scene, tmp_path, monkeypatch)
    with scene.begin("watch", "--quiet") as watcher:
        wait_for(lambda: (tmp_path / "begun").exists())
        watcher.terminate()
    assert watcher.returncode == 0 and "ended in vain" in scene.log()
