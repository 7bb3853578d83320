"""What the fields and tags of a card say."""

from __future__ import annotations

from batty_hooks.state.board import fields
from batty_hooks.state.board.text import Board

TEXT = """## TODO
- [ ] Sign-up form #frontend [role:: frontend] [files:: src/ui/**, README.md] [Plan:: users] (engineer-1) ^t1
- [ ] Plain [why:: mine] #12 a#b
"""


def test_fields_and_tags_are_read() -> None:
    card, plain = Board.parse(TEXT.encode(), {"engineer-1"}).cards
    assert (card.mark(fields.ROLE), card.mark(fields.PLAN), card.mark(fields.HOLD)) == ("frontend", "users", "")
    assert fields.words(card.mark(fields.FILES)) == ("src/ui/**", "README.md")
    assert card.tags == ("frontend",) and (plain.marks, plain.tags) == ((), ())


def test_a_field_is_written_and_taken_away_and_nothing_else_moves() -> None:
    board = Board.parse(TEXT.encode(), {"engineer-1"})
    held = board.mark(board.cards[0], fields.HOLD, "until the [plan] is whole")
    assert held.mark(fields.HOLD) == "until the (plan) is whole" and held.owner == "engineer-1"
    board.mark(held, fields.HOLD, "")
    assert board.raw.decode() == TEXT


def test_every_field_says_what_it_is() -> None:
    assert len(set(fields.KEYS) | set(fields.ALSO)) == len(fields.KEYS) + len(fields.ALSO)
    assert all(field.says for field in fields.TABLE)
