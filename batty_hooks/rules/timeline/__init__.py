"""What happened, as spans and numbers: made of the events alone, and of the few facts that are handed in.

Pure: the same events and facts give the same timeline, whoever asks and when. `report` draws it, and whatever else
shows where the time went stands on it. What the events do not say is unknown, never nought.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from batty_hooks.rules.timeline import cards, figures, gate, members, path, reading, trunk, waits
from batty_hooks.rules.timeline import flow as cumulative
from batty_hooks.rules.timeline.figures import Figures
from batty_hooks.rules.timeline.records import Card, Facts, Flow, Lane, Mark, Run, Step, Wait


class Timeline(NamedTuple):
    """All of it. ``begin`` and ``end`` are what is shown: since when it was asked for, or the first event, until now.
    Lanes, cards and waits are whole, whatever part of them lies before that."""

    begin: float
    end: float
    events: int
    members: tuple[Lane, ...]
    slots: tuple[Lane, ...]
    trunk: Lane
    marks: tuple[Mark, ...]
    cards: tuple[Card, ...]
    runs: tuple[Run, ...]
    waits: tuple[Wait, ...]
    path: tuple[Step, ...]
    flow: tuple[Flow, ...]
    figures: Figures
    red_tests: tuple[tuple[str, int], ...]


def read(lines: Iterable[dict[str, Any]], facts: Facts) -> Timeline:
    """The timeline of events, as `state/events` reads them, oldest first."""
    told = reading.read(lines)
    facts = facts._replace(now=max(facts.now, told[-1].at if told else 0.0))
    begin = min(facts.now, max(facts.since, told[0].at if told else facts.now))
    runs = gate.runs(told, facts)
    lives = cards.read(told, runs, facts)
    lanes = members.lanes(told, lives, facts)
    waited = waits.read(told, lanes, facts)
    return Timeline(
        begin, facts.now, sum(event.at >= begin for event in told), lanes, gate.lanes(runs),
        trunk.lane(told, runs, facts), trunk.marks(told), lives, runs, waited,
        path.critical([card for card in lives if not card.landed or card.landed >= begin], facts.depends),
        cumulative.flow(lives, begin, facts.now), figures.figures(told, lives, runs, waited, lanes, facts, begin),
        figures.red_tests(runs, begin),
    )  # fmt: skip
