"""The runs of the gate, and the slots they ran in.

An event tells the end of a run and how long the test took. Which slot it had is told since the events have `slot`; a
run of older events gets the first slot that was free.
"""

from __future__ import annotations

from collections.abc import Iterable

from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import Facts, Lane, Run, Span
from batty_hooks.vocabulary import happened

PASSED, FAILED, TIMEOUT, BROKEN, FLAKY = "passed", "failed", "timeout", "broken", "flaky"
IN_VAIN, RUNNING = "in vain", "running"
RED = (FAILED, TIMEOUT)


def runs(told: Iterable[Event], facts: Facts) -> tuple[Run, ...]:
    """Every run that an event tells of, and those that go on, by their beginning."""
    found: list[Run] = []
    for event in told:
        if event.name == happened.GATE_FLAKY and found and found[-1].tree == event.word("tree"):
            found[-1] = found[-1]._replace(is_flaky=True)
        elif event.name == happened.IN_VAIN or (
            event.name.startswith(happened.GATE) and event.name != happened.GATE_FLAKY
        ):
            found.append(_run(event))
    for slot, label, since in facts.running:
        begin = min(since, facts.now)
        found.append(Run(slot, begin, facts.now, RUNNING, label, tuple(label.split(", ")), "", facts.now - begin))
    return _placed(sorted(found, key=lambda run: (run.begin, run.end)))


def _run(event: Event) -> Run:
    seconds = min(event.number("seconds"), event.at)
    return Run(
        int(event.number("slot")), event.at - seconds, event.at,
        IN_VAIN if event.name == happened.IN_VAIN else event.name.removeprefix(happened.GATE),
        event.word("label"), event.cards, event.word("tree"), seconds, event.word("text"), event.word("log"),
        commit=event.word("commit"), base=event.word("base"),
    )  # fmt: skip


def _placed(ordered: list[Run]) -> tuple[Run, ...]:
    """Each run that names no slot in the first one in which no other run goes on."""
    busy: dict[int, list[tuple[float, float]]] = {}
    for run in ordered:
        if run.slot:
            busy.setdefault(run.slot, []).append((run.begin, run.end))
    free: dict[int, float] = {}
    found = []
    for run in ordered:
        slot = run.slot
        if not slot:
            slot = 1
            while free.get(slot, 0.0) > run.begin + 1e-6 or _overlaps(busy.get(slot, []), run):
                slot += 1
        free[slot] = max(free.get(slot, 0.0), run.end)
        found.append(run._replace(slot=slot))
    return tuple(found)


def _overlaps(taken: list[tuple[float, float]], run: Run) -> bool:
    return any(begin < run.end and run.begin < end for begin, end in taken)


def lanes(found: Iterable[Run]) -> tuple[Lane, ...]:
    """One for each slot that had a run; between the runs it is free, and has no span."""
    by_slot: dict[int, list[Span]] = {}
    for run in found:
        state = FLAKY if run.is_flaky else run.result
        span = Span(state, run.begin, run.end, ", ".join(run.cards), run.text)
        by_slot.setdefault(run.slot, []).append(span)
    return tuple(Lane(f"gate-{slot}", tuple(spans)) for slot, spans in sorted(by_slot.items()))
