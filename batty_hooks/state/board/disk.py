"""`kanban.md` as a file that editors write while we read, and read while we write.

Every editor shows a reader an empty, partial or missing file for some milliseconds, so a text counts only when it
stands still. And we write by *exchanging* two files: the file that was there comes out whole, so a save of the same
moment is seen, and an editor that was just writing in place goes on in a file we still have.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from batty_hooks.system import atomic, directories, regular
from batty_hooks.system.records import dataclass

SETTLE_SECONDS = 0.05
DOUBT_SECONDS = 2.0
MISSING_SECONDS = 0.5
_Mark = tuple[int, int, int]
_NONE_TO_READ = (errno.ENOENT, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EINVAL, errno.ELOOP)


def settled(
    path: Path, known: Callable[[bytes], bool], doubt: Callable[[bytes], str], patience: float = MISSING_SECONDS
) -> tuple[bytes, str]:
    """The text of a file that stands still, and why it is doubtful ("" normally).

    A ``known`` text counts at once. One with a ``doubt`` is waited for until it is two seconds old. Raises
    FileNotFoundError when the file is missing for longer than ``patience``: some editors take it away before they
    write.
    """
    limit = time.monotonic() + DOUBT_SECONDS
    raw, mark = _look(path, patience)
    while not known(raw):
        age = time.time() - mark[1] / 1e9
        if age < SETTLE_SECONDS:
            time.sleep(min(SETTLE_SECONDS - age, SETTLE_SECONDS))
            before, (raw, mark) = (raw, mark), _look(path, patience)
            if before != (raw, mark):
                if time.monotonic() > limit + DOUBT_SECONDS:
                    return raw, "it is being written all the time"
                continue
        reason = doubt(raw)
        if not reason or age >= DOUBT_SECONDS or time.monotonic() > limit:
            return raw, reason
        time.sleep(SETTLE_SECONDS)
        raw, mark = _look(path, patience)
    return raw, ""


def _look(path: Path, patience: float) -> tuple[bytes, _Mark]:
    limit = time.monotonic() + patience
    while True:
        try:
            raw, status = regular.read(path)
        except FileNotFoundError:
            if time.monotonic() > limit:
                raise
            time.sleep(SETTLE_SECONDS / 5)
        else:
            return raw, (status.st_ino, status.st_mtime_ns, status.st_size)


@dataclass(frozen=True)
class Swap:
    """How a replacement went: whether it was ``written``, the text ``found`` in its place, and the file ``out``
    that holds it."""

    written: bool
    found: bytes
    out: Path | None = None


def replace(target: Path, wanted: bytes, expected: bytes, room: Path) -> Swap:
    """Put ``wanted`` at ``target``; the file that was there stays in ``room`` as `swap-…` for a while.

    Where files cannot be exchanged, nothing is written when the file is not as ``expected`` right before the rename; a
    save within the microseconds between is then lost. Raises FileNotFoundError when there is no file at ``target``.
    """
    mode = stat.S_IMODE(target.stat().st_mode)
    if target.parent.stat().st_dev == room.stat().st_dev:
        temporary = atomic.write_temporary(room, wanted, mode)
        os.chmod(temporary, mode)
        # Only a whole file gets this name: what is found under it after a kill can be trusted.
        out = room / temporary.name.replace(".tmp-", "swap-")
        os.rename(temporary, out)
        if _exchanged(target, out):
            return Swap(True, out.read_bytes(), out)
        out.unlink()
    temporary = atomic.write_temporary(target.parent, wanted, mode)
    os.chmod(temporary, mode)
    found = target.read_bytes()
    if found != expected:
        temporary.unlink()
        return Swap(False, found)
    os.rename(temporary, target)
    atomic.sync_directory(target.parent)
    return Swap(True, found)


def _exchanged(target: Path, out: Path) -> bool:
    """Exchange them where that can be done: not over the border of a mount, and an agent's sandbox mounts `.batty/` by
    itself, from the same file system."""
    try:
        return atomic.exchange(target, out)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False


def target(path: Path) -> Path:
    """The file that is written where ``path`` may be a link to it; a link that leads to itself is its own."""
    return Path(os.path.realpath(path))


def swapped_out(room: Path) -> list[Path]:
    """The files that exchanges left, and that an editor may have gone on writing to."""
    return [room / name for name in directories.matching(room, "swap-")]


def hand_in(room: Path, copy: Path) -> None:
    """Put a copy of the board that was edited elsewhere beside the files that exchanges left: also where its worktree
    is on another disk. One that is saved again meanwhile stays, to be handed in again."""
    out = room / f"swap-{time.time_ns()}"
    try:
        os.rename(copy, out)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        raw = copy.read_bytes()
        atomic.write(out, raw)
        if copy.read_bytes() == raw:
            copy.unlink()


def is_old(path: Path) -> bool:
    """Whether a swapped-out file has been left alone for so long that no editor writes to it any more."""
    status = path.stat()
    return time.time() - max(status.st_ctime, status.st_mtime) >= DOUBT_SECONDS


def age(path: Path) -> float:
    """How many seconds ago a file was written; 0 when it is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def text_of(path: Path) -> bytes | None:
    """What is in a file this moment, whole or not; None when there is none, or none that can be read."""
    try:
        return regular.read(path)[0]
    except OSError as error:
        if error.errno in _NONE_TO_READ:
            return None
        raise
