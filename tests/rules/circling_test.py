"""A card that agents block and let go on again and again, with nothing done in between, comes to the human."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rules.facts import Facts
from rules.ladder import ARCHITECT, HUMAN, MANAGER, ME, get, ladder, runs

from batty_hooks.rules import advice, circling, escalation
from batty_hooks.state.board.text import Card
from batty_hooks.vocabulary import ids, kinds

AGENT, PERSON = False, True


@pytest.mark.parametrize(
    ("unblocked", "worked", "expected"),
    [
        ([], 0, 0),
        ([(10, AGENT)], 0, 1),
        ([(10, AGENT), (20, AGENT)], 0, 2),
        ([(20, AGENT), (10, AGENT)], 5, 2),
        ([(10, AGENT), (20, AGENT)], 15, 1),  # something was done after the first
        ([(10, AGENT), (20, AGENT)], 30, 0),
        ([(10, AGENT), (20, AGENT), (30, PERSON)], 0, 0),  # the human has let it go on
        ([(10, AGENT), (20, PERSON), (30, AGENT)], 0, 1),
        ([(10, PERSON), (20, AGENT), (30, AGENT)], 25, 1),
    ],
)
def test_it_counts_from_what_was_done_last_and_from_the_humans_word(
    unblocked: list[tuple[float, bool]], worked: float, expected: int
) -> None:
    assert circling.in_a_row(unblocked, worked) == expected


@pytest.fixture
def look(tmp_path: Path) -> Facts:
    found = ladder(tmp_path)
    for name in (MANAGER, ARCHITECT):
        runs(found, name, "working")
    return found


def let_go(look: Facts, at: float, by: str = MANAGER) -> None:
    """Its engineer has read that the card can go on."""
    id = ids.unblocked("t1", at, by)
    get(look, ME, id, kinds.UNBLOCKED, "t1")
    [path] = (look.project.inboxes / ME / "cur").glob(f"{id}:2,*")
    os.utime(path, (at, at))


def blocked(look: Facts, worked: float = 0.0) -> Card:
    look.write_board(progress=f"- [x] One ({ME}) ^t1 [blocked:: no key]")
    look.again()
    look.once(("worked", ME, "t1"), lambda look: worked)
    card = look.card("t1")
    assert card
    return card


@pytest.mark.parametrize(
    ("who", "worked", "expected"),
    [
        ([], 0, MANAGER),
        ([MANAGER], 0, MANAGER),
        ([MANAGER, MANAGER], 0, HUMAN),
        ([MANAGER, ARCHITECT], 0, HUMAN),
        (["", ""], 0, HUMAN),  # by hand, nobody knows whose
        ([MANAGER, MANAGER, HUMAN], 0, MANAGER),
        ([MANAGER, MANAGER], 1500, MANAGER),
        ([MANAGER, MANAGER, MANAGER], 1500, HUMAN),
    ],
)
def test_the_third_block_in_a_row_is_the_humans_at_once(
    look: Facts, who: list[str], worked: float, expected: str
) -> None:
    for number, name in enumerate(who, 1):
        let_go(look, 1000.0 * number, name)
    card = blocked(look, worked)
    [(need, level)] = escalation.needs(look)
    assert (need.first, level.who, circling.asked(look, card)) == (expected, expected, expected)
    assert f"; {expected} is asked" in advice.blocked_words(look, card)
    assert bool(circling.words(look, card)) == (expected == HUMAN)


def test_another_card_of_the_same_engineer_is_not_meant(look: Facts) -> None:
    let_go(look, 1000.0), let_go(look, 2000.0)
    look.write_board(progress=f"- [x] One ({ME}) ^t11 [blocked:: no key]")
    look.again()
    [(_, level)] = escalation.needs(look)
    assert level.who == MANAGER
