"""No watcher is running: the hooks of git and the typed commands wake somebody, and that is enough."""

from __future__ import annotations

import os
import signal

import pytest
from scene import Scene, until, wait_for

from batty_hooks.system import lock, process

AGENT = """
echo "10${2#t}" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def test_a_commit_is_gated_and_done_lands_it(scene: Scene) -> None:
    scene.install()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    commit = scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: any(event["event"] == "gate passed" for event in scene.events()))
    assert "agent-1/two is offered" in scene.run("done", cwd=place)
    wait_for(lambda: scene.subjects() == ["A project", "Land agent-1/two"])
    assert sum(event["event"].startswith("gate") for event in scene.events()) == 1, "what passed is not tested again"
    assert scene.git("rev-parse", "main^2") == commit


def test_a_card_added_by_command_is_worked_on_and_landed(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    scene.run("task", "add", "Add a number")
    wait_for(lambda: scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"])
    assert scene.subjects()[1:] == ["Land t1: Add a number (engineer-1)"]


def test_a_commit_answers_before_its_test_has_ended(scene: Scene) -> None:
    """The hook leaves the test to a process of its own: neither the commit nor who captures its output waits."""
    go = scene.root.parent / "go"
    scene.install(until(go))
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    assert not any(event["event"].startswith("gate") for event in scene.events())
    go.touch()
    wait_for(lambda: any(event["event"] == "gate passed" for event in scene.events()))


def test_many_commits_at_once_end_with_a_verdict_on_the_newest(scene: Scene) -> None:
    """Wakes carry no data: a lost or doubled one costs nothing."""
    scene.install()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    for number in range(2, 7):
        scene.commit(place, {"numbers/two": f"{number}\n"})
    tip = scene.git("rev-parse", "HEAD", cwd=place)
    wait_for(lambda: any(event.get("commit") == tip and event["event"] == "gate passed" for event in scene.events()))
    wait_for(lambda: not list((scene.root / ".batty/spool").iterdir()))


def test_a_step_until_idle_is_the_engine_and_one_wake_waits_for_its_end(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody commits beside it, one process waits; and that one looks, should the step be killed."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    go, batty = scene.root.parent / "go", scene.root / ".batty"
    scene.install(until(go))
    places = [scene.root.parent / f"agent-{number}" for number in range(3)]
    for place in places:
        scene.git("worktree", "add", "-q", str(place), "-b", f"{place.name}/numbers")
    scene.commit(places[0], {"numbers/2": "2\n"})
    with scene.begin("step", "--until-idle") as step:
        wait_for(lambda: not lock.is_free(batty / "wake.lock"))
        monkeypatch.delenv("BATTY_NO_WAKE")
        for number, place in enumerate(places[1:], 3):
            scene.commit(place, {f"numbers/{number}": f"{number}\n"})
            wait_for(lambda: not lock.is_free(batty / "wake-next.lock"))
        step.kill()
    go.touch()
    wait_for(lambda: sum(event["event"] == "gate passed" for event in scene.events()) == 3)


def test_a_step_that_is_suspended_lets_somebody_else_look(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-Z, and forgotten: whom hooks wake would wait for it for ever."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    go, batty = scene.root.parent / "go", scene.root / ".batty"
    scene.install(f"touch '{go}.begun'; {until(go)}")
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    with scene.begin("step", "--until-idle") as step:
        os.setpgid(step.pid, step.pid)  # (in a group whose shell has gone, as under nohup, nothing is suspended)
        wait_for(go.with_name("go.begun").exists)
        assert not lock.is_free(batty / "wake.lock")
        step.send_signal(signal.SIGTSTP)
        wait_for(lambda: lock.is_free(batty / "wake.lock"))
        wait_for(lambda: process.suspended(step.pid))
        [need] = scene.json("status")["needs_you"]  # the test goes on, and nobody would look at what comes of it
        assert need["command"].startswith(f"kill -CONT {step.pid} ") and "in the middle of its work" in need["what"]
        step.send_signal(signal.SIGCONT)
        go.touch()
        assert step.wait() == 0
    assert "gate passed" in scene.log()
