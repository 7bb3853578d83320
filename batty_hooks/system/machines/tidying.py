"""What lies on a host, bounded for ever: a repository that is repacked, and nothing for long that nobody uses.

All of it is a cache: what is taken away is sent, or made, once more. Nothing is taken from under a run: each holds the
lock of its slot, each worker keeps what it is made of in use by a touch an hour.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import directories, lock
from batty_hooks.system.git import packs, worktrees

UNUSED_SECONDS = 30 * 86400.0
_HOUR = 3600.0
_USED, _DOUBT = "used", "doubt"


def for_ever(room: Path, project: str, slots: int, code: Path) -> None:
    """Tidy up now, and every hour."""
    while True:
        with contextlib.suppress(OSError, FatalError):
            everything(room, project, slots, code, time.time())
        time.sleep(_HOUR)


def now_and_then(room: Path, project: str, slots: int, code: Path) -> None:
    """Tidy up where nothing stays running: everything if that is an hour ago, else the repository if it is due."""
    if time.time() - _last_used(room / project) > _HOUR or not (room / project / _USED).exists():
        everything(room, project, slots, code, time.time())
    else:
        repository(room / project)


def everything(room: Path, project: str, slots: int, code: Path, now: float) -> None:
    """Take away what nobody has used for thirty days (another version of our program, another home's project), and the
    worktrees of slots that are no more. ``code`` is the program that runs, ``now`` in seconds since the epoch."""
    mine = room / project
    mine.mkdir(mode=0o700, parents=True, exist_ok=True)
    (mine / _USED).touch()
    os.utime(code)
    for place in room.iterdir():
        if place not in (mine, code) and now - _last_used(place) > UNUSED_SECONDS:
            _take_away(place)
    for worktree in mine.glob("gate-*"):
        number = worktree.name.removeprefix("gate-")
        if number.isdigit() and int(number) > slots:
            with lock.tried(mine / f"{worktree.name}.lock") as is_free:
                if is_free:
                    worktrees.discard(mine / "repository.git", worktree)
    repository(mine)


def _last_used(place: Path) -> float:
    with contextlib.suppress(OSError):
        return (place / _USED).stat().st_mtime
    return place.lstat().st_mtime


def _take_away(place: Path) -> None:
    """With all that is in it, if nobody is at work there."""
    with contextlib.ExitStack() as stack:
        if all(stack.enter_context(lock.tried(one)) for one in [*place.glob("*.lock")]):
            directories.remove_at_once(place)


def repository(mine: Path) -> None:
    """Repack a project's repository if it is due; one at a time, and beside runs."""
    if (mine / "repository.git" / "HEAD").exists():
        with lock.tried(mine / "tidy.lock") as is_ours:
            if is_ours:
                packs.tidy(mine / "repository.git")


def doubt(mine: Path, slots: int) -> None:
    """git has failed there. The second time in a row, and while no run is at work in it, the repository is given up and
    sent anew with the next: one that is spoilt (a disk that was full, a power cut) would fail for ever."""
    mark = mine / _DOUBT
    if not mark.exists():
        mark.touch()
        return
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(lock.tried(mine / f"gate-{number}.lock")) for number in range(1, slots + 1)]
        if all(taken):
            with lock.held(mine / "repository.lock"):
                directories.remove_at_once(mine / "repository.git")
            mark.unlink(missing_ok=True)


def trust(mine: Path) -> None:
    """git has not failed there."""
    (mine / _DOUBT).unlink(missing_ok=True)
