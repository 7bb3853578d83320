"""The worlds of a line are as likely as what is known of it."""

from __future__ import annotations

import pytest

from batty_hooks.rules.worlds import Red, Worlds

LINE = list(range(12))
RARELY = (1.0, 19.0)


def share(worlds: Worlds[int], *members: int) -> float:
    return worlds.share_red(worlds.mask(members))


def red(*members: int, named: tuple[int, ...] = ()) -> Red[int]:
    return Red(frozenset(members), frozenset(named))


def test_before_anything_is_known_everybody_is_as_likely_red_as_others_were() -> None:
    worlds = Worlds(LINE, RARELY, [])
    assert all(share(worlds, one) == pytest.approx(0.05, abs=0.04) for one in LINE)
    assert worlds.smallest == [] and worlds.suspects == 0
    assert share(worlds, *LINE) == pytest.approx(1 - 0.95**12, abs=0.12)


def test_the_same_question_has_the_same_answer() -> None:
    assert Worlds(LINE, RARELY, [red(1, 2)]).red == Worlds(LINE, RARELY, [red(1, 2)]).red


def test_one_of_a_red_set_is_red_and_nobody_else_suspected() -> None:
    worlds = Worlds(LINE, RARELY, [red(3, 4)])
    assert share(worlds, 3, 4) > 0.7, "or it failed by chance"
    assert share(worlds, 3) == pytest.approx(0.5, abs=0.2) and share(worlds, 4) == pytest.approx(0.5, abs=0.2)
    assert share(worlds, 7) < 0.15 and worlds.suspects == worlds.mask([3, 4])


def test_in_two_red_sets_is_likelier_than_in_one() -> None:
    worlds = Worlds(LINE, RARELY, [red(3, 4, 5), red(5, 6, 7)])
    assert share(worlds, 5) > 0.6 > 0.4 > share(worlds, 3)


def test_who_was_red_alone_is_made_sure_of_by_every_other_red_run() -> None:
    once = Worlds(LINE, RARELY, [red(3)])
    again = Worlds(LINE, RARELY, [red(3), red(3, 4, 5), red(3, 8)])
    assert share(once, 3) > 0.5 and share(again, 3) > 0.95 and share(again, 4) < 0.15
    assert again.smallest == [again.mask([3])]


def test_whom_the_log_names_is_likelier() -> None:
    worlds = Worlds(LINE, RARELY, [red(*LINE, named=(7,))])
    assert share(worlds, 7) > 0.6 and all(share(worlds, one) < 0.2 for one in LINE if one != 7)


def test_who_has_been_part_of_something_green_is_hardly_suspected() -> None:
    worlds = Worlds(LINE, RARELY, [red(3, 4)], proven=[3])
    assert share(worlds, 3) < 0.25 < 0.5 < share(worlds, 4)


def test_many_red_runs_say_that_more_are_red_than_lately() -> None:
    few = Worlds(LINE, RARELY, [red(1, 2)])
    many = Worlds(LINE, RARELY, [red(1, 2), red(3, 4), red(5, 6), red(7, 8)])
    assert share(many, 11) > share(few, 11)
