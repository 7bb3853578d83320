"""`.batty/troubles/`: what fails at this moment, one file for each item of a move: since when, in whose words, and what
mends it. It is there from the first failure until the item has been made or is ripe no more.

What fails is remembered, and holds up nothing else. A move that cannot look, and an item that cannot be made, leave a
file in `.batty/troubles/` until that is over; after a minute, or at once where nobody tries again by himself, it needs
a person. A bug of ours has its traceback in `.batty/logs/crash-….log`.
"""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories, json_files
from batty_hooks.system.records import asdict, dataclass


@dataclass(frozen=True)
class Trouble:
    """An item ("": the look for items itself) of a move that fails: the words for it and what mends it, and since when
    (seconds since the epoch)."""

    move: str
    key: str
    what: str
    mend: str
    since: float
    card: str = ""
    member: str = ""


def remember(project: Project, move: str, key: str, error: FatalError, card: str = "", member: str = "") -> None:
    """An item has failed. One that fails still keeps its age; where nothing can be written (a full disk) it is only
    told."""
    path = _file(project, move, key)
    before = _read(path)
    now = Trouble(move, key, error.what, error.mend, before.since if before else time.time(), card, member)
    if now != before:
        with contextlib.suppress(OSError, FatalError):
            path.parent.mkdir(exist_ok=True)
            atomic.write(path, json.dumps(asdict(now)) + "\n", lasting=False)


def forget(project: Project, trouble: Trouble) -> None:
    """It does not fail any more."""
    with contextlib.suppress(OSError, FatalError):
        atomic.remove(_file(project, trouble.move, trouble.key))


def known(project: Project, move: str = "") -> list[Trouble]:
    """What fails, of one move or of all, oldest first."""
    names = directories.readable(project.troubles)
    found = [_read(f"{project.troubles}/{name}") for name in names if name.startswith(f"{move}-" if move else "")]
    return sorted(filter(None, found), key=lambda trouble: trouble.since)


def _file(project: Project, move: str, key: str) -> Path:
    import hashlib

    return project.troubles / f"{move}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:12]}.json"


def _read(path: str | Path) -> Trouble | None:
    try:
        return Trouble(**(json_files.read(path) or {}))
    except (OSError, TypeError):
        return None
