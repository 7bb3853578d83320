"""`.batty/told/<name>.json`: what somebody was told in a digest, by the facts' own keys, and when.

What was told is state: the log of events may be gone. A fact that is over is forgotten with the next digest, so the
file stays as short as what is going on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from batty_hooks.state.project import Project
from batty_hooks.system import atomic


def of(project: Project, name: str) -> dict[str, float]:
    """The keys of what was told and when (seconds since the epoch); of a file that is gone or broken it is told
    again."""
    try:
        found = json.loads((project.told / f"{name}.json").read_text("utf-8"))["told"]
        return {str(key): float(at) for key, at in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def remember(project: Project, name: str, told: Mapping[str, float]) -> None:
    """These and no others."""
    project.told.mkdir(parents=True, exist_ok=True)
    atomic.write(project.told / f"{name}.json", json.dumps({"told": dict(sorted(told.items()))}) + "\n")
