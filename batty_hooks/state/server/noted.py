"""`.batty/server.json`: what came of asking the server, read by every look and written after every answer.

Nothing in it is needed for what is right: it says when to ask again, and what to tell people. Lost, the server is
asked at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock
from batty_hooks.system.records import asdict, dataclass, replace

_KEPT = 50  # races that were lost, and refusals


@dataclass(frozen=True)
class Refusal:
    """What the server would not let land: the ``commits`` that were offered together, the ``outcome`` (see
    system/git/server), in whose words, when, and how often in a row."""

    commits: tuple[str, ...] = ()
    outcome: str = ""
    said: str = ""
    at: float = 0.0
    times: int = 0


@dataclass(frozen=True)
class Notes:
    """When the server was last seen (``looked``) and last asked (``tried``), seconds since the epoch. Of one that
    cannot be asked: the ``outcome``, what was ``said``, ``since`` when, and how often in a row (``failures``).
    ``refusals`` are what it would not take, the newest last. ``lost`` are the times at which somebody else was faster,
    ``in_a_row`` how often since something landed; ``at_once``: it is to be asked again without a pause; ``took``: how
    many seconds the last look took. ``hook_first``: the pre-push hook here takes longer than a push may, and so is run
    before it; ``hook_at``: when it was begun last."""

    looked: float = 0.0
    tried: float = 0.0
    outcome: str = ""
    said: str = ""
    since: float = 0.0
    failures: int = 0
    refusals: tuple[Refusal, ...] = ()
    lost: tuple[float, ...] = ()
    in_a_row: int = 0
    at_once: bool = False
    took: float = 0.0
    hook_first: bool = False
    hook_at: float = 0.0


def notes(project: Project) -> Notes:
    """What is known; nothing where nothing was asked yet."""
    try:
        facts = json.loads(_file(project).read_text("utf-8"))
        facts.pop("refusal", None)  # (as older versions wrote it: what is still refused will be refused again)
        refusals = tuple(
            Refusal(**{**one, "commits": tuple(one["commits"])}) for one in facts.get("refusals", ())
        )  # fmt: skip
        return Notes(**{**facts, "refusals": refusals, "lost": tuple(facts["lost"])})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Notes()


def note(project: Project, **said: Any) -> Notes:
    """Write down what came of asking."""
    for kept in {"lost", "refusals"} & said.keys():
        said[kept] = tuple(said[kept][-_KEPT:])
    now = replace(notes(project), **said)
    atomic.write(_file(project), json.dumps(asdict(now)) + "\n", lasting=False)
    return now


def hook_runs(project: Project) -> bool:
    """Whether somebody asks the pre-push hook here ahead of a push, at this moment."""
    return not lock.is_free(project.lock("hook"))


def _file(project: Project) -> Path:
    return project.batty / "server.json"
