"""`.batty/milestones.json`: which landings were told as built, and of which milestones nobody has reported yet.

What was told is state, not a line of a log. Landings of cards that are no longer on the board are forgotten with the
next milestone, so the file stays as short as the board.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic
from batty_hooks.system.records import asdict, dataclass


@dataclass(frozen=True)
class Sent:
    """A milestone that an agent was told, and is to report: the message's id, its receiver, when (seconds since the
    epoch), and the facts in it, with a line for them."""

    id: str
    to: str
    at: float
    gist: str
    facts: str


def is_begun(project: Project) -> bool:
    """Whether it is kept at all which landings were told: not in a project that was upgraded just now."""
    return "told" in _load(project)


def told(project: Project) -> frozenset[str]:
    """The landings that were told, each by a name of its own."""
    return frozenset(str(one) for one in _load(project).get("told", ()))


def unreported(project: Project) -> list[Sent]:
    """The milestones that an agent is still to report, oldest first."""
    try:
        return [Sent(**one) for one in _load(project).get("sent", ())]
    except TypeError:
        return []


def remember(project: Project, told: Iterable[str], sent: Iterable[Sent]) -> None:
    """These and no others."""
    content = {"told": sorted(told), "sent": [asdict(one) for one in sent]}
    atomic.write(project.milestones_file, json.dumps(content, ensure_ascii=False) + "\n")


def _load(project: Project) -> dict[str, Any]:
    try:
        found = json.loads(project.milestones_file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
