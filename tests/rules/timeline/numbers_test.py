"""The timeline of a simulated day says what the simulation's own ledger says, second for second."""

from __future__ import annotations

import statistics
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from day import BEGIN, Day
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batty_hooks.rules import timeline
from batty_hooks.rules.timeline.records import STAGES, YOU, Card, Lane
from batty_hooks.vocabulary import happened

SEEDS = [1, 2, 3, 4, 5]


@cache
def lived(seed: int) -> tuple[Day, timeline.Timeline]:
    """A day, and what is read of it; all tests share them."""
    day = Day(seed).play()
    return day, timeline.read(day.events, day.facts())


@pytest.mark.parametrize("seed", SEEDS)
def test_where_each_cards_time_went(seed: int) -> None:
    day, found = lived(seed)
    assert {card.id: _spent(card) for card in found.cards} == {id: dict(+spent) for id, spent in day.spent.items()}


def _spent(card: Card) -> dict[str, int]:
    return {stage: round(seconds) for stage, seconds in card.spent.items() if seconds}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_each_member_did(seed: int) -> None:
    day, found = lived(seed)
    assert {lane.name: _did(lane) for lane in found.members} == {name: dict(+did) for name, did in day.did.items()}


def _did(lane: Lane) -> Counter[str]:
    found: Counter[str] = Counter()
    for span in lane.spans:
        found[span.state] += round(span.end - span.begin)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_figures(seed: int) -> None:
    day, found = lived(seed)
    said, count = found.figures, day.count
    assert (said.landed, said.offered, said.rejected) == (count["landed"], count["offered"], count["rejected"])
    assert said.per_hour == pytest.approx(count["landed"] / (day.now / 3600))
    assert said.stopped == count["failed"] + count["together"]
    assert said.came_back == said.stopped + count["rejected"]
    assert (said.green, said.red, said.vain) == (
        count[happened.GATE_PASSED], count[happened.GATE_FAILED], count[happened.IN_VAIN],
    )  # fmt: skip
    assert said.saved_batching == count["saved"] > 0
    assert said.run_seconds == count["run seconds"]
    assert (said.first_green, said.first_decided) == (
        count["first green"], count["first green"] + count["first red"]
    )  # fmt: skip
    assert said.answers == len(day.answers)
    assert said.answer_median == statistics.median(day.answers)
    assert said.answer_longest == max(day.answers)
    did = Counter[str]()
    for each in day.did.values():
        did += each
    assert said.worked == did["working"]
    assert said.agents_lost == did["asking"] + did["you"]
    assert said.unknown == did["unknown"]
    assert dict(found.red_tests) == {
        name.removeprefix("red "): number for name, number in count.items() if name.startswith("red ")
    }


def test_how_long_people_were_waited_for_counts_no_second_twice() -> None:
    _, found = lived(3)
    waits = [(wait.begin, wait.end or found.end) for wait in found.waits]
    seconds = {second for begin, end in waits for second in range(round(begin), round(end))}
    assert found.figures.waited_for == len(seconds)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_of_the_day_has_its_own_figures(seed: int) -> None:
    day = lived(seed)[0]
    noon = BEGIN + 4 * 3600
    found = timeline.read(day.events, day.facts(since=noon))
    later = [event for event in day.events if _at(event) >= noon]
    names = Counter(event["event"] for event in later)
    assert found.begin == noon and found.events == len(later)
    assert found.figures.landed == names["landed"]
    assert found.figures.green == names["gate passed"]
    assert found.figures.per_hour == pytest.approx(names["landed"] / ((found.end - noon) / 3600))


def _at(event: dict[str, object]) -> float:
    return timeline.reading.read([event])[0].at


@pytest.mark.parametrize("seed", SEEDS)
def test_the_flow_counts_every_card_once(seed: int) -> None:
    day, found = lived(seed)
    last = found.flow[-1]
    assert sum(last[1:]) == len(found.cards) and last.landed == day.count["landed"]
    for point in found.flow:
        assert min(point[1:]) >= 0
    assert len(found.flow) <= 402 and [point.at for point in found.flow] == sorted(point.at for point in found.flow)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_critical_path_leads_to_the_last_landing_without_going_back(seed: int) -> None:
    _, found = lived(seed)
    last = max(found.cards, key=lambda card: card.landed)
    assert found.path[-1].card == last.id and found.path[-1].end == last.landed
    for before, step in pairwise(found.path):
        assert step.after == before.card and step.begin >= before.end


# Whatever events there are, in whatever order, and however torn: nothing is negative and nothing overlaps.
_WORDS = st.sampled_from([*happened.SAYS, "something newer"])
_NAMES = st.sampled_from(["engineer-1", "engineer-2", "human", ""])
_CARDS = st.sampled_from(["t1", "t2", "t3", ""])
_EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "event": _WORDS,
            "ts": st.integers(0, 300).map(lambda n: f"2026-01-31T12:{n // 60:02}:{n % 60:02}.000Z"),
            "id": st.sampled_from(["ask.ask1", "ask1.answered", "x"]),
        },
        optional={
            "member": _NAMES,
            "card": _CARDS,
            "to": _NAMES,
            "sender": _NAMES,
            "cards": st.one_of(st.lists(_CARDS, max_size=3), st.just("t1"), st.none()),
            "state": st.sampled_from(["working", "ready", "asking", "limit", "gone", "starting", "?"]),
            "seconds": st.one_of(st.floats(-5, 400), st.just("long"), st.just(float("nan"))),
            "slot": st.integers(-1, 3),
            "attempt": st.integers(0, 3),
            "tree": st.sampled_from(["a", "b", ""]),
            "commit": st.sampled_from(["a", "b", ""]),
            "base": st.sampled_from(["a", "b", ""]),
            "text": st.one_of(st.text(max_size=5), st.integers()),
        },
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_EVENTS, st.booleans())
def test_stages_and_spans_have_no_gaps_whatever_is_told(told: list[dict[str, object]], is_timed: bool) -> None:
    if is_timed:
        told.sort(key=lambda event: str(event["ts"]))
    facts = timeline.Facts(timeline.reading.read([{"ts": "2026-01-31T12:06:00Z"}])[0].at)
    found = timeline.read(told, facts)
    for card in found.cards:
        assert sum(card.spent.values()) == pytest.approx(card.life) and card.life <= card.end - card.begin + 1e-6
        assert 0 <= card.lost <= card.life + 1e-6 and set(card.spent) == set(STAGES)
        _in_order([(stage.begin, stage.end) for stage in card.stages])
    for lane in found.members:
        assert [span.end for span in lane.spans[:-1]] == [span.begin for span in lane.spans[1:]]
        if told and lane.spans:
            assert lane.spans[-1].end == found.end
    for lane in (*found.members, found.trunk):
        _in_order([(span.begin, span.end) for span in lane.spans])
    for point in found.flow:
        assert min(point[1:]) >= 0
    numbers = [number for number in found.figures if isinstance(number, int | float)]
    assert min(numbers) >= 0 and not [number for number in numbers if number != number]
    if found.figures.first_share is not None:
        assert 0 <= found.figures.first_share <= 1
    assert all(wait.end == 0 or wait.end >= wait.begin for wait in found.waits)
    assert found.figures.waited_for <= sum((wait.end or found.end) - wait.begin for wait in found.waits) + 1e-6


def _in_order(parts: list[tuple[float, float]]) -> None:
    assert all(begin <= end for begin, end in parts)
    assert all(one[1] <= after[0] for one, after in pairwise(parts))


def test_a_clock_that_was_a_year_ahead_for_a_moment_takes_nothing_from_what_follows() -> None:
    day, right = lived(1)
    ahead = [dict(event) for event in day.events]
    ahead[1000]["ts"] = "2036-01-01T00:00:00.000Z"
    wrong = timeline.read(ahead, day.facts())
    assert wrong.end == right.end and wrong.figures.landed == right.figures.landed
    assert abs(wrong.figures.worked - right.figures.worked) < 600


def test_of_nothing_nothing_is_known() -> None:
    found = timeline.read([], timeline.Facts(100.0, members=("engineer-1",)))
    assert found.figures.landed == 0
    unknown = (found.figures.per_hour, found.figures.first_share, found.figures.answer_median)
    assert unknown == (None, None, None)
    assert found.cards == found.path == found.flow == ()
    assert [lane.name for lane in found.members] == ["engineer-1"]


def test_twenty_thousand_events_are_read_in_a_moment() -> None:
    day = Day(2).play(20_000)
    found = timeline.read(day.events, day.facts())
    assert found.events >= 20_000
    assert sum(card.spent[YOU] for card in found.cards) == sum(spent[YOU] for spent in day.spent.values())
