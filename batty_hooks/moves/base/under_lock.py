"""The one way to make a move: look, lock, look again, and look once more after letting go.

Two engines may be at work (a typed `step` beside a hook's wake), each with another move. Moves that put their hands on
one thing (staff, dispatch and park on the worktrees; listen, revive and failover on the agents) share a `LOCK`.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence

from batty_hooks.errors import OUR_BUG, TRY_AGAIN, YOUR_TURN, FatalError
from batty_hooks.moves.base.interface import Item, Move
from batty_hooks.rules.look import Look
from batty_hooks.state import events, troubles
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock
from batty_hooks.vocabulary import happened, ids

Trouble = Callable[[str, FatalError], None]
_TAKEN_OFTEN = 3
_MADE_AGAIN = 30
_SHARED_SECONDS = 10.0


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


def forgive(moves: Sequence[Move], look: Look, trouble: Trouble, spent: Counter[tuple[str, Item]]) -> None:
    """Have what ``look`` finds ripe no more count anew when it comes again (a board that is saved four times in half a
    minute): it was made, however often. Not without end: a formatter of theirs may undo what we write at once."""
    for move in moves:
        if mine := [item for name, item in spent if name == move.NAME]:
            ripe = seen(move, look, trouble)
            for item in (item for item in mine if item not in ripe):
                spent[f"{move.NAME} again", item] += 1
                if spent[f"{move.NAME} again", item] <= _MADE_AGAIN:
                    del spent[move.NAME, item]


def alone(project: Project, name: str) -> contextlib.AbstractContextManager[None]:
    """Hold the ``LOCK`` of some moves for what a command does beside them. Raises FatalError (75) when one of them is
    at it for too long."""
    return lock.held(project.lock(f"move-{name}"))


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
    for gone in look.once("troubles", lambda look: troubles.known(look.project)):
        if gone.move == move.NAME and gone.key not in keys:
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
    refused = atomic.refusal(error)
    if refused:
        return refused
    if isinstance(error, OSError):
        return FatalError(
            str(error), "batty-hooks step  (once that is mended: it goes on where this one stopped)", TRY_AGAIN
        )
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
