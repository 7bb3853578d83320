"""A move or an item that fails holds up no other, is remembered, and `step --until-idle` never ends with 0 before all
that is ripe is made."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from scene import Scene, wait_for

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import under_lock
from batty_hooks.moves.base.interface import Item
from batty_hooks.moves.base.runner import Runner
from batty_hooks.state import project as project_map
from batty_hooks.state import troubles, watcher
from batty_hooks.state.project import Project
from batty_hooks.system import lock

AGENT = 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'
RAISED = [FatalError("it is away", "bring it back"), PermissionError(13, "Permission denied", "/x"), KeyError("t1")]


@pytest.fixture
def project(scene: Scene, alone: None) -> Project:
    scene.install()
    return project_map.find(scene.root)


def move(ripe: Any, take: Any = None, name: str = "land") -> Any:
    return SimpleNamespace(NAME=name, ORDER=1, WATCHES=(), SLOW=False, ripe=ripe, take=take)


def failing(error: Exception) -> Any:
    def call(*arguments: object) -> Iterator[Item]:
        raise error

    return call


def test_who_watches_does_not_turn_while_a_slow_look_that_was_due_is_under_way(project: Project) -> None:
    over = threading.Event()
    runner = Runner(project, [], lambda item, error: None)
    slow = move(lambda look: [Item("a", "a")], lambda project, item: over.wait(60), name="fetch")
    slow.running, slow.capacity = lambda project: [], lambda look: 1
    runner.quick, runner.slow = [], [slow]
    for _ in range(2):  # when it begins, and while it is at it
        runner.patient_until = 0.0
        runner._work(is_due=True)
        assert runner.patient_until > time.time() and len(runner.threads) == 1
    over.set()
    runner.threads.popitem()[1].join()


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_a_move_that_cannot_look_stops_no_other(project: Project, error: Exception) -> None:
    told: list[tuple[str, FatalError]] = []
    done: list[str] = []
    runner = Runner(project, [], lambda item, error: told.append((item, error)))
    runner.quick = [
        move(failing(error), name="offer"),
        move(lambda look: [] if done else [Item("a", "a")], lambda project, item: done.append(item.key)),
    ]
    runner.sweep()
    assert done == ["a"] and {item for item, _ in told} == {"offer"}
    [trouble] = troubles.known(project)
    assert (trouble.move, trouble.key, trouble.what) == ("offer", "", told[0][1].what)
    if isinstance(error, KeyError):
        assert told[0][1].code == 3 and "Traceback" not in trouble.what
        [log] = project.logs.glob("crash-*.log")
        assert "KeyError" in log.read_text() and str(log) in trouble.mend
    runner.quick[0] = move(lambda look: [], name="offer")
    runner.sweep()
    assert troubles.known(project) == []


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_an_item_that_fails_stops_no_other_and_keeps_its_age(project: Project, error: Exception) -> None:
    done: list[str] = []

    def take(project: Project, item: Item) -> None:
        if item.key == "bad":
            raise error
        done.append(item.key)

    one = move(lambda look: [Item(key, key, "t1", "engineer-1") for key in ("bad", "good") if key not in done], take)
    under_lock.make(project, one, lambda item, error: None, Counter())
    [first] = troubles.known(project, "land")
    under_lock.make(project, one, lambda item, error: None, Counter())
    assert (
        done == ["good"] and troubles.known(project) == [first] and (first.card, first.member) == ("t1", "engineer-1")
    )
    done.append("bad")  # it is ripe no more
    under_lock.make(project, one, lambda item, error: None, Counter())
    assert troubles.known(project) == []


def test_what_comes_again_is_made_again_though_it_was_made_often(project: Project) -> None:
    """A board that is saved again and again; what undoes us each time is not followed without end."""
    done: list[str] = []
    is_saved = [True]

    def take(project: Project, item: Item) -> None:
        done.append(item.key)
        is_saved[0] = False

    runner = Runner(project, [], lambda item, error: None)
    runner.quick = [move(lambda look: [Item("board", "a save")] if is_saved[0] else [], take)]
    for number in range(1, 100):
        is_saved[0] = True
        runner.sweep()
        assert len(done) == min(number, under_lock._MADE_AGAIN + under_lock._TAKEN_OFTEN)


def test_what_stays_ripe_however_often_it_is_taken_is_left_alone(project: Project) -> None:
    done: list[str] = []
    runner = Runner(project, [], lambda item, error: None)
    runner.quick = [move(lambda look: [Item("a", "a")], lambda project, item: done.append(item.key))]
    for _ in range(3):
        runner.sweep()
    assert len(done) == under_lock._TAKEN_OFTEN


def test_what_needs_the_team_is_said_once(project: Project) -> None:
    told: list[str] = []
    runner = Runner(project, [], lambda item, error: told.append(error.what))
    runner.quick = [move(failing(RAISED[0]), name=name) for name in ("offer", "land", "staff")]
    runner.sweep()
    assert told == ["it is away"]


def test_an_item_that_comes_again_under_one_name_is_made_each_time(project: Project) -> None:
    """As often as there are cards: that it was made three times before is no reason to leave it."""
    left = list(range(10))
    runner = Runner(project, [], lambda item, error: None)
    runner.quick = [move(lambda look: [Item("board", "board")] if left else [], lambda project, item: left.pop())]
    assert runner.until_idle() == [] and left == []


def test_what_another_process_holds_for_long_is_waited_for(project: Project, scene: Scene) -> None:
    """Somebody holds the only gate and has not said yet what he tests; every try of ours comes to nothing meanwhile."""
    scene.team(scene.agent("adds", AGENT))
    scene.cards("- [ ] One ^t1")
    ended = []
    with lock.held(project.lock("gate-1")):
        step = threading.Thread(target=lambda: ended.append(scene.step()))
        step.start()
        wait_for(lambda: list(project.queue.glob("*.json")))
        step.join(3.0)  # more than ten tries
        assert not ended
    step.join(180.0)
    assert ended and scene.lane("DONE") == ["- [x] One (engineer-1) ^t1"]


def test_what_fails_is_no_busy_loop(project: Project) -> None:
    tries: list[str] = []

    def take(project: Project, item: Item) -> None:
        tries.append(item.key)
        raise FatalError("no", "yes")

    runner = Runner(project, [], lambda item, error: None)
    runner.quick = [move(lambda look: [Item("a", "a is to be made")], take)]
    assert runner.until_idle() == [] and [trouble.key for trouble in troubles.known(project)] == ["a"]
    assert len(tries) == 3


def test_what_is_over_is_not_waited_for(project: Project) -> None:
    """Somebody else looks from now on: what is ripe is left for him."""
    over, left = threading.Event(), [1]

    def take(project: Project, item: Item) -> None:
        over.set()

    runner = Runner(project, [], lambda item, error: None)
    runner.quick = [move(lambda look: [Item("a", "a is to be made")] if left else [], take)]
    assert runner.until_idle(over) == []


def test_what_ends_right_after_a_wait_in_vain_is_looked_at(project: Project) -> None:
    """A test whose end is told in that moment leaves nothing on disk to be seen: it waited for half a minute."""

    class Late(threading.Event):
        waits = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.waits += 1
            found = super().wait(0)
            if self.waits == 1:
                self.set()
            return found

    runner, over = Runner(project, [], lambda item, error: None), threading.Event()
    runner.changed = Late()
    looks = runner._looks(over, lambda: 0.0)
    assert [next(looks) for _ in range(3)] == [True, False, True]
    over.set()
    looks.close()


def test_a_watcher_that_sleeps_is_told_by_a_wake(project: Project, scene: Scene) -> None:
    project.spool.mkdir(parents=True, exist_ok=True)
    before = set(project.spool.iterdir())
    with lock.held(project.lock("watch")):
        watcher.enter(project)
        scene.run("wake", env={"BATTY_NO_WAKE": ""})
    assert len(set(project.spool.iterdir()) - before) == 1
