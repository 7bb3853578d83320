"""The trunk's lane: what landed, what came back red, and whether its own test was green where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from batty_hooks.rules.timeline import gate
from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import LANDED, RED, UNKNOWN, Facts, Lane, Mark, Run, Span
from batty_hooks.vocabulary import happened

GREEN = "green"
STOPPED = (happened.BACK_FAILED, happened.BACK_TOGETHER)
CONFLICT = happened.BACK_CONFLICT


def marks(told: Iterable[Event]) -> tuple[Mark, ...]:
    """Landings, and what the gate has sent back."""
    return tuple(
        Mark(event.at, LANDED if event.name == happened.LANDED else RED, event.word("card"),
             event.word("label") or event.word("card") or event.word("branch"), event.word("commit"),
             event.word("title" if event.name == happened.LANDED else "text"))
        for event in told
        if event.name in (happened.LANDED, *STOPPED, CONFLICT)
    )  # fmt: skip


def lane(told: Sequence[Event], runs: Iterable[Run], facts: Facts) -> Lane:
    """Green since a landing or a test of the trunk itself that passed, red since one that did not."""
    changes = [(event.at, GREEN, "") for event in told if event.name == happened.LANDED]
    for run in runs:
        if run.commit and run.commit == run.base and run.result in (gate.PASSED, *gate.RED):
            changes.append((run.end, GREEN if run.result == gate.PASSED else RED, run.text))
    spans: list[Span] = []
    at, state, text = (told[0].at if told else facts.now), UNKNOWN, ""
    for when, now, why in [*sorted(changes), (facts.now, "", "")]:
        if now == state:
            continue
        if when > at:
            spans.append(Span(state, at, when, "", text))
            at = when
        state, text = now, why
    return Lane("trunk", tuple(spans))
