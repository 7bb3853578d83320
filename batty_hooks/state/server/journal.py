"""`.batty/pushing.json`: a push that has begun, and of which nobody knows yet whether the server has taken it.

Written before the first byte goes out, taken away after the answer was entered. Who finds the one of a killed process
asks the server, and concludes nothing from what is here.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, process
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Push:
    """A push of ``tip`` upon ``base``: begun when (seconds since the epoch), by which process, of which birth."""

    base: str
    tip: str
    at: float
    tester: int
    birth: str
    group: int = 0  # (nothing of it is to be ended by others)

    @property
    def is_alive(self) -> bool:
        """Whether whoever began it is still at it."""
        return bool(self.birth) and process.birth(self.tester) == self.birth


def begun(project: Project, base: str, tip: str) -> None:
    """A push is about to begin."""
    _enter(project, base, tip, os.getpid(), process.birth(os.getpid()))


def unanswered(project: Project, base: str, tip: str) -> None:
    """It is over, and what the server has made of it nobody knows."""
    _enter(project, base, tip, 0, "")


def _enter(project: Project, base: str, tip: str, tester: int, birth: str) -> None:
    facts = {"base": base, "tip": tip, "at": time.time(), "tester": tester, "birth": birth}
    atomic.write(_file(project), json.dumps(facts) + "\n")


def under_way(project: Project) -> Push | None:
    """The push that has begun and is not entered; None when there is none."""
    try:
        facts = json.loads(_file(project).read_text("utf-8"))
        return Push(
            str(facts["base"]), str(facts["tip"]), float(facts["at"]), int(facts["tester"]), str(facts["birth"])
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget(project: Project) -> None:
    """What came of it is known, and entered."""
    atomic.remove(_file(project))


def _file(project: Project) -> Path:
    return project.batty / "pushing.json"
