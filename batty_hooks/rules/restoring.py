"""What the board of before becomes when it is brought back: as it was, but what has landed since stays landed.

The trunk does not go back with it, and a card that it holds must not be worked on once more.
"""

from __future__ import annotations

from collections.abc import Collection

from batty_hooks.state.board.text import DONE, Board


def board(before: bytes, now: Board, landed: Collection[str], members: Collection[str]) -> bytes:
    """The text of the board as it was ``before``, with every card that has ``landed`` in DONE: one that was still on
    its way then, and one that was not there yet as it stands ``now``."""
    restored = Board.parse(before, members)
    for id in [card.id for card in restored.cards if card.id in landed]:
        card = restored.card(id)
        if card and card.blocked:
            card = restored.unblock(card)
        if card and card.lane != DONE:
            restored.move(card, DONE)
    for card in now.cards:
        if card.id in landed and card.lane == DONE and restored.card(card.id) is None:
            restored.insert(now.lines_of(card), DONE)
    return restored.raw
