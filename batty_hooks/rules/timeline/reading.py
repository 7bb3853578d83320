"""Events as the timeline reads them: each with its time in seconds, none before the one that was written before it.

A clock that was set back makes no time run backwards here: what follows counts as of the latest time that was seen.
What was written by a clock that was far ahead, and was put right since, counts as of the event before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from batty_hooks.state import events

_AHEAD = 60.0  # seconds that two clocks may differ by


class Event(NamedTuple):
    """One event: when, its name, and all that it says."""

    at: float
    name: str
    says: dict[str, Any]

    def word(self, field: str) -> str:
        """What a field says, as text; "" when it is not there or is no word."""
        value = self.says.get(field)
        return str(value) if isinstance(value, str | int | float) else ""

    def number(self, field: str) -> float:
        """What a field says, as a number that is not negative; 0 when it says none."""
        value = self.says.get(field)
        return max(0.0, float(value)) if isinstance(value, int | float) and value == value else 0.0

    @property
    def cards(self) -> tuple[str, ...]:
        """The cards it is about."""
        several = self.says.get("cards")
        named = several if isinstance(several, list) else [self.says.get("card")]
        return tuple(str(card) for card in named if card)


def read(lines: Iterable[dict[str, Any]], now: float = float("inf")) -> tuple[Event, ...]:
    """The events that have a time, in the order in which they were written; none is later than ``now``."""
    found: list[Event] = []
    latest = 0.0
    for line in lines:
        at = events.seconds(str(line.get("ts", "")))
        if at > 0:
            latest = max(latest, at) if at <= now + _AHEAD else latest or now
            found.append(Event(latest, str(line.get("event", "")), line))
    return tuple(found)
