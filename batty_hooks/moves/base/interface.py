"""What a move is, how the moves are found, and the one way to make one."""

from __future__ import annotations

import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.base.effects import hash_of
from batty_hooks.moves.base.look import Look
from batty_hooks.state import events
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock

Trouble = Callable[[str, FatalError], None]
_TAKEN_OFTEN = 3
_NOT_MOVES = {"base", "change", "notify", "overview", "people", "readiness", "runner"}


@dataclass(frozen=True)
class Item:
    """Something ripe: ``key`` is what ``take`` gets, ``says`` what `status` shows of it."""

    key: str
    says: str
    card: str = ""
    member: str = ""


class Move(Protocol):
    """What a module of this folder offers. A quick move may also have ``due(look)``: when (seconds since the epoch) it
    is to be looked at again though nothing changes on disk, by a look that may be a little old."""

    NAME: str
    ORDER: int
    WATCHES: tuple[str, ...]
    SLOW: bool

    def ripe(self, look: Look) -> Iterable[Item]: ...

    def take(self, project: Project, item: Item) -> None: ...


class Going(Protocol):
    """Something a slow move is at: who makes it (a pid), and the run that works for it: its supervisor's pid (0: none
    yet) and birth."""

    @property
    def tester(self) -> int: ...

    @property
    def group(self) -> int: ...

    @property
    def birth(self) -> str: ...


class SlowMove(Move, Protocol):
    """What a module of this folder with SLOW offers besides; it is made in a thread for each item."""

    def running(self, project: Project) -> Sequence[Going]: ...

    def room(self, look: Look) -> int: ...


def moves(names: Iterable[str] | None = None) -> list[Move]:
    """The moves, in the order in which they are looked at. Raises FatalError for a name that is none."""
    listed = [
        name for _, name, _ in pkgutil.iter_modules([str(Path(__file__).parent.parent)]) if name not in _NOT_MOVES
    ]
    unknown = set(names or ()) - set(listed)
    if unknown:
        raise FatalError(f"there is no move {min(unknown)!r}", f"the moves are: {', '.join(sorted(listed))}", 2)
    wanted = set(names) if names is not None else set(listed)
    modules = [import_module(f"batty_hooks.moves.{name}") for name in listed if name in wanted]
    return sorted(modules, key=lambda module: module.ORDER)


def make(
    project: Project, move: Move, trouble: Trouble, spent: Counter[tuple[str, Item]], look: Look | None = None
) -> tuple[int, bool, Look]:
    """Make a quick move until nothing is ripe for it: how many were made, whether another process was at it, and the
    last look, at which nothing was ripe: the next move may begin with it.

    Look (or use ``look``), lock, look again, and look once more after letting go: who finds the lock taken may leave,
    because the holder looks again. What goes wrong with one item is told to ``trouble`` and holds up no other; an item
    that stays ripe however often it is taken (``spent`` counts) is left alone.
    """
    made, look = 0, look or Look(project)
    while ripe := [item for item in move.ripe(look) if spent[move.NAME, item] < _TAKEN_OFTEN]:
        with lock.tried(project.lock(f"move-{move.NAME}")) as got:
            if not got:
                return made, True, look
            current = set(move.ripe(Look(project)))
            for item in ripe:
                spent[move.NAME, item] += 1
                if item in current:
                    made += _take(project, move, item, trouble)
        look = Look(project)
    return made, False, look


def refused(error: OSError) -> FatalError:
    """What the system did not let a move do: one item waits for it, and no other."""
    words = FatalError(str(error), "mend that; the next step carries on where this one stopped", TRY_AGAIN)
    return atomic.refusal(error) or words


def _take(project: Project, move: Move, item: Item, trouble: Trouble) -> int:
    try:
        move.take(project, item)
        return 1
    except (FatalError, OSError) as raised:
        error = raised if isinstance(raised, FatalError) else refused(raised)
        trouble(f"{move.NAME} {item.key}", error)
        if error.code == 1:
            events.append(
                project, f"{move.NAME}.{item.key}.trouble.{hash_of(error.what)}", "trouble",
                move=move.NAME, card=item.card, member=item.member, text=error.what,
            )  # fmt: skip
        return 0
