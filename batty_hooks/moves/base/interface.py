"""What a move is, and how the moves are found.

A due time beside changes. A move may say when it has something to do though nothing changes on disk (`due`): a
delivery unconfirmed, an agent idle too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from batty_hooks.errors import FatalError
from batty_hooks.rules.look import Look
from batty_hooks.state.project import Project
from batty_hooks.system.records import dataclass

# The LOCK of whoever starts, hears or ends agents: what is known of a process is of the one that lives now.
AGENTS = "agents"


@dataclass(frozen=True)
class Item:
    """Something ripe: ``key`` is what ``take`` gets, ``says`` what `status` shows of it."""

    key: str
    says: str
    card: str = ""
    member: str = ""


class Move(Protocol):
    """What a module of this folder offers. It may also have ``due(look)``: when (seconds since the epoch) it
    is to be looked at again though nothing changes on disk, by a look that may be a little old. Moves that put their
    hands on the same thing have a ``LOCK`` of the same name: what one looked at then still holds while it acts,
    whatever engine is at work beside it (the hooks' wake beside a typed `step`)."""

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

    def capacity(self, look: Look) -> int: ...


# What moves were called before: who types an old name means the new one.
_BEFORE = {
    "hear": "listen",
    "homecoming": "park",
    "conclude": "end_turn",
    "paint": "label",
    "outfit": "setup",
    "paste": "deliver",
    "run": "run_agent",
}


def moves(names: Iterable[str] | None = None) -> list[Move]:
    """The moves, in the order in which they are looked at. Raises FatalError for a name that is none."""
    names = [_BEFORE.get(name, name) for name in names] if names is not None else None
    listed = _listed()
    unknown = set(names or ()) - set(listed)
    if unknown:
        raise FatalError(f"there is no move {min(unknown)!r}", f"the moves are: {', '.join(sorted(listed))}", 2)
    wanted = set(names) if names is not None else set(listed)
    return list(_loaded(tuple(name for name in listed if name in wanted)))


@cache
def watched() -> tuple[str, ...]:
    """What the moves watch: names of directories of the project, and of files."""
    return tuple(sorted({name for move in moves() for name in move.WATCHES}))


@cache
def _loaded(names: tuple[str, ...]) -> tuple[Move, ...]:
    modules = [import_module(f"batty_hooks.moves.{name}") for name in names]
    return tuple(sorted(modules, key=lambda module: module.ORDER))


@cache
def _listed() -> tuple[str, ...]:
    """The names of the moves: what is installed here stays as long as this process, and is asked for at every look."""
    import pkgutil

    return tuple(name for _, name, is_room in pkgutil.iter_modules([str(Path(__file__).parent.parent)]) if not is_room)
