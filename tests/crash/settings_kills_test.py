"""What is done to the project as a whole, killed at its writes and made again: told that it was moved; taken out."""

from __future__ import annotations

import os

import pytest
from crash.killing import every_kill, in_child
from crash.moves_test import AGENT, made, prepare
from scene import Scene

from batty_hooks.main import run
from batty_hooks.state import project as project_map

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    scene.install()
    (scene.root / ".batty/watch.pid").write_text(f"{os.getpid()}\n")  # what an agent commits wakes nobody
    return scene


def test_a_killed_settle_tells_once_that_the_project_was_moved(scene: Scene) -> None:
    moved = Scene(scene.root.rename(scene.root.with_name("moved")))
    project = project_map.find(moved.root)
    in_child(project.require_prepared)
    for number in every_kill(moved.root, made("settle", project)):
        assert in_child(made("settle", project)), f"run again after kill {number}"
        told = [event["text"] for event in moved.events() if event["event"] == "settled"]
        assert told == [f"the project was moved from {scene.root}"], f"after kill {number}"
        assert project.place_file.read_text() == f"{moved.root}\n"


def test_hooks_that_were_led_past_are_led_back_and_that_is_told_each_time(scene: Scene) -> None:
    """husky sets core.hooksPath with each `npm install`; what somebody sets it to otherwise is his decision."""
    scene.git("config", "core.hooksPath", ".husky/_")
    scene.run("install")
    ours, project = scene.git("config", "core.hooksPath"), project_map.find(scene.root)
    scene.git("config", "core.hooksPath", ".husky/_")
    for number in every_kill(scene.root, made("settle", project)):
        assert in_child(made("settle", project)), f"run again after kill {number}"
        assert scene.git("config", "core.hooksPath") == ours
        assert len([event for event in scene.events() if event["event"] == "hooks led back"]) == 1
    scene.git("config", "core.hooksPath", ".husky/_")
    scene.run("step", "settle")
    assert scene.git("config", "core.hooksPath") == ours
    assert "core.hooksPath was set back to .husky/_" in scene.log()
    scene.git("config", "core.hooksPath", "elsewhere")
    scene.run("step", "settle")
    assert scene.git("config", "core.hooksPath") == "elsewhere"


def test_a_killed_uninstall_goes_on_and_takes_no_work_along(scene: Scene) -> None:
    prepare(scene, "gate", AGENT)
    untouched = scene.git("for-each-ref", "refs/heads", "refs/tags")

    def work() -> None:
        os.chdir(scene.root)
        assert run(["uninstall", "--purge"]) == 0

    for number in every_kill(scene.root, work, stride=11):
        scene.git("hook", "run", "--ignore-missing", "post-commit")  # whatever is left of ours does not fail
        assert in_child(work), f"run again after kill {number}"
        assert not (scene.root / ".batty").exists() and not (scene.root / ".git/batty").exists()
        assert len(scene.git("worktree", "list").splitlines()) == 1, f"after kill {number}"
        assert scene.git("for-each-ref", "refs/heads", "refs/tags") == untouched, f"after kill {number}"
        assert scene.git("for-each-ref", "refs/batty") == "", f"after kill {number}"
        assert "batty" not in (scene.root / ".git/info/exclude").read_text(), f"after kill {number}"
