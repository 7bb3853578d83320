"""`.batty/limits.json`: the accounts that have reached their usage limit, as an agent on one of them has said.

A member's own state says so too, but only as long as it runs the agent that said it.
"""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock
from batty_hooks.system.records import asdict, dataclass

BUDGET = "the team's budget"  # the account of all: it is at its limit when the budget of the day is used
_UNKNOWN_SECONDS = 600.0  # of one whose end nobody knows


@dataclass(frozen=True)
class Limit:
    """A limit: since when, until when it lasts (0: not known; seconds since the epoch), and in whose words."""

    since: float
    until: float
    why: str

    @property
    def ends(self) -> float:
        """When the account may be tried again."""
        return self.until or self.since + _UNKNOWN_SECONDS


def limits(project: Project) -> dict[str, Limit]:
    """The limits that last, by their accounts."""
    try:
        found = {name: Limit(**one) for name, one in json.loads(project.limits_file.read_text("utf-8")).items()}
        return {name: one for name, one in found.items() if one.ends > time.time()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def note(project: Project, account: str, limit: Limit) -> None:
    """Remember that an account is at its limit."""
    with _alone(project):
        _write(project, {**limits(project), account: limit})


def clear(project: Project, account: str, at: float) -> None:
    """Somebody works on that account, and began to at that time: a limit from before is over."""
    with _alone(project):
        known = limits(project)
        if account in known and known[account].since < at:
            _write(project, {name: one for name, one in known.items() if name != account})


def _alone(project: Project) -> AbstractContextManager[None]:
    """What agents say and what is counted is written by moves that do not wait for each other."""
    return lock.held(project.lock("limits"))


def _write(project: Project, known: dict[str, Limit]) -> None:
    atomic.write(project.limits_file, json.dumps({name: asdict(one) for name, one in known.items()}) + "\n")
