"""Which patterns can mean the same file, and in which order cards are begun that say what they touch."""

from __future__ import annotations

import fnmatch
import itertools

import pytest

from batty_hooks.rules import clashes
from batty_hooks.state.board.text import Board


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("README.md", "README.md", True),
        ("README.md", "docs/README.md", False),
        ("./README.md", "/README.md", True),
        ("src/auth/**", "src/auth/login.py", True),
        ("src/auth/**", "src/auth", True),
        ("src/auth/", "src/auth/deep/x.py", True),
        ("src/auth", "src/authors", False),
        ("src/*", "src/a.py", True),
        ("src/*", "src/deep/a.py", True),
        ("src/*.py", "src/*.js", False),
        ("src/*.py", "src/test_*", True),
        ("*.py", "src/deep/a.py", True),
        ("*.py", "src/a.js", False),
        ("*.py", "src", True),
        ("**/test_*.py", "src/test_a.py", True),
        ("**/test_*.py", "src/a_test.py", False),
        ("src/**/x.py", "src/x.py", True),
        ("src/**/x.py", "src/a/b/x.py", True),
        ("src/**/x.py", "lib/**", False),
        ("a/**/b", "**/c/b", True),
        ("**", "anything", True),
        ("file[0-9].txt", "file5.txt", True),
        ("file[!]].txt", "file5.txt", True),
        ("file[", "file[", True),
        ("d/a?c", "d/abc", True),
        ("d/a?c", "d/abbc", False),
        ("", "anything", True),
    ],
)
def test_two_patterns_overlap_if_one_file_can_be_meant_by_both(one: str, other: str, meet: bool) -> None:
    assert clashes.overlap(one, other) is meet
    assert clashes.overlap(other, one) is meet


def test_no_name_that_two_patterns_match_is_overlooked() -> None:
    """Every pattern of up to four letters against every other, with every short name as the judge."""
    patterns = ["".join(letters) for length in range(1, 4) for letters in itertools.product("ab*?", repeat=length)]
    names = ["".join(letters) for length in range(1, 5) for letters in itertools.product("ab", repeat=length)]
    meant = {pattern: {name for name in names if fnmatch.fnmatchcase(name, pattern)} for pattern in patterns}
    for one, other in itertools.combinations(patterns, 2):
        if meant[one] & meant[other]:
            assert clashes.overlap(f"d/{one}", f"d/{other}"), (one, other)


def test_patterns_that_a_person_would_not_write_are_decided_at_once() -> None:
    assert clashes.overlap("**/a/" * 12 + "x", "**/b/" * 12 + "y") in (True, False)
    assert not clashes.overlap("d/" + "*a" * 20 + "x", "d/" + "*a" * 20 + "y")


def board(todo: str, progress: str = "") -> Board:
    text = f"## TODO\n{todo}\n\n## IN PROGRESS\n{progress}\n\n## DONE\n"
    return Board.parse(text.encode(), frozenset(["engineer-1", "engineer-2"]))


def order(todo: str, progress: str = "") -> list[str]:
    cards = board(todo, progress).cards
    return [card.title for card in clashes.in_order([card for card in cards if card.lane == "todo"], cards)]


def test_what_overlaps_with_work_in_hand_goes_last() -> None:
    todo = "- [ ] Login [files:: src/auth/**]\n- [ ] Docs [files:: README.md]\n- [ ] Anything"
    busy = "- [ ] Tokens [files:: src/auth/token.py] (engineer-1) ^t1"
    assert order(todo, busy) == ["Docs", "Anything", "Login"]
    assert order(todo) == ["Login", "Docs", "Anything"]


def test_two_that_overlap_with_each_other_are_not_begun_side_by_side_while_there_is_else_to_do() -> None:
    todo = "- [ ] One [files:: a]\n- [ ] Two [files:: a/b]\n- [ ] Three [files:: c]"
    assert order(todo) == ["One", "Three", "Two"]


def test_a_card_that_somebody_was_given_keeps_its_place() -> None:
    busy = "- [ ] Tokens [files:: src/auth/token.py] (engineer-1) ^t1"
    assert order("- [ ] Login [files:: src/**] (engineer-2)\n- [ ] Docs", busy) == ["Login", "Docs"]


def test_what_is_in_the_way_is_named() -> None:
    cards = board("- [ ] Login [files:: docs, src/**]", "- [ ] Tokens [files:: src/a] (engineer-1) ^t1").cards
    todo = next(card for card in cards if card.lane == "todo")
    assert clashes.in_the_way(todo, cards) == [("t1", "src/**")]
    assert clashes.in_the_way(cards[-1], cards) == []
