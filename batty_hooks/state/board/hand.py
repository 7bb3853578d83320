"""Which card a member has in hand: it works on one at a time.

One card in hand: of a member's cards in progress one that can go on before a blocked one, then the one whose brief
stands. The others wait. An engineer is given another card only when it has read that its own is blocked, for it would
go on mending on the next card's branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from batty_hooks.state.board.lanes import PROGRESS
from batty_hooks.state.board.text import Card


def cards_of(cards: Iterable[Card], member: str) -> list[Card]:
    """A member's cards in progress, in the order of the board: the one in hand, and those that are blocked or wait."""
    return [card for card in cards if card.lane == PROGRESS and card.owner == member]


def in_hand(cards: Iterable[Card], member: str, has_brief: Callable[[str], bool]) -> Card | None:
    """The one card a member is at; None when it has none in progress.

    One that can go on comes before a blocked one, then one it was given (its brief stands) before one that waits.
    """
    mine = cards_of(cards, member)
    if len(mine) < 2:
        return mine[0] if mine else None
    return min(mine, key=lambda card: (bool(card.blocked), not has_brief(card.id)))
