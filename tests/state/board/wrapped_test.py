"""What Prettier and mdformat make of a board, word for word, and that every claim lives through it."""

from __future__ import annotations

import pytest

from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.board.wrapped import unwrapped

MEMBERS = ("agent-1", "agent_2")
BEFORE = """\
## TODO
- [ ] Waits for it [depends:: t1] with a rather long title that has to be wrapped ^t4
## IN PROGRESS
- [x] Add rate limiting to all of the API endpoints that we have and to the admin pages too (agent-1) ^t1
  First line of the specification.
  - [ ] sub task
- [x] Short one [blocked:: which database?] (agent_2) ^t2
  body text here
"""
PRETTIER = """\
## TODO

- [ ] Waits for it [depends:: t1] with a rather long title that has to be
      wrapped ^t4

## IN PROGRESS

- [x] Add rate limiting to all of the API endpoints that we have and to the
      admin pages too (agent-1) ^t1 First line of the specification.
  - [ ] sub task
- [x] Short one [blocked:: which database?] (agent_2) ^t2 body text here
"""
MDFORMAT = """\
## TODO

- [ ] Waits for it [depends:: t1]
  with a rather long title that
  has to be wrapped ^t4

## IN PROGRESS

- [x] Add rate limiting to all of
  the API endpoints that we have
  and to the admin pages too
  (agent-1) ^t1 First line of the
  specification.
  - [ ] sub task
- [x] Short one
  [blocked:: which database?]
  (agent_2) ^t2 body text here
"""
ESCAPED = BEFORE.replace(
    "[blocked:: which database?] (agent_2) ^t2", "\\[blocked:: which database?\\] (agent\\_2) \\^t2"
)


def facts(text: bytes) -> list[Card]:
    return [Card(**{**vars(card), "line": 0}) for card in Board.parse(text, MEMBERS).cards]


@pytest.mark.parametrize("text", [PRETTIER, MDFORMAT, PRETTIER.replace("\n", "\r\n"), "\ufeff" + MDFORMAT, ESCAPED])
def test_every_card_is_what_it_was(text: str) -> None:
    assert facts(unwrapped(BEFORE.encode(), text.encode(), MEMBERS)) == facts(BEFORE.encode())


def test_what_was_changed_before_it_was_formatted_is_kept() -> None:
    text = PRETTIER.replace("body text here", "other text here").replace("- [ ] sub task", "- [x] sub task")
    board = Board.parse(unwrapped(BEFORE.encode(), text.encode(), MEMBERS), MEMBERS)
    assert board.find("t2").body == "other text here" and board.find("t2").blocked == "which database?"
    assert "- [x] sub task" in board.find("t1").body


@pytest.mark.parametrize("text", [BEFORE, BEFORE.replace(" ^t4", ""), BEFORE.replace("body text here", "see ^t1")])
def test_nothing_else_is_touched(text: str) -> None:
    assert unwrapped(BEFORE.encode(), text.encode(), MEMBERS) == text.encode()


@pytest.mark.parametrize(
    "line",
    [
        "Title (agent-1) ^t1 ✅ 2026-01-31",
        "Title ✅ 2026-01-31 (agent-1) ^t1",
        "Title (agent-1) ⏫ 📅 2026-02-01 ^t1",
        "Title (agent-1) ^t1 🔁 every week on Sunday 📅 2026-02-01",
        "Title 🔼 (agent-1) ^t1 #api @{2026-01-31} @@{12:00}",
        "Title (agent-1) ^t1 @[[2026-01-31]] [[Linked note]]",
        "Title (agent-1) ^t1 🆔 abc ⛔ def,ghi",
    ],
)
def test_what_obsidian_adds_at_the_end_of_the_line(line: str) -> None:
    board = Board.parse(f"## Doing\n- [X] {line}\n".encode(), MEMBERS)
    [card] = board.cards
    assert (card.id, card.owner, card.title.split()[0]) == ("t1", "agent-1", "Title")
    assert "(agent-1)" not in board.release(card).title


def test_words_in_a_title_are_still_nobody() -> None:
    [card] = Board.parse("## Doing\n- [ ] Ask @agent-1 about 📅 and ^t7 first\n".encode(), MEMBERS).cards
    assert (card.id, card.owner) == ("", "")
