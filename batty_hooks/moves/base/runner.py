"""The one engine: every ripe move, in order, until none is left; then, for `watch`, again whenever something changes.

`step`, `wake` and `watch` differ only in when they stop. Nothing is remembered between looks but the threads that
are testing.

Idle is a look, not a count. `step --until-idle` ends when a look of its own, with nothing at work before and after it,
finds nothing ripe but what fails.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import interface, leaving, under_lock
from batty_hooks.moves.base.chronicling import Chronicler
from batty_hooks.moves.base.interface import Item, Move, SlowMove
from batty_hooks.moves.base.under_lock import Trouble
from batty_hooks.rules import refusals
from batty_hooks.rules.look import Look
from batty_hooks.state import members, spool, team, troubles
from batty_hooks.state.project import Project
from batty_hooks.system import process, watch
from batty_hooks.system.directories import readable
from batty_hooks.system.git import refs

_POLL_SECONDS = 0.1
_SAFETY_SECONDS = 2.0
_FULL_LOOK_SECONDS = 30.0
_STILL_SECONDS = 10.0  # what is ripe so long though it does not fail, and nobody is at work, is a bug
_LEFT_ALONE = 10  # a slow item that came to nothing this often is left for the next full look


class Runner:
    """Makes moves. ``say`` is told what went wrong with which item."""

    def __init__(self, project: Project, names: list[str] | None, say: Trouble) -> None:
        self.project = project
        self.quick = [move for move in interface.moves(names) if not move.SLOW]
        self.slow = [cast(SlowMove, move) for move in interface.moves(names) if move.SLOW]
        self.say = say
        self.threads: dict[tuple[str, Item], threading.Thread] = {}
        self.spent: Counter[tuple[str, Item]] = Counter()
        self.room: dict[str, int] = {}  # by slow move: for how many there was room at the last look
        self.elsewhere = False
        self.changed = threading.Event()
        self.look = Look(project)
        self.next = self.patient_until = 0.0
        self.seen: list[tuple[int, int, int]] = []
        self.chronicler = Chronicler(project, say)

    def sweep(self) -> bool:
        """Every quick move until none is ripe; whether there was anything to do, for us or for another process."""
        stirred = False
        while True:
            # Taken before the look: what comes after it, and before anybody listens, is seen as a difference.
            self.seen = snapshot(self.project)
            if not self._pass():
                under_lock.forgive(self.quick, self.look, self.say, self.spent)
                return stirred
            stirred = True

    def _pass(self) -> int:
        """Every quick move once, in order; how many were made. One look does for all moves until one is made."""
        look, self.elsewhere, total = Look(self.project), False, 0
        look.team  # noqa: B018 - read, and kept: without it no move can look (FatalError)
        team.keep(self.project)
        told: set[str] = set()

        def say(item: str, error: FatalError) -> None:
            if error.what not in told:  # what no move can do without is said once
                told.add(error.what)
                self.say(item, error)

        for move in self.quick:
            made, busy, look = under_lock.make(self.project, move, say, self.spent, look)
            self.elsewhere, total = self.elsewhere or busy, total + made
        self.look = look
        return total

    def due(self) -> float:
        """When (seconds since the epoch) a quick move has something to do though nothing changes on disk: a process has
        ended, a message was not confirmed in time."""
        try:
            moves = (*self.quick, *self.slow)
            return min((move.due(self.look) for move in moves if hasattr(move, "due")), default=float("inf"))
        except Exception:  # team.yaml half-typed, or a move that cannot look: the sweep says so
            return float("inf")

    def _pause(self) -> float:
        """Until the next thing is due, as far as that is known."""
        return min(_SAFETY_SECONDS, max(_POLL_SECONDS, max(self.next, self.patient_until) - time.time()))

    def start_slow(self) -> bool:
        """Start a thread for each slow item there is capacity for; whether there was any to start, or to wait for room.

        Call it after a sweep: the look at which no quick move was ripe any more does for the slow ones too.
        (One that was started may have ended already: what it did has not been looked at.)
        """
        self.threads = {key: thread for key, thread in self.threads.items() if thread.is_alive()}
        stirred = [self._start(move) for move in self.slow]
        return any(stirred)

    def _start(self, move: SlowMove) -> bool:
        look, started = self.look, False
        items = under_lock.seen(move, look, self.say)
        if not items:
            return False
        room = move.capacity(look)
        if room > self.room.get(move.NAME, room):  # a machine has come: what found no place until now may find one
            self.spent = Counter({key: times for key, times in self.spent.items() if key[0] != move.NAME})
        self.room[move.NAME] = room
        for item in items:
            key, mine = (move.NAME, item), sum(name == move.NAME for name, _ in self.threads)
            if max(mine, len(move.running(self.project))) >= room:
                return True
            if key not in self.threads and self.spent[key] < _LEFT_ALONE:
                self.spent[key] += 1
                self.threads[key] = threading.Thread(target=self._slow, args=(move, item), name=item.key, daemon=True)
                self.threads[key].start()
                started = True
        return started

    def _slow(self, move: Move, item: Item) -> None:
        try:
            under_lock.taken(self.project, move, item, self.say)
        finally:
            self.changed.set()

    def busy(self) -> bool:
        """Whether a test or an agent's command is still going on, here or in another process."""
        if self.elsewhere or any(thread.is_alive() for thread in self.threads.values()):
            return True
        if any(move.running(self.project) for move in self.slow):
            return True
        return bool(self.quick) and any(
            members.is_running(self.project, member.name)
            for member in (*self.look.team.engineers, *self.look.team.reviewers)
        )

    def once(self, over: Callable[[], bool] | None = None) -> None:
        """One sweep and every slow item that is ripe now, to its end; with ``over`` to the end of the first of them,
        or until it says yes (asked now and then): the others go on meanwhile."""
        self.sweep()
        self.start_slow()
        for thread in list(self.threads.values()) if over is None else ():
            thread.join()
        while over and any(thread.is_alive() for thread in self.threads.values()):
            if self.changed.wait(_POLL_SECONDS) or over():
                break
        self.changed.clear()
        self.sweep()
        self.chronicler.keep(self.look)

    def until_idle(self, over: threading.Event | None = None) -> list[Item]:
        """Every ripe move, waiting for running tests and agents, until nothing is left to do but what fails, which
        was told; or until it is ``over``. What is ripe all the same: what could not be made for ten seconds."""
        before: list[tuple[str, Item]] = []
        limit = 0.0
        for changed in self._looks(over or threading.Event(), lambda: _POLL_SECONDS):
            # Asked before the sweep: what ends during it leaves its report for the next one. What another process both
            # begins and ends meanwhile leaves a change, of what was `seen` before the sweep's last look.
            was_busy = self.busy()
            if not changed and not self.elsewhere and was_busy:
                continue
            self.sweep()
            begun = self.start_slow()
            self.chronicler.keep(self.look)
            if was_busy or begun:
                continue
            left = self.left()  # looked for before it is asked again whether all stands still
            if self.busy() or snapshot(self.project) != self.seen:
                continue
            if left != before:
                before, limit = left, time.monotonic() + _STILL_SECONDS
            failing = {(trouble.move, trouble.key) for trouble in troubles.known(self.project)}
            open_ones = [item for name, item in left if (name, item.key) not in failing]
            stuck = [item for item in open_ones if not refusals.is_told(Look(self.project), item.key)]
            if time.monotonic() > limit or not stuck:
                return stuck
            self.spent.clear()  # another process was at it each time, or it was made as often as there were cards
        return []

    def left(self) -> list[tuple[str, Item]]:
        """What is ripe at this moment, by a look of its own: (move, item)."""
        look = Look(self.project)
        return [
            (move.NAME, item) for move in (*self.quick, *self.slow) for item in under_lock.seen(move, look, self.say)
        ]

    def forever(self, stop: threading.Event) -> None:
        """The same for ever: whenever something changes or is due, and now and then in any case."""
        threading.Thread(target=self._rouse, args=(stop,), daemon=True).start()
        looked = checked = cleared = time.monotonic()
        for changed in self._looks(stop, self._pause):
            self._require_place()
            self.next = self.due()
            is_due = max(self.next, self.patient_until) <= time.time()
            is_full = time.monotonic() - looked > _FULL_LOOK_SECONDS
            if not (changed or is_due or is_full):
                if time.monotonic() - checked < _SAFETY_SECONDS:
                    continue
                checked = time.monotonic()
                if snapshot(self.project) == self.seen:
                    continue
            if time.monotonic() - cleared > _FULL_LOOK_SECONDS:  # (something may be due, or change, all the time)
                self.spent.clear()
                cleared = time.monotonic()
            self._work(is_due)
            looked = time.monotonic()
        leaving.leave(self.project)
        for run in (run for move in self.slow for run in move.running(self.project)):
            if run.tester == os.getpid() and run.group:
                process.end_run(run.group, run.birth)

    def _rouse(self, stop: threading.Event) -> None:
        """A signal's handler may not touch an event that the thread it interrupts is waiting for."""
        stop.wait()
        self.changed.set()

    def _require_place(self) -> None:
        """Whoever looks from its new place finds a watcher that sees nothing there. (Agents may write into the old
        one.)"""
        if not (self.project.common / "HEAD").exists():
            what = f"{self.project.root} is not there any more: it was moved, or deleted"
            raise FatalError(what, "batty-hooks watch  (in the new place)")

    def _work(self, is_due: bool) -> None:
        try:
            stirred = self.sweep()
            self.start_slow()
            self.chronicler.keep(self.look)
        except Exception as error:  # team.yaml half-typed, say: the next save may mend it
            self.say("look", under_lock.words(self.project, error))
            return
        if is_due and not stirred:  # it was due and could not be done: no busy loop for it
            self.patient_until = time.time() + _SAFETY_SECONDS

    def _looks(self, over: threading.Event, pause: Callable[[], float]) -> Iterator[bool]:
        """At once, then True on every change of a watched directory or end of a thread, False after a pause."""
        yield True
        while not over.is_set():
            halt = threading.Event()
            listener = threading.Thread(target=self._watch, args=(over, halt), daemon=True)
            listener.start()
            try:
                while listener.is_alive() and not over.is_set():
                    changed = self.changed.wait(pause())
                    if changed:  # (what is set right after a wait in vain is for the next one)
                        self.changed.clear()
                    if not over.is_set():
                        yield changed
            finally:
                halt.set()

    def _watch(self, over: threading.Event, halt: threading.Event) -> None:
        for changes in watch.looks(directories(self.project), halt):
            if over.is_set() or halt.is_set():
                return
            if changes:
                self.changed.set()


def directories(project: Project) -> list[Path]:
    """The directories in which a change may mean work: what the moves watch, and the rooms in there.

    `.batty/` itself is none of them: taking a lock would wake the watcher, which takes locks.
    """
    named = [(name, getattr(project, name)) for name in interface.watched()]
    places = [path.parent if name.endswith("_file") else path for name, path in named]
    boxes, own = _rooms(project.inboxes), _rooms(project.members)
    rooms = [box / place for place in ("new", "cur") for box in boxes] + [room / "events" for room in own]
    return [*places, refs.tables(project.common), *own, *(room for room in rooms if room.is_dir())]


def _rooms(place: Path) -> list[Path]:
    return [place / name for name in sorted(readable(place))]


def snapshot(project: Project) -> list[tuple[int, int, int]]:
    """A cheap word for the state of everything watched: differs when a hint from the watcher was lost.

    And when git did something in the primary checkout: a person may have put right what a landing waits for.
    """
    files = [
        project.board_file,
        project.team_file,
        *(project.common / name for name in ("packed-refs", "index", "shallow")),
        *spool.files(project),
    ]
    return watch.snapshot([*files, *directories(project)])
