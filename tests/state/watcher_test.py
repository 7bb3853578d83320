"""Whether anybody need be woken, while a watcher is brought up."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from batty_hooks.state import watcher
from batty_hooks.state.project import Project
from batty_hooks.system import lock


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    monkeypatch.delenv("BATTY_NO_WAKE")
    monkeypatch.setattr(watcher.process, "detach", lambda *what: found.append(what[0][-1]))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".batty").mkdir()
    return Project(tmp_path, tmp_path / ".git")


def test_nobody_is_woken_while_a_watcher_is_brought_up_and_it_is_waited_for(
    project: Project, woken: list[object]
) -> None:
    up, ended = threading.Event(), threading.Event()

    def watch() -> None:
        up.wait()
        with watcher.turn(project):
            watcher.enter(project)
            ended.wait()

    thread = threading.Thread(target=watch)
    thread.start()
    with watcher.expected(project):
        watcher.wake(project)
        up.set()
    assert watcher.alive(project) and woken == []
    assert lock.is_free(project.lock("wake-next"))
    ended.set()
    thread.join()


def test_where_none_comes_up_somebody_is_woken_after_all(
    project: Project, woken: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_COMING_SECONDS", 0.1)
    with watcher.expected(project):
        pass
    assert woken == ["wake"]


def test_a_start_that_fails_waits_for_none(project: Project, woken: list[object]) -> None:
    with pytest.raises(OSError), watcher.expected(project):
        raise OSError
    assert woken == ["wake"]


def test_where_one_waits_to_look_already_that_is_left_to_it(
    project: Project, woken: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_COMING_SECONDS", 0.1)
    with lock.held(project.lock("wake-next")), watcher.expected(project):
        pass
    assert woken == []
