"""A card that is blocked, let go on and blocked again, with nothing done in between, goes round in a circle.

Each round costs agents turns and no message of it is the same twice, so nothing else ends it. The third block in a row
is the human's: he is asked first, and nobody but him lets the card go on. A commit on its branch ends the row, and so
does his letting it go on; of who unblocks it in kanban.md nothing is known, so that counts as anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable

from batty_hooks.rules import own_files
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, worktrees
from batty_hooks.state.board.text import Card
from batty_hooks.system.git import objects, refs
from batty_hooks.vocabulary import ids

_MOST = 2  # let go on so often in a row, the next block is the human's


def in_a_row(unblocked: Iterable[tuple[float, bool]], worked: float) -> int:
    """How often a card was let go on with nothing done since; ``unblocked`` says when, and whether by the human,
    ``worked`` when something was done last (all in seconds since the epoch)."""
    known = list(unblocked)
    since = max([worked, *(at for at, by_human in known if by_human)])
    return sum(at > since for at, _ in known)


def goes_round(look: Look, card: Card) -> bool:
    """Whether a card goes round: if it is blocked, or is to be, that is the human's."""
    return look.once(("goes round", card.owner, card.id), lambda look: _goes_round(look, card))


def asked(look: Look, card: Card) -> str:
    """Who is asked first about a block of a card."""
    return look.team.human if goes_round(look, card) else look.team.boss(card.owner)


def words(look: Look, card: Card) -> str:
    """That it goes round, to be put behind what else is said of its block; "" where it does not."""
    return " (again, with nothing done since it was let go on twice)" if goes_round(look, card) else ""


def _goes_round(look: Look, card: Card) -> bool:
    keys = [key for key in own_files.keys(look, card.owner) if key.startswith(ids.unblocks(card.id))]
    if len(keys) < _MOST:
        return False
    found = [(inbox.written_at(look.project, card.owner, key), ids.number_of(key) == look.team.human) for key in keys]
    return in_a_row(found, 0.0) >= _MOST and in_a_row(found, worked_at(look, card)) >= _MOST


def worked_at(look: Look, card: Card) -> float:
    """When the last commit on a card's branch was made (seconds since the epoch); 0 when there is none."""
    return look.once(("worked", card.owner, card.id), lambda look: _worked_at(look, card))


def _worked_at(look: Look, card: Card) -> float:
    branch = worktrees.branch_of(look.project, card.owner, card.id)
    tip = refs.branch_tip(look.project.root, branch) if branch else None
    if tip is None:
        return 0.0
    return float(objects.newest_date(look.project.root, [tip])[1:].split()[0]) + 1  # (git knows whole seconds)
