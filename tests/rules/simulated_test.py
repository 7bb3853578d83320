"""Whole days of the gate in simulated time, with the real decider: everything lands or goes back, and nobody waits."""

from __future__ import annotations

import pytest
from simulated import Ours, Outcome, Setting, play


def played(**what: float) -> Outcome:
    """A play, at the end of which everybody has landed or gone back, and who was red has not landed."""
    found = play(Setting(**what), Ours())  # type: ignore[arg-type]
    assert all((change.landed >= 0) != (change.back >= 0) for change in found.changes)
    assert not [change for change in found.changes if change.is_red and change.landed >= 0]
    return found


def quantile(found: Outcome, share: float) -> float:
    return found.waits[int(share * (len(found.waits) - 1))]


@pytest.mark.parametrize("red", [0.0, 0.05, 0.2])
def test_with_twice_as_many_slots_as_arrive_most_wait_for_one_test(red: float) -> None:
    found = played(rate=2.0, red=red, slots=4, changes=80)
    assert quantile(found, 0.5) <= 1.2 and quantile(found, 0.95) <= 2.2
    assert found.runs <= 2.6 * found.landed and not found.wronged


def test_many_that_come_at_once_too() -> None:
    found = played(rate=8.0, red=0.04, slots=16, changes=80)
    assert quantile(found, 0.5) <= 1.2 and quantile(found, 0.95) <= 2.2


@pytest.mark.parametrize("slots", [1, 3])
def test_tests_that_fail_by_chance_send_nobody_back_who_is_good(slots: int) -> None:
    assert not played(rate=1.5, red=0.05, flake=0.05, slots=slots, changes=80).wronged


def test_of_those_that_do_not_go_together_one_goes_back() -> None:
    found = played(rate=2.0, red=0.0, clash=0.02, slots=4, changes=60)
    assert all(change.partners for change in found.changes if change.back >= 0)


def test_tests_of_any_length_lose_nobody() -> None:
    assert played(rate=4.0, red=0.1, slots=6, changes=60, spread=0.6, names=0.5).landed


def test_one_slot_needs_hardly_more_runs_than_nothing_could_do_without() -> None:
    """H(0.1) is 0.47 runs a change; a red one costs a second run before it is charged."""
    found = played(rate=1.0, red=0.1, slots=1, changes=120, burst=True)
    assert found.runs <= 1.6 * 0.47 * 120
