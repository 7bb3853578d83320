"""The decider of the gate, played against every small line: who lands, who is found, and with how many runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batty_hooks.rules.bisection import Knowledge, advise

Names = Callable[[frozenset[int]], Collection[int]]


def nobody(red: frozenset[int]) -> Collection[int]:
    return ()


@dataclass
class Play:
    """A line of numbers, of which some are broken and some do not go together; a run of the gate says so."""

    line: list[int]
    broken: frozenset[int] = frozenset()
    pairs: tuple[frozenset[int], ...] = ()
    names: Names = nobody
    doomed: frozenset[int] = frozenset()
    landed: frozenset[int] = frozenset()
    back: list[int] = field(default_factory=list)
    runs: list[frozenset[int]] = field(default_factory=list)
    verdicts: dict[frozenset[int], bool] = field(default_factory=dict)

    def passes(self, tree: frozenset[int]) -> bool:
        return not tree & self.broken and not any(pair <= tree for pair in self.pairs)

    def to_the_end(self, probes: int = 1) -> Play:
        known = Knowledge[int](
            passed=lambda part: self.verdicts.get(self.landed | set(part)),
            named=lambda part: self.names(self.landed | set(part)),
            doomed=lambda one: one in self.doomed,
            running=lambda part: False,
        )
        while self.line:
            advice = advise(self.line, known, probes)
            if advice.land:
                assert self.passes(self.landed | set(advice.land)), "a tree lands that was never green"
                self.landed |= set(advice.land)
                self.line = [one for one in self.line if one not in self.landed]
            elif advice.red is not None:
                self.back.append(advice.red)
                self.line.remove(advice.red)
            else:
                assert advice.test, f"nothing is done about {self.line}"
                for part in advice.test:
                    self.test(self.landed | set(part))
        return self

    def test(self, tree: frozenset[int]) -> None:
        assert tree not in self.verdicts, "what is known is tested again"
        self.verdicts[tree] = self.passes(tree)
        self.runs.append(tree)


def twelve_with_two_broken() -> Iterator[frozenset[int]]:
    yield from map(frozenset, itertools.combinations(range(12), 2))


def test_clean_is_one_run() -> None:
    play = Play(list(range(12))).to_the_end()
    assert len(play.runs) == 1 and play.landed == frozenset(range(12))


def test_the_good_ones_land_wherever_the_broken_ones_stand() -> None:
    for broken in twelve_with_two_broken():
        play = Play(list(range(12)), broken).to_the_end()
        assert play.landed == frozenset(range(12)) - broken and set(play.back) == broken
        assert len(play.runs) <= 11


def test_a_log_that_names_files_saves_most_runs() -> None:
    for broken in twelve_with_two_broken():
        all_named = Play(list(range(12)), broken, names=lambda red, b=broken: red & b).to_the_end()
        assert len(all_named.runs) <= 4
        one_named = Play(list(range(12)), broken, names=lambda red, b=broken: sorted(red & b)[:1]).to_the_end()
        assert len(one_named.runs) <= 5


def test_a_log_that_names_the_wrong_ones_costs_runs_and_nothing_else() -> None:
    for broken in twelve_with_two_broken():
        play = Play(list(range(12)), broken, names=lambda red, b=broken: red - b).to_the_end()
        assert play.landed == frozenset(range(12)) - broken and set(play.back) == broken


def test_of_two_that_do_not_go_together_exactly_one_lands() -> None:
    for pair in twelve_with_two_broken():
        play = Play(list(range(12)), pairs=(pair,)).to_the_end()
        assert play.back == [max(pair)], "the one that came later goes back"
        assert play.landed == frozenset(range(12)) - {max(pair)}


def test_who_has_failed_alone_before_holds_nobody_up() -> None:
    broken = frozenset({0, 5})
    play = Play(list(range(12)), broken, doomed=broken).to_the_end()
    assert play.runs[0] == frozenset(range(12)) - broken and len(play.runs) == 3


@pytest.mark.parametrize("probes", [2, 4])
def test_side_by_side_the_search_takes_fewer_rounds(probes: int) -> None:
    rounds = Play(list(range(16)), frozenset({11}))
    rounds.to_the_end(probes)
    assert rounds.landed == frozenset(range(16)) - {11}


@st.composite
def plays(draw: st.DrawFn) -> tuple[Play, int]:
    size = draw(st.integers(1, 9))
    some = st.frozensets(st.integers(0, size - 1))
    two = st.frozensets(st.integers(0, size - 1), min_size=2, max_size=2)
    pairs = tuple(draw(st.lists(two, max_size=3))) if size > 1 else ()
    named = draw(some)
    play = Play(list(range(size)), draw(some), pairs, lambda red: red & named, draw(some))
    return play, draw(st.integers(1, 3))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # (at load everything is)
@given(plays())
def test_every_line_comes_to_its_end(start: tuple[Play, int]) -> None:
    play, probes = start
    everybody = set(play.line)
    play.to_the_end(probes)
    assert play.landed.isdisjoint(play.broken) and not any(pair <= play.landed for pair in play.pairs)
    assert play.landed | set(play.back) == everybody
    for one in set(play.back) - play.broken:  # nobody goes back who could have landed
        assert any(pair - {one} <= play.landed for pair in play.pairs if one in pair)
