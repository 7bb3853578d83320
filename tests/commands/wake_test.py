"""A waker gives way to a watcher that has come and stays, or everything would be looked at twice."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scene import Scene, wait_for

from batty_hooks.moves.base import waking
from batty_hooks.moves.base.interface import Item
from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules.look import Look
from batty_hooks.state import watcher
from batty_hooks.state.project import Project, find


@pytest.fixture
def project(scene: Scene) -> Project:
    scene.run("install")
    return find(scene.root)


def beginning(project: Project, after: float) -> tuple[threading.Thread, threading.Event]:
    over = threading.Event()
    waiting = threading.Thread(target=waking.give_way, args=(project, over, after), daemon=True)
    waiting.start()
    return waiting, over


def test_it_gives_way_to_a_watcher_that_stays(project: Project) -> None:
    waiting, over = beginning(project, 0.0)
    assert not over.wait(1.5), "there is none"
    with watcher.turn(project) as got:
        assert got
        watcher.enter(project)
        assert over.wait(60)
    waiting.join(60)


@pytest.mark.parametrize("state", ["has just come", "is ending"])
def test_it_stays_beside_one_that_may_go_at_once(project: Project, state: str) -> None:
    waiting, over = beginning(project, 3600.0 if state == "has just come" else 0.0)
    with watcher.turn(project) as got:
        assert got
        watcher.enter(project)
        if state == "is ending":
            watcher.tell_ending(project)
        assert not over.wait(2.5)
        over.set()
        waiting.join(60)


def test_what_it_has_begun_it_ends_and_it_looks_again_where_the_watcher_goes(project: Project) -> None:
    ended, looks = threading.Event(), 0

    def ripe(look: Look) -> list[Item]:
        nonlocal looks
        looks += 1
        return []

    slow = SimpleNamespace(NAME="gate", ORDER=1, WATCHES=(), SLOW=True, running=lambda project: [])
    slow.ripe, slow.take = lambda look: [] if ended.is_set() else [Item("a", "a")], lambda project, item: ended.wait(60)
    slow.capacity = lambda look: 1
    runner = Runner(project, [], lambda item, error: None)
    runner.quick, runner.slow = [cast(Any, SimpleNamespace(NAME="land", ORDER=1, WATCHES=(), ripe=ripe))], [slow]
    working = threading.Thread(target=waking.work, args=(project, runner, 0.0), daemon=True)
    with watcher.turn(project):
        watcher.enter(project)
        working.start()
        wait_for(lambda: runner.threads)
        time.sleep(3.0)  # it has seen the watcher twice
        before = looks
        (project.queue / "x").touch()
        working.join(2.0)
        assert working.is_alive() and looks == before, "what was begun goes on, and nobody looks twice"
        watcher.leave(project)
    wait_for(lambda: looks > before)
    ended.set()
    working.join(60)
    assert not working.is_alive()
