"""The decider for several slots: what it advises in small cases, and lines that are played to their end."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batty_hooks.rules.speculation import Knowledge, advise
from batty_hooks.rules.worlds import Red

LINE = list(range(8))


def nothing(part: tuple[int, ...]) -> bool | None:
    return None


def test_nobody_waits() -> None:
    assert advise([], Knowledge(nothing), 4) == advise([], Knowledge[int](nothing), 1)


def test_a_line_is_tested_as_a_whole_first() -> None:
    assert advise(LINE, Knowledge(nothing), 4).test[0] == tuple(LINE)


def test_who_comes_is_tested_on_top_of_those_before() -> None:
    known = Knowledge(nothing, running=[(0,), (0, 1)])
    assert advise([0, 1, 2], known, 6).test[:3] == ((0,), (0, 1), (0, 1, 2))


def test_the_longest_green_set_lands_at_once() -> None:
    advice = advise(LINE, Knowledge(nothing, green=[(0, 1), (0, 1, 2), (5,)], running=[tuple(LINE)]), 4)
    assert advice.land == (0, 1, 2) and not advice.test


def test_a_red_set_is_cut_into_pieces_that_tell_who_it_was() -> None:
    known = Knowledge(lambda part: False if part == (0, 1, 2, 3) else None, red=[Red(frozenset({0, 1, 2, 3}))])
    sets = advise([0, 1, 2, 3], known, 8).test
    assert len({tuple(guilty in part for part in sets) for guilty in range(4)}) == 4


def test_a_run_that_cannot_pass_any_more_gives_its_slot_to_another() -> None:
    doomed = (0, 1, 2)
    known = Knowledge(nothing, running=[doomed], red=[Red(frozenset({1})), *[Red(frozenset({1, 3}))] * 3])
    advice = advise([0, 1, 2, 3], known, 2)
    assert doomed not in advice.test or (0, 2, 3) in advice.test


def test_slots_that_are_taken_are_left_alone() -> None:
    running = [(0,), (0, 1)]
    assert advise(LINE, Knowledge(nothing, running=running), 2).test == tuple(running)


def test_what_is_known_is_not_asked_again() -> None:
    known = Knowledge(lambda part: True if part == tuple(LINE) else None)
    assert tuple(LINE) not in advise(LINE, known, 8).test


def test_first_in_first_out_among_equals() -> None:
    advice = advise([3, 1, 2], Knowledge(nothing), 3)
    assert advice.test[0] == (3, 1, 2) and all(part == tuple(sorted(part, key=[3, 1, 2].index)) for part in advice.test)


def test_who_has_waited_for_long_is_not_passed_by_for_ever() -> None:
    """One whose red sets make it suspect, and ever new ones that nobody suspects."""
    red, line = [Red(frozenset({0, 1})), Red(frozenset({0, 2}))], [0, 1, 2, *range(10, 20)]
    fresh = advise(line, Knowledge(nothing, red=red), 2).test
    waited = advise(line, Knowledge(nothing, red=red, waited=lambda one: 8.0 * (one == 0)), 2).test
    assert not any(0 in part for part in fresh) and 0 in waited[0]


@dataclass
class Play:
    """A line of numbers, of which some are broken and some do not go together; all that is advised is tested."""

    line: list[int]
    broken: frozenset[int]
    pairs: tuple[frozenset[int], ...]
    landed: frozenset[int] = frozenset()
    back: list[int] = field(default_factory=list)
    verdicts: dict[frozenset[int], bool] = field(default_factory=dict)

    def passes(self, tree: frozenset[int]) -> bool:
        return not tree & self.broken and not any(pair <= tree for pair in self.pairs)

    def known(self) -> Knowledge[int]:
        here = {tree - self.landed: passed for tree, passed in self.verdicts.items() if self.landed <= tree}
        waiting = set(self.line)
        left = {tuple(sorted(part)): passed for part, passed in here.items() if part <= waiting}
        return Knowledge(
            lambda part: left.get(part),
            [part for part, passed in left.items() if passed and part],
            red=[Red(frozenset(part)) for part, passed in left.items() if not passed and part],
        )

    def to_the_end(self, slots: int) -> Play:
        while self.line:
            known = self.known()
            alone = [one for one in self.line if known.passed((one,)) is False]
            if alone:  # (what charging makes sure of)
                self.back.append(alone[0])
                self.line.remove(alone[0])
                continue
            advice = advise(self.line, known, slots)
            if advice.land:
                self.landed |= set(advice.land)
                assert self.verdicts[self.landed], "a tree lands that was never green"
                self.line = [one for one in self.line if one not in self.landed]
                continue
            assert advice.test and len(advice.test) <= slots, f"nothing is done about {self.line}"
            for part in advice.test:
                assert self.landed | set(part) not in self.verdicts, "what is known is tested again"
                self.verdicts[self.landed | set(part)] = self.passes(self.landed | set(part))
        return self


@st.composite
def plays(draw: st.DrawFn) -> tuple[Play, int]:
    size = draw(st.integers(1, 8))
    two = st.frozensets(st.integers(0, size - 1), min_size=2, max_size=2)
    pairs = tuple(draw(st.lists(two, max_size=2))) if size > 1 else ()
    return Play(list(range(size)), draw(st.frozensets(st.integers(0, size - 1))), pairs), draw(st.integers(1, 6))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(plays())
def test_every_line_comes_to_its_end(start: tuple[Play, int]) -> None:
    play, slots = start
    everybody = set(play.line)
    play.to_the_end(slots)
    assert play.landed.isdisjoint(play.broken) and not any(pair <= play.landed for pair in play.pairs)
    assert play.landed | set(play.back) == everybody
    for one in set(play.back) - play.broken:  # nobody goes back who could have landed
        assert any(pair - {one} <= play.landed for pair in play.pairs if one in pair)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(0, 5)), st.lists(st.frozensets(st.integers(0, 5), min_size=2), max_size=4))
def test_who_was_red_alone_is_in_no_other_set(alone: set[int], red: list[frozenset[int]]) -> None:
    known = Knowledge[int](nothing, red=[*(Red(frozenset({one})) for one in alone), *map(Red, red)])
    for part in advise(list(range(6)), known, 5).test:
        assert len(part) == 1 or not alone & set(part)
