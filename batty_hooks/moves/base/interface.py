"""What a move is, how the moves are found, and the one way to make one.

Two engines may be at work (a typed `step` beside a hook's wake), each with another move. Moves that put their hands on
one thing (staff, dispatch and park on the worktrees) share a `LOCK`.

A due time beside changes. A quick move may say when it has something to do though nothing changes on disk (`due`): a
delivery unconfirmed, an agent idle too long.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from batty_hooks.errors import OUR_BUG, TRY_AGAIN, YOUR_TURN, FatalError
from batty_hooks.rules.look import Look
from batty_hooks.state import events, troubles
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import happened, ids

Trouble = Callable[[str, FatalError], None]
_TAKEN_OFTEN = 3
_SHARED_SECONDS = 10.0


@dataclass(frozen=True)
class Item:
    """Something ripe: ``key`` is what ``take`` gets, ``says`` what `status` shows of it."""

    key: str
    says: str
    card: str = ""
    member: str = ""


class Move(Protocol):
    """What a module of this folder offers. A quick move may also have ``due(look)``: when (seconds since the epoch) it
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
    modules = [import_module(f"batty_hooks.moves.{name}") for name in listed if name in wanted]
    return sorted(modules, key=lambda module: module.ORDER)


@cache
def _listed() -> tuple[str, ...]:
    """The names of the moves: what is installed here stays as long as this process, and is asked for at every look."""
    import pkgutil

    return tuple(name for _, name, is_room in pkgutil.iter_modules([str(Path(__file__).parent.parent)]) if not is_room)


def make(
    project: Project, move: Move, trouble: Trouble, spent: Counter[tuple[str, Item]], look: Look | None = None
) -> tuple[int, bool, Look]:
    """Make a quick move until nothing is ripe for it: how many were made, whether another process was at it, and the
    last look, at which nothing was ripe: the next move may begin with it.

    Look (or use ``look``), lock, look again, and look once more after letting go: who finds the lock taken may leave,
    because the holder looks again. A lock that several moves share is waited for: its holder looks again only at what
    it is at itself. What goes wrong with one item, or with the looking, is told to ``trouble`` and holds up no other;
    an item that stays ripe however often it is taken (``spent`` counts) is left alone.
    """
    made, look = 0, look or Look(project)
    while todo := [item for item in seen(move, look, trouble) if spent[move.NAME, item] < _TAKEN_OFTEN]:
        with _locked(project, move) as got:
            if not got:
                return made, True, look
            current = set(seen(move, Look(project), trouble))
            for item in (item for item in todo if item in current):
                spent[move.NAME, item] += 1
                made += taken(project, move, item, trouble)
        look = Look(project)
    return made, False, look


def _locked(project: Project, move: Move) -> contextlib.AbstractContextManager[bool]:
    shared = getattr(move, "LOCK", "")
    return lock.tried(project.lock(f"move-{shared or move.NAME}"), _SHARED_SECONDS if shared else 0.0)


def seen(move: Move, look: Look, trouble: Trouble) -> list[Item]:
    """What is ripe for a move. A look that fails is remembered and told to ``trouble``, and finds nothing; what failed
    before and is ripe no more is forgotten."""
    project = look.project
    try:
        ripe = list(move.ripe(look))
    except Exception as raised:  # one move that cannot look must not stop the others
        error = words(project, raised)
        troubles.remember(project, move.NAME, "", error)
        trouble(move.NAME, error)
        return []
    keys = {item.key for item in ripe}
    for gone in troubles.known(project, move.NAME):
        if gone.key not in keys:
            troubles.forget(project, gone)
    return ripe


def taken(project: Project, move: Move, item: Item, trouble: Trouble) -> bool:
    """Make one item; whether it went well. What went wrong is remembered, and told to ``trouble``."""
    try:
        move.take(project, item)
    except Exception as raised:  # one item that fails must not stop the others
        error = words(project, raised)
        troubles.remember(project, move.NAME, item.key, error, item.card, item.member)
        trouble(f"{move.NAME} {item.key}", error)
        if error.code in (YOUR_TURN, OUR_BUG):
            events.append(
                project, ids.trouble(move.NAME, item.key, error.what), happened.TROUBLE,
                move=move.NAME, card=item.card, member=item.member, text=error.what,
            )  # fmt: skip
        return False
    for over in troubles.known(project, move.NAME):
        if over.key == item.key:
            troubles.forget(project, over)
    return True


def words(project: Project, error: Exception) -> FatalError:
    """What went wrong, for people: what the system did not let us do, or a bug of ours, with the file to report."""
    if isinstance(error, FatalError):
        return error
    if isinstance(error, OSError):
        refused = FatalError(str(error), "mend that; the next step carries on where this one stopped", TRY_AGAIN)
        return atomic.refusal(error) or refused
    told = " ".join(f"{type(error).__name__}: {error}".split())
    mend = f"please report it with {_trace(project, error)}; everything else goes on"
    return FatalError(f"batty-hooks itself went wrong: {told}", mend, OUR_BUG)


def _trace(project: Project, error: Exception) -> str:
    """The file with the traceback: one for each bug, however often it is met."""
    import traceback

    text = "".join(traceback.format_exception(error))
    where = traceback.extract_tb(error.__traceback__)[-1]
    path = project.logs / f"crash-{ids.hash_of(f'{where.filename}:{where.lineno} {type(error).__name__}')}.log"
    try:
        path.write_text(text, "utf-8", "backslashreplace")
    except OSError:
        return "what you see here (its log could not be written)"
    return str(path)
