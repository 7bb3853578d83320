"""`.batty/clashes.json`: which cards in hand will clash, as it was found at the last look; and what was told of it.

Made from git, so it may be deleted: it is found again. What was told stands in the inboxes too.
"""

from __future__ import annotations

import json

from batty_hooks.state.project import Project
from batty_hooks.system import atomic
from batty_hooks.system.records import asdict, dataclass


@dataclass(frozen=True)
class Clash:
    """Two cards in hand that change the same lines, the younger one first, and in which paths."""

    card: str
    member: str
    other: str
    other_member: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What was found: ``of`` names what was looked at, ``at`` when (seconds since the epoch), ``took`` how many seconds
    that was, ``left`` how many pairs are still to be merged."""

    of: str = ""
    at: float = 0.0
    took: float = 0.0
    left: int = 0
    clashes: tuple[Clash, ...] = ()


def read(project: Project) -> Found:
    """What was found last; nothing where there is no such file, or a broken one."""
    try:
        data = json.loads(project.clashes_file.read_text("utf-8"))
        pairs = tuple(Clash(**{**one, "paths": tuple(map(str, one["paths"]))}) for one in data.pop("clashes"))
        return Found(str(data["of"]), float(data["at"]), float(data["took"]), int(data["left"]), pairs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Found()


def write(project: Project, found: Found) -> None:
    """Remember what was found."""
    atomic.write(project.clashes_file, json.dumps(asdict(found), ensure_ascii=False) + "\n", lasting=False)
