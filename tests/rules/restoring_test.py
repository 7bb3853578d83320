"""What a board of before becomes when it is brought back."""

from __future__ import annotations

from batty_hooks.rules import restoring
from batty_hooks.state.board import lanes
from batty_hooks.state.board.text import Board

NAMES = lanes.Names(frozenset({"engineer-1"}), {})
THEN = b"""## TODO
- [ ] First ^t1
- [ ] Second ^t2
  With a body.

## IN PROGRESS
- [x] Third (engineer-1) ^t3 [blocked:: no key]

## DONE
"""
NOW = b"""## TODO

## IN PROGRESS
- [x] Second, in other words (engineer-1) ^t2

## DONE
- [x] First (engineer-1) ^t1
- [x] Third (engineer-1) ^t3
- [x] Planned since (engineer-1) ^t4
- [x] Done by hand ^t5
"""


def restored(*landed: str) -> Board:
    return Board.parse(restoring.board(THEN, Board.parse(NOW, NAMES), landed, NAMES), NAMES)


def test_nothing_has_landed() -> None:
    assert restored().raw == THEN


def test_what_has_landed_stays_done_and_is_blocked_no_more() -> None:
    board = restored("t1", "t3", "t4")
    assert [card.id for card in board.cards if card.lane == "done"] == ["t1", "t3", "t4"]
    assert not any(card.blocked for card in board.cards)
    assert [(card.id, card.title) for card in board.cards if card.lane == "todo"] == [("t2", "Second")]


def test_what_was_only_dragged_to_done_goes_back() -> None:
    assert restored("t1").card("t5") is None
