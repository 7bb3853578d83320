"""The one door to filelock: an flock that a killed holder cannot leave behind.

The kernel frees an flock when its holder dies, so there are no stale locks; the lock *file* stays for ever,
because deleting it would let two holders in. It excludes flock(1) and `exec 9>>f; flock 9` of a shell too.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError

_POLL_SECONDS = 0.01


@contextlib.contextmanager
def held(path: Path, timeout: float = 60.0) -> Iterator[None]:
    """Hold the lock at ``path`` for the length of a with-block, waiting ``timeout`` seconds for it.

    Raises FatalError (75, try again) when somebody else keeps it longer.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(path), thread_local=False)
    try:
        lock.acquire(timeout=timeout, poll_interval=_POLL_SECONDS)
    except Timeout:
        raise FatalError(
            f"{path.name} has been held by another process for more than {timeout:g} s",
            f"try again; `fuser {path}` names the holder",
            TRY_AGAIN,
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def tried(path: Path) -> Iterator[bool]:
    """Hold the lock at ``path`` if it is free right now; the with-block gets True when it is held."""
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(path), thread_local=False)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not is_free(path):
                yield False
                return
    try:
        yield True
    finally:
        lock.release()


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock at ``path`` at this moment.

    Asked with a shared lock, so that those who ask are not taken for a holder: not by each other, nor by ``tried``.
    """
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True
