"""`.batty/spent.json`: how many tokens today and each card have used, as counted last. Only where there is a budget."""

from __future__ import annotations

import json
from collections.abc import Mapping

from batty_hooks.state.project import Project
from batty_hooks.system import atomic
from batty_hooks.system.records import asdict, dataclass, field


@dataclass(frozen=True)
class Count:
    """When it was counted (seconds since the epoch) and how many seconds that took; the tokens since midnight, and of
    each card."""

    at: float = 0.0
    took: float = 0.0
    day: int = 0
    cards: Mapping[str, int] = field(default_factory=dict, hash=False)


def read(project: Project) -> Count:
    """The last count; one of nothing where there is none."""
    try:
        data = json.loads(project.spent_file.read_text("utf-8"))
        cards = {str(card): int(tokens) for card, tokens in data["cards"].items()}
        return Count(float(data["at"]), float(data["took"]), int(data["day"]), cards)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Count()


def write(project: Project, count: Count) -> None:
    """Remember a count."""
    atomic.write(project.spent_file, json.dumps(asdict(count)) + "\n", lasting=False)
