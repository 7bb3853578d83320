"""What formatters make of a board when it is saved, word for word: Prettier 3 (also with `proseWrap: always`), mdformat
1.0 (also with `--wrap 80`) and dprint, which makes what Prettier makes. Claims, ids, fields and what a card asks for
live through each."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.rules import instructions
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.board.wrapped import without_marks
from batty_hooks.state.project import Project

MEMBERS = ("engineer-1", "engineer-2")
BEFORE = """\
## TODO
- [ ] Add `login_page` with *OAuth* <b>now</b> (engineer-1) ^t12
  Indented body line one
  and __line two__ with trailing spaces\x20\x20
    * [ ] sub_item_
- [ ] Third [blocked:: waits for a [link](https://x.y/z)] [priority:: high] ^t14
- [ ] A very long card text that goes on and on until it is longer than eighty characters by far, and then some more (engineer-2) ^t15
* [ ] Card with <angle> & ampersand_and_ [owner:: engineer-1] ^t16
+ [ ] engineer-2 does it after ^t15
- [ ] #tag card 1. with number [depends:: t12, t15] ^t17

    a second paragraph, indented by four
## IN PROGRESS
- [x] Refactor auth module (engineer-1) ^t18
- [/] Odd box (engineer-2) ^t19
## DONE
"""  # noqa: E501
PRETTIER = """\
## TODO

- [ ] Add `login_page` with _OAuth_ <b>now</b> (engineer-1) ^t12
      Indented body line one
      and **line two** with trailing spaces
  - [ ] sub_item_
- [ ] Third [blocked:: waits for a [link](https://x.y/z)] [priority:: high] ^t14
- [ ] A very long card text that goes on and on until it is longer than eighty characters by far, and then some more (engineer-2) ^t15

* [ ] Card with <angle> & ampersand_and_ [owner:: engineer-1] ^t16

- [ ] engineer-2 does it after ^t15

* [ ] #tag card 1. with number [depends:: t12, t15] ^t17

  a second paragraph, indented by four

## IN PROGRESS

- [x] Refactor auth module (engineer-1) ^t18
- [/] Odd box (engineer-2) ^t19

## DONE
"""  # noqa: E501
PRETTIER_WRAP = """\
## TODO

- [ ] Add `login_page` with _OAuth_ <b>now</b> (engineer-1) ^t12 Indented body
      line one and **line two** with trailing spaces
  - [ ] sub_item_
- [ ] Third [blocked:: waits for a [link](https://x.y/z)] [priority:: high] ^t14
- [ ] A very long card text that goes on and on until it is longer than eighty
      characters by far, and then some more (engineer-2) ^t15

* [ ] Card with <angle> & ampersand_and_ [owner:: engineer-1] ^t16

- [ ] engineer-2 does it after ^t15

* [ ] #tag card 1. with number [depends:: t12, t15] ^t17

  a second paragraph, indented by four

## IN PROGRESS

- [x] Refactor auth module (engineer-1) ^t18
- [/] Odd box (engineer-2) ^t19

## DONE
"""
MDFORMAT = """\
## TODO

- [ ] Add `login_page` with *OAuth* <b>now</b> (engineer-1) ^t12
  Indented body line one
  and __line two__ with trailing spaces
  - [ ] sub_item\\_
- [ ] Third \\[blocked:: waits for a [link](https://x.y/z)\\] [priority:: high] ^t14
- [ ] A very long card text that goes on and on until it is longer than eighty characters by far, and then some more (engineer-2) ^t15

* [ ] Card with <angle> & ampersand_and\\_ [owner:: engineer-1] ^t16

- [ ] engineer-2 does it after ^t15

* [ ] #tag card 1. with number [depends:: t12, t15] ^t17

  a second paragraph, indented by four

## IN PROGRESS

- [x] Refactor auth module (engineer-1) ^t18
- [/] Odd box (engineer-2) ^t19

## DONE
"""  # noqa: E501
MDFORMAT_WRAP = """\
## TODO

- [ ] Add `login_page` with *OAuth* <b>now</b> (engineer-1) ^t12 Indented body
  line one and __line two__ with trailing spaces
  - [ ] sub_item\\_
- [ ] Third \\[blocked:: waits for a [link](https://x.y/z)\\] [priority:: high]
  ^t14
- [ ] A very long card text that goes on and on until it is longer than eighty
  characters by far, and then some more (engineer-2) ^t15

* [ ] Card with <angle> & ampersand_and\\_ [owner:: engineer-1] ^t16

- [ ] engineer-2 does it after ^t15

* [ ] #tag card 1. with number [depends:: t12, t15] ^t17

  a second paragraph, indented by four

## IN PROGRESS

- [x] Refactor auth module (engineer-1) ^t18
- [/] Odd box (engineer-2) ^t19

## DONE
"""


def facts(card: Card) -> tuple[object, ...]:
    words = instructions.words_of(card)
    return card.id, card.lane, card.owner, card.blocked, card.priority, card.depends, words


@pytest.mark.parametrize("text", [PRETTIER, PRETTIER_WRAP, MDFORMAT, MDFORMAT_WRAP])
def test_a_board_that_is_formatted_as_it_is_saved(tmp_path: Path, text: str) -> None:
    (tmp_path / ".git").mkdir()
    project = Project(tmp_path, tmp_path / ".git")
    project.prepare()
    project.board_file.write_text(BEFORE)
    store.absorb(project, MEMBERS)
    before = Board.parse(project.board_file.read_bytes(), MEMBERS).cards
    project.board_file.write_text(text)
    store.absorb(project, MEMBERS)
    after = Board.parse(project.board_file.read_bytes(), MEMBERS).cards
    assert [facts(card) for card in after] == [facts(card) for card in before]
    assert store.pending_notices(project) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*a* _a_ **a** __a__ ***a***", "a a a a a"),
        ("snake_case_name 2 * 3 * 4 a*b*c", "snake_case_name 2 * 3 * 4 a*b*c"),
        ("end_ and\\_ \\[x\\]", "end and [x]"),
        ("* one\n  + two\n- three", "- one\n  - two\n- three"),
        ("C:\\dir and \\d+", "C:\\dir and \\d+"),
    ],
)
def test_marks(text: str, plain: str) -> None:
    assert without_marks(text) == plain
