"""The order of the tests for several workers: each once, and each piece begins with its share of what is long."""

from __future__ import annotations

import longest_first
import pytest


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("short", [0, 5, 100])
def test_each_is_dealt_once(workers: int, short: int) -> None:
    items = [f"{start}::{number}" for start in longest_first._LONG for number in range(3)]
    items = [*map(str, range(short // 2)), *items, *map(str, range(short // 2, short))]
    assert sorted(longest_first.dealt(items, str, workers)) == sorted(items)


def test_each_piece_begins_with_what_is_long() -> None:
    first, second, *_ = longest_first._LONG
    items = [*map(str, range(50)), f"{first}::a", f"{first}::b", f"{second}::c", *map(str, range(50, 97))]
    order = longest_first.dealt(items, str, 2)
    assert order[:2] == [f"{first}::a", f"{first}::b"] and order[50] == f"{second}::c"


def test_what_is_short_is_mixed_by_files() -> None:
    order = longest_first.dealt([f"{file}::{number}" for file in "abcdefgh" for number in range(3)], str, 2)
    assert [item[-1] for item in order] == ["0", "1", "2"] * 8
    assert "".join(item[0] for item in order[::3]) != "abcdefgh"


def test_each_worker_begins_to_collect_elsewhere() -> None:
    places = [longest_first.from_own_place("abcdef", f"gw{number}", 3) for number in range(3)]
    assert ["".join(place) for place in places] == ["abcdef", "cdefab", "efabcd"]
