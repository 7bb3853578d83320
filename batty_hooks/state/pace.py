"""`.batty/pace.json`: how long the test takes alone, and beside others: for `slots: auto`, and to say what waits.

Of green runs on this machine alone: a red one may end early. Lost, it is measured anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic
from batty_hooks.system.records import asdict, dataclass

FRESH_SECONDS = 3600.0  # after which a machine may have become another
_OLD = 0.7  # what the runs before weigh


@dataclass(frozen=True)
class Pace:
    """How many ``seconds`` a run takes, on the average of ``runs``; the last of them ``at`` that time (seconds since
    the epoch)."""

    seconds: float
    runs: int
    at: float


def known(project: Project, command: str) -> Mapping[int, Pace]:
    """That of the test command, by how many runs went on at once; {} where nothing is known."""
    try:
        data = json.loads(_file(project).read_text("utf-8"))
        if data["command"] != command:
            return {}
        return {int(many): Pace(**pace) for many, pace in data["beside"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def note(project: Project, command: str, at_once: int, seconds: float, now: float) -> None:
    """Remember that a run took so many seconds, while so many went on at once, itself counted."""
    paces = dict(known(project, command))
    before = paces.get(at_once)
    if before and now - before.at < FRESH_SECONDS:
        paces[at_once] = Pace(round(_OLD * before.seconds + (1 - _OLD) * seconds, 3), before.runs + 1, now)
    else:
        paces[at_once] = Pace(round(seconds, 3), 1, now)
    beside = {str(many): asdict(pace) for many, pace in sorted(paces.items())}
    atomic.write(_file(project), json.dumps({"command": command, "beside": beside}) + "\n", lasting=False)


def _file(project: Project) -> Path:
    return project.batty / "pace.json"
