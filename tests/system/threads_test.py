"""Several things at once."""

from __future__ import annotations

import threading

import pytest

from batty_hooks.system import threads


def test_results_come_in_the_order_of_the_items() -> None:
    assert threads.each(lambda number: number * 2, range(100), 7) == [number * 2 for number in range(100)]
    assert threads.each(str, [], 4) == []


def test_no_more_than_so_many_are_under_way_and_these_are_so_at_once() -> None:
    together = threading.Barrier(3, timeout=30)  # whoever waits alone fails
    assert threads.each(lambda _: together.wait() >= 0, range(6), 3) == [True] * 6
    seen = threads.each(lambda _: threading.get_ident(), range(20), 2)
    assert len(set(seen)) <= 2


def test_the_first_failure_is_raised_when_all_have_ended() -> None:
    ended = list[int]()

    def work(number: int) -> None:
        if number % 2:
            raise ValueError(number)
        ended.append(number)

    with pytest.raises(ValueError, match=r"^1$"):
        threads.each(work, range(6), 3)
    assert sorted(ended) == [0, 2, 4]
