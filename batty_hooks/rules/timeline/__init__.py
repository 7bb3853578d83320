"""What happened, as spans and numbers: made of the events alone, and of the few facts that are handed in.

Pure: the same events and facts give the same timeline, whoever asks and when. `report` draws it, and whatever else
shows where the time went stands on it. What the events do not say is unknown, never nought.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from batty_hooks.rules.timeline import cards, figures, gate, members, path, reading, trunk, waits
from batty_hooks.rules.timeline import flow as cumulative
from batty_hooks.rules.timeline.figures import Figures
from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import GONE, IDLE, OFF, UNKNOWN, Card, Facts, Flow, Lane, Mark, Run, Step, Wait

__all__ = ["Card", "Facts", "Figures", "Flow", "Lane", "Mark", "Run", "Step", "Timeline", "Wait", "read"]


_AT_ONCE = 1.0  # seconds after the last event in which nobody could have looked away


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
    """The timeline of events, as `state/events` reads them, oldest first. It ends now, or with the last event where
    nothing has gone on since: who looks at it a day later sees the same."""
    told = reading.read(lines, facts.now)
    last = told[-1].at if told else 0.0
    found = _read(told, facts._replace(now=max(facts.now, last)))
    is_later = told and facts.now > last + _AT_ONCE
    return _read(told, facts._replace(now=max(last, facts.since))) if is_later and _is_over(found) else found


def _is_over(found: Timeline) -> bool:
    """Whether nobody has anything to do: no run, no card in anybody's hand, no wait, no agent at work."""
    states = {lane.spans[-1].state for lane in found.members if lane.spans}
    is_free = all(card.landed or not card.member or card.end < found.end for card in found.cards)
    waits = any(not wait.end and wait.is_known for wait in found.waits)
    return is_free and not waits and not found.figures.running and states <= {IDLE, OFF, UNKNOWN, GONE}


def _read(told: Sequence[Event], facts: Facts) -> Timeline:
    """The timeline up to ``facts.now``."""
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
