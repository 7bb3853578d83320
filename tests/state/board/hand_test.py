"""Which card a member has in hand: every small board."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import batty_hooks
from batty_hooks.state.board.hand import cards_of, in_hand
from batty_hooks.state.board.text import Card

STATES = [(blocked, briefed) for blocked in ("", "why") for briefed in (False, True)]


def card(id: str, blocked: str = "", owner: str = "me", lane: str = "in progress") -> Card:
    return Card(id, id, lane, owner, (), blocked, "", True, 1)


def test_nothing_in_progress_is_nothing_in_hand() -> None:
    others = [card("t1", owner="you"), card("t2", lane="todo"), card("t3", lane="done"), card("t4", owner="")]
    assert in_hand(others, "me", lambda id: True) is None
    assert cards_of([*others, card("t5")], "me") == [card("t5")]


@pytest.mark.parametrize("states", list(itertools.product(STATES, repeat=3)))
def test_it_is_one_that_can_go_on_before_a_blocked_one_then_the_one_it_was_given(
    states: tuple[tuple[str, bool], ...],
) -> None:
    cards = [card(f"t{number}", blocked) for number, (blocked, _) in enumerate(states)]
    briefed = {f"t{number}" for number, (_, has) in enumerate(states) if has}
    found = in_hand([card("t9", owner="you"), *cards], "me", briefed.__contains__)
    open_ones = [one for one in cards if not one.blocked]
    best = open_ones or cards
    assert found == next((one for one in best if one.id in briefed), best[0])


def test_one_place_says_which_card_somebody_has_in_hand() -> None:
    """Everybody asks `Look.in_hand`; nobody derives it in another way."""
    house = Path(batty_hooks.__file__).parent
    asking = [path for path in house.rglob("*.py") if "hand.in_hand(" in path.read_text()]
    assert [path.relative_to(house).as_posix() for path in asking] == ["rules/look.py"]
