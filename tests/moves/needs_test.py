"""What needs a person, put in order; and how `status` puts times and what is next in words."""

from __future__ import annotations

import time

import pytest

from batty_hooks.people import needs
from batty_hooks.people.needs import Need
from batty_hooks.system import screen

OLD, NEW, UNDATED = Need("old", 10.0, "a"), Need("new", 20.0, "b"), Need("undated", 0.0, "c")


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ([], []),
        ([NEW, UNDATED, OLD], [OLD, NEW, UNDATED]),
        ([OLD, OLD], [OLD]),
        ([Need("old", 30.0, "x"), OLD], [OLD]),
        ([Need("old", 0.0, "x"), OLD, UNDATED], [OLD, UNDATED]),
        ([Need("two\n  lines", 5.0, "x"), Need("two lines", 6.0, "x")], [Need("two\n  lines", 5.0, "x")]),
        ([Need("t1", 10.0, "x"), Need("t2", 10.0, "x")], [Need("t1", 10.0, "x"), Need("t2", 10.0, "x")]),
    ],
)
def test_oldest_first_and_each_once(found: list[Need], shown: list[Need]) -> None:
    assert needs.arranged(found) == shown


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1.5, "0s"), (0.2, "0s"), (59.9, "59s"), (61, "1m"), (7300, "2h"), (2e5, "2d")]
)
def test_a_length_of_time(seconds: float, words: str) -> None:
    assert screen.ago(seconds) == words


def test_a_moment_has_its_day_when_that_is_not_today() -> None:
    noon = time.mktime((2026, 11, 27, 12, 5, 6, 0, 0, -1))
    assert screen.moment(noon - 86400 * 365 * 3) == "2023-11-28 12:05"
    assert screen.moment(noon, seconds=True) in ("2026-11-27 12:05:06", "12:05:06")
    assert len(screen.moment(time.time())) == len("12:05")
