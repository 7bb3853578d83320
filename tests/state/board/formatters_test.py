"""What formatters make of a board when it is saved, word for word: Prettier 3 (also with `proseWrap: always`), mdformat
1.0 (also with `--wrap 80`) and dprint, which makes what Prettier makes. Claims, ids, fields and what a card asks for
live through each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batty_hooks.rules import instructions
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.board.wrapped import unwrapped, without_marks
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


NEW = """\
## TODO

- [ ] Add rate limiting to all of the API endpoints that we have and to the admin ones (engineer-1)
- [ ] Write down in the handbook how a new member gets access to the staging machines and why (@engineer-2)
- [ ] Replace the old importer by one that reads the files line by line and not at once @engineer-1
- [ ] Show on the first page how many cards wait for whom, oldest first, and since when they do [priority:: high] [depends:: t3] (engineer-2)
  - [ ] a first step
- [ ] A long title without anybody whose it is, wrapped by whoever saves the board next in his editor, as it comes
  Ask the people of the other team before that is begun, (engineer-1) knows them.
- [ ] One that names [owner:: engineer-1] in the middle of its words, and is long enough for two lines to be made of it

## IN PROGRESS

## DONE
"""  # noqa: E501
NEW_MDFORMAT_80 = """\
## TODO

- [ ] Add rate limiting to all of the API endpoints that we have and to the
  admin ones (engineer-1)
- [ ] Write down in the handbook how a new member gets access to the staging
  machines and why (@engineer-2)
- [ ] Replace the old importer by one that reads the files line by line and not
  at once @engineer-1
- [ ] Show on the first page how many cards wait for whom, oldest first, and
  since when they do [priority:: high] [depends:: t3] (engineer-2)
  - [ ] a first step
- [ ] A long title without anybody whose it is, wrapped by whoever saves the
  board next in his editor, as it comes Ask the people of the other team before
  that is begun, (engineer-1) knows them.
- [ ] One that names [owner:: engineer-1] in the middle of its words, and is
  long enough for two lines to be made of it

## IN PROGRESS

## DONE
"""
NEW_MDFORMAT_120 = """\
## TODO

- [ ] Add rate limiting to all of the API endpoints that we have and to the admin ones (engineer-1)
- [ ] Write down in the handbook how a new member gets access to the staging machines and why (@engineer-2)
- [ ] Replace the old importer by one that reads the files line by line and not at once @engineer-1
- [ ] Show on the first page how many cards wait for whom, oldest first, and since when they do [priority:: high]
  [depends:: t3] (engineer-2)
  - [ ] a first step
- [ ] A long title without anybody whose it is, wrapped by whoever saves the board next in his editor, as it comes Ask
  the people of the other team before that is begun, (engineer-1) knows them.
- [ ] One that names [owner:: engineer-1] in the middle of its words, and is long enough for two lines to be made of it

## IN PROGRESS

## DONE
"""
NEW_PRETTIER_80 = """\
## TODO

- [ ] Add rate limiting to all of the API endpoints that we have and to the
      admin ones (engineer-1)
- [ ] Write down in the handbook how a new member gets access to the staging
      machines and why (@engineer-2)
- [ ] Replace the old importer by one that reads the files line by line and not
      at once @engineer-1
- [ ] Show on the first page how many cards wait for whom, oldest first, and
      since when they do [priority:: high] [depends:: t3] (engineer-2)
  - [ ] a first step
- [ ] A long title without anybody whose it is, wrapped by whoever saves the
      board next in his editor, as it comes Ask the people of the other team
      before that is begun, (engineer-1) knows them.
- [ ] One that names [owner:: engineer-1] in the middle of its words, and is
      long enough for two lines to be made of it

## IN PROGRESS

## DONE
"""
NEW_PRETTIER_120 = """\
## TODO

- [ ] Add rate limiting to all of the API endpoints that we have and to the admin ones (engineer-1)
- [ ] Write down in the handbook how a new member gets access to the staging machines and why (@engineer-2)
- [ ] Replace the old importer by one that reads the files line by line and not at once @engineer-1
- [ ] Show on the first page how many cards wait for whom, oldest first, and since when they do [priority:: high]
      [depends:: t3] (engineer-2)
  - [ ] a first step
- [ ] A long title without anybody whose it is, wrapped by whoever saves the board next in his editor, as it comes Ask
      the people of the other team before that is begun, (engineer-1) knows them.
- [ ] One that names [owner:: engineer-1] in the middle of its words, and is long enough for two lines to be made of it

## IN PROGRESS

## DONE
"""


@pytest.mark.parametrize("text", [NEW_MDFORMAT_80, NEW_MDFORMAT_120, NEW_PRETTIER_80, NEW_PRETTIER_120])
def test_new_cards_that_are_wrapped_in_their_first_save(tmp_path: Path, text: str) -> None:
    """No version before knows them; `mdformat --wrap` and Prettier with `proseWrap: always` at 80 and 120 columns."""
    (tmp_path / ".git").mkdir()
    project = Project(tmp_path, tmp_path / ".git")
    project.prepare()
    meant = Board.parse(NEW.encode(), MEMBERS).cards
    for before in ("", "## TODO\n\n## IN PROGRESS\n\n## DONE\n"):
        if before:
            project.board_file.write_text(before)
            store.absorb(project, MEMBERS)
        project.board_file.write_text(text)
        store.absorb(project, MEMBERS)
        cards = Board.parse(project.board_file.read_bytes(), MEMBERS).cards
        of = lambda card: (card.owner, card.depends, card.priority)  # noqa: E731
        assert [of(card) for card in cards] == [of(card) for card in meant]
        assert [card.title for card in cards[:4]] == [card.title for card in meant[:4]]
        assert cards[3].body == "- [ ] a first step" and store.pending_notices(project) == []
        project.board_file.write_text(text)  # the formatter again, with the next save
        store.absorb(project, MEMBERS)
        assert [of(card) for card in Board.parse(project.board_file.read_bytes(), MEMBERS).cards] == [
            of(card) for card in meant
        ]


BELOW = """\
## TODO

- [ ] Add login to the web page (engineer-1)
  The login form has a field for the name and one for the password, and both are sent by POST to the server.
- [ ] Add a longer thing whose title is long enough to be wrapped just so by whoever does this (@engineer-1)
  With text below.
- [ ] Short (engineer-2) [priority:: high] #web
  Say what it does in a paragraph that is rather long so that it is wrapped in two lines at eighty columns.

  And another paragraph.

- [ ] With list (engineer-1)
  - one
  - two

## IN PROGRESS

## DONE
"""
BELOW_PRETTIER = """\
## TODO

- [ ] Add login to the web page (engineer-1) The login form has a field for the
      name and one for the password, and both are sent by POST to the server.
- [ ] Add a longer thing whose title is long enough to be wrapped just so by
      whoever does this (@engineer-1) With text below.
- [ ] Short (engineer-2) [priority:: high] #web Say what it does in a paragraph
      that is rather long so that it is wrapped in two lines at eighty columns.

  And another paragraph.

- [ ] With list (engineer-1)
  - one
  - two

## IN PROGRESS

## DONE
"""
BELOW_MDFORMAT = """\
## TODO

- [ ] Add login to the web page (engineer-1) The login form has a field for the
  name and one for the password, and both are sent by POST to the server.

- [ ] Add a longer thing whose title is long enough to be wrapped just so by
  whoever does this (@engineer-1) With text below.

- [ ] Short (engineer-2) [priority:: high] #web Say what it does in a paragraph
  that is rather long so that it is wrapped in two lines at eighty columns.

  And another paragraph.

- [ ] With list (engineer-1)

  - one
  - two

## IN PROGRESS

## DONE
"""


def on_one_line(text: str) -> str:
    """As `proseWrap: never` and `--wrap no` make it."""
    return re.sub(r"(?<=\S)\n +(?=\w)", " ", text)


@pytest.mark.parametrize("text", [BELOW_PRETTIER, BELOW_MDFORMAT, on_one_line(BELOW_PRETTIER), on_one_line(BELOW)])
def test_new_cards_whose_text_is_joined_with_their_line(text: str) -> None:
    """`proseWrap: always` and `never`, `mdformat --wrap 80` and `no`: the owner is in the middle of a paragraph."""

    def of(card: Card) -> tuple[object, ...]:
        return card.title, card.owner, card.priority, [line for line in card.body.split("\n") if line]

    board = Board.parse(unwrapped(b"", text.encode(), MEMBERS), MEMBERS)
    assert [of(card) for card in board.cards] == [of(card) for card in Board.parse(BELOW.encode(), MEMBERS).cards]
    assert board.problems() == []
    assert unwrapped(board.raw, board.raw, MEMBERS) == board.raw


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Ask (engineer-1) whether this is right", "(engineer-1)"),
        ("(engineer-1) Add login", "(engineer-1)"),
        ("Add login (@Engineer-2) the form has two fields", "(@Engineer-2)"),
        ("Ask (somebody) About it", ""),
        ("Ask (engineer-1) about it (engineer-2)", ""),
        ("What `f(engineer-1) Gives`", ""),
    ],
)
def test_an_owner_that_is_a_word_of_the_title_is_told(title: str, word: str) -> None:
    text = f"## TODO\n- [ ] {title}\n## DONE\n".encode()
    assert unwrapped(b"", text, MEMBERS) == text
    told = f"line 2: {word} is a word of the title here: at the end of the line it would be the owner"
    assert Board.parse(text, MEMBERS).problems() == ([told] if word else [])


@pytest.mark.parametrize(
    "lines",
    [
        ["- [ ] Short", "  Ask about it (engineer-1)"],
        ["- [ ] " + "word " * 14 + "end", "  A line that is longer than the one above would ever be if it were wrapped "
         "there, by whoever wraps (engineer-1)"],
        ["- [ ] " + "word " * 14 + "end", "", "  Ask someone (engineer-1)"],
        ["- [ ] " + "word " * 14 + "end", "  - Ask (engineer-1)"],
        ["- [ ] " + "word " * 14 + "end  ", "  afterwards (engineer-1)"],
        ["- [ ] " + "word " * 13 + "(engineer-2)", "  afterwards, and to be seen to (engineer-1)"],
    ],
)  # fmt: skip
def test_what_a_person_has_broken_is_the_specification(lines: list[str]) -> None:
    text = "## TODO\n" + "".join(f"{line}\n" for line in lines) + "## DONE\n"
    assert unwrapped(b"", text.encode(), MEMBERS) == text.encode()


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
