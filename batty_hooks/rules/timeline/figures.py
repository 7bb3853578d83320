"""The numbers of a time: how much landed, what the gate stopped, how long people were waited for.

What no event says is None, not nought: a share of no attempts, the answers to questions that nobody asked. Where a
number is a length of time it is in seconds. A thing counts where it ended, a length only as far as it lies in the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from batty_hooks.rules.timeline import gate, trunk
from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import ASKING, UNKNOWN, WORKING, YOU, Card, Facts, Lane, Run, Wait
from batty_hooks.rules.timeline.waits import union
from batty_hooks.system import late
from batty_hooks.vocabulary import happened

_GREEN_AT_FIRST, _RED_AT_FIRST = ("landed", "rejected"), ("failed", "together", "conflict")
_NAMED = late.pattern(r"^(?:FAILED|ERROR|--- FAIL:|not ok(?: \d+)?(?: -)?)\s+(\S.*?)(?:\s+-\s.*|\s+\(\d[\d.]*s\))?$")


class Figures(NamedTuple):
    """``began`` and ``ended`` are the time it is about. ``came_back`` counts offers that went back, ``stopped`` those
    that the gate's test stopped, ``conflicts`` those that git could not merge. ``first_green`` of ``first_decided``
    first attempts were not sent back by either. ``green`` … ``vain`` count runs that are over, ``run_seconds`` is how
    long these took together; ``saved_batching`` are runs that were not needed because several offers were tested as
    one, ``saved_known`` those whose tree was known to be green. ``answers`` are waits for a person that are over,
    ``answer_median`` and ``answer_longest`` how long they took; ``open`` those that are not, ``unknown_ends`` those of
    which nothing says when they ended. ``waited_for`` is the time in which anybody waited for a person,
    ``agents_lost`` the same summed over agents that did nothing meanwhile. ``worked`` is the sum of what agents worked,
    ``unknown`` of what is not known of them."""

    began: float
    ended: float
    landed: int
    landed_cards: int
    per_hour: float | None
    offered: int
    came_back: int
    stopped: int
    conflicts: int
    rejected: int
    first_green: int
    first_decided: int
    first_share: float | None
    green: int
    red: int
    broken: int
    flaky: int
    vain: int
    running: int
    run_seconds: float
    saved_batching: int
    saved_batching_seconds: float
    saved_known: int
    saved_known_seconds: float
    answers: int
    answer_median: float | None
    answer_longest: float | None
    open: int
    unknown_ends: int
    waited_for: float
    agents_lost: float
    worked: float | None
    unknown: float


def figures(
    told: Sequence[Event], cards: Sequence[Card], runs: Sequence[Run], waits: Iterable[Wait], lanes: Sequence[Lane],
    facts: Facts, begin: float,
) -> Figures:  # fmt: skip
    """All of it, for the time from ``begin`` to now."""
    names = Counter(event.name for event in told if event.at >= begin)
    landings = [event for event in told if event.at >= begin and event.name == happened.LANDED]
    counted = [run for run in runs if run.end >= begin]
    results = Counter(run.result for run in counted)
    hours = (facts.now - begin) / 3600
    firsts = [card.attempts[0].result for card in cards if card.attempts and card.attempts[0].end >= begin]
    green, red = (sum(one in kinds for one in firsts) for kinds in (_GREEN_AT_FIRST, _RED_AT_FIRST))
    batched = [run for run in counted if run.result == gate.PASSED and len(run.cards) > 1]
    known = _known(told, runs, begin)
    mine = [wait for wait in waits if wait.to == facts.human]
    over = [wait.end - wait.begin for wait in mine if wait.end and wait.end >= begin]
    still = [wait for wait in mine if not wait.end and wait.is_known]
    worked, unknown = _spent(lanes, (WORKING,), begin), _spent(lanes, (UNKNOWN,), begin)
    stopped = sum(names[name] for name in trunk.STOPPED)
    return Figures(
        begin, facts.now, len(landings), len({event.word("card") for event in landings} - {""}),
        len(landings) / hours if hours > 0 and told else None, names[happened.OFFERED],
        sum(number for name, number in names.items() if name.startswith(happened.HANDED_BACK)),
        stopped, names[trunk.CONFLICT], names[happened.BACK_REJECTED],
        green, green + red, green / (green + red) if green + red else None,
        results[gate.PASSED], sum(results[one] for one in gate.RED), results[gate.BROKEN],
        sum(run.is_flaky for run in counted), results[gate.IN_VAIN], results[gate.RUNNING],
        sum(run.seconds for run in counted if run.result != gate.RUNNING),
        sum(len(run.cards) - 1 for run in batched), sum((len(run.cards) - 1) * run.seconds for run in batched),
        len(known), sum(known), len(over), median(over) if over else None, max(over) if over else None, len(still),
        sum(not wait.end and not wait.is_known for wait in mine),
        union((max(begin, wait.begin), wait.end or facts.now) for wait in mine if wait.end or wait.is_known),
        _spent(lanes, (YOU, ASKING), begin), worked if worked or not unknown else None, unknown,
    )  # fmt: skip


def _spent(lanes: Iterable[Lane], states: tuple[str, ...], begin: float) -> float:
    return sum(
        max(0.0, span.end - max(span.begin, begin)) for lane in lanes for span in lane.spans if span.state in states
    )


def _known(told: Sequence[Event], runs: Sequence[Run], begin: float) -> list[float]:
    """The length of the run that each landing did not need: its tree had passed before it was offered."""
    passed: dict[str, list[Run]] = {}
    of_card: dict[str, list[Run]] = {}
    for run in runs:
        if run.result == gate.PASSED:
            passed.setdefault(run.tree, []).append(run)
        for card in run.cards:
            of_card.setdefault(card, []).append(run)
    offered: dict[str, float] = {}
    found = []
    for event in told:
        card = event.word("card")
        if event.name == happened.OFFERED:
            offered[card] = event.at
        elif event.name == happened.LANDED and event.at >= begin and card in offered:
            since = offered[card]
            tested = any(since <= run.end <= event.at for run in of_card.get(card, ()))
            earlier = [run for run in passed.get(event.word("tree"), ()) if run.end < since]
            if earlier and not tested:
                found.append(earlier[-1].seconds)
    return found


def red_tests(runs: Iterable[Run], begin: float) -> tuple[tuple[str, int], ...]:
    """Which tests were red how often, most often first; a run whose output names no test counts by its first failing
    line, one without any as "(no failing line)"."""
    found = Counter(_test_of(run.text) for run in runs if run.end >= begin and run.result in gate.RED)
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _test_of(line: str) -> str:
    named = _NAMED.match(line.strip())
    return (named[1] if named else line.strip()) or "(no failing line)"
