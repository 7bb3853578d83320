"""What keeps failing and needs a person: in the program's own words, with what mends it."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import moves
from batty_hooks.rules import advice
from batty_hooks.rules.look import Look
from batty_hooks.state import troubles
from batty_hooks.state.board import saves
from batty_hooks.state.troubles import Trouble
from batty_hooks.system import lock

_LASTS_SECONDS = 60.0


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """(what, since when, what mends it) of all that has failed for a minute, or that nobody tries again by himself."""
    is_tried_again = not lock.is_free(look.project.lock("watch"))
    for trouble in troubles.known(look.project):
        if is_tried_again and look.at - trouble.since < _LASTS_SECONDS:
            continue
        if not _is_named_elsewhere(look, trouble) and _still_fails(look, trouble):
            yield (_whose(trouble) + trouble.what, trouble.since, _mend(trouble, is_tried_again))


def _still_fails(look: Look, trouble: Trouble) -> bool:
    """Whether it is still to be done; what a person has done himself needs him no more. (A move that cannot look still
    fails.)"""
    try:
        [move] = moves([trouble.move])
        ripe = list(move.ripe(look))
    except Exception:
        return True
    return any(item.key == trouble.key for item in ripe)


def _is_named_elsewhere(look: Look, trouble: Trouble) -> bool:
    """Whether it fails for want of a board: that needs a person once, whatever else waits for it."""
    if look.no_board:
        return trouble.what == look.no_board.what
    return bool(look.doubt) and trouble.what.startswith(saves.IN_DOUBT)


def _whose(trouble: Trouble) -> str:
    """What several moves cannot do without is not the fault of one."""
    about = " of ".join(filter(None, (trouble.card, trouble.member)))
    return (f"{trouble.move} fails ({about}): " if about else f"{trouble.move} fails: ") if trouble.key else ""


def _mend(trouble: Trouble, is_tried_again: bool) -> str:
    return trouble.mend if is_tried_again else advice.as_typed(trouble.mend, "batty-hooks step")
