"""What is done to the project as a whole, killed at its writes and made again: told that it was moved; taken out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.killing import every_kill, in_child
from crash.moves_test import AGENT, made, prepare
from scene import Scene

from batty_hooks.main import run
from batty_hooks.state import project as project_map
from batty_hooks.state.team import own_templates
from batty_hooks.system import atomic

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(scene: Scene, alone: None) -> Scene:
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


def templates_in(data: Path) -> dict[str, dict[str, bytes]]:
    """Every template that `init --from` takes, with its files; those that a kill leaves half have no name of one."""
    places = [place for place in (data / "batty-hooks/templates").glob("*") if not place.name.startswith(".")]
    found = {}
    for place in places:
        _, team = own_templates.read(place)
        found[place.name] = {"team.yaml": (place / "team.yaml").read_bytes(), **own_templates.files(place, team)}
    return found


@pytest.fixture
def exporting(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Callable[[], None]]:
    """Where a person's templates lie, and the command that makes one of a project's team."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    scene.run("init", "--template", "simple")

    def work() -> None:
        os.chdir(scene.root)
        assert run(["export-template", "ours", "--force"]) == 0

    return data, work


def test_a_killed_export_leaves_no_half_template(exporting: tuple[Path, Callable[[], None]]) -> None:
    data, work = exporting
    ends = []
    for number in every_kill(data, work):
        assert [*templates_in(data)] in ([], ["ours"]), f"after kill {number}"
        before = templates_in(data)
        assert in_child(work), f"run again after kill {number}"
        ends.append(templates_in(data))
        assert before in ({}, ends[0]), f"after kill {number}"
    assert len(ends) >= 2 and all(end == ends[0] and [*end] == ["ours"] for end in ends)


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_killed_export_leaves_the_old_template_or_the_new_one_whole(
    scene: Scene, exporting: tuple[Path, Callable[[], None]], monkeypatch: pytest.MonkeyPatch, exchanges: bool
) -> None:
    if not exchanges:  # (a file system that cannot)
        monkeypatch.setattr(atomic, "exchange", lambda first, second: False)
    data, work = exporting
    assert in_child(work)
    old = templates_in(data)["ours"]
    for path in scene.root.glob(".batty/team_config/*.md"):
        path.write_text(f"{path.read_text()}Better.\n")
    kills = 0
    for number in every_kill(data, work):
        now = templates_in(data)
        assert "ours" in now if exchanges else now, f"after kill {number}"
        assert in_child(work), f"run again after kill {number}"
        now = templates_in(data)
        assert now["ours"] != old and (old in now.values() or not exchanges), f"run again after kill {number}"
        kills += 1
    assert kills >= 2


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
