"""The one door to filelock: an flock that a killed holder cannot leave behind.

The kernel frees an flock when its holder dies, so there are no stale locks; the lock *file* stays for ever,
because deleting it would let two holders in. It excludes flock(1) and `exec 9>>f; flock 9` of a shell too.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError

_POLL_SECONDS = 0.01


@contextlib.contextmanager
def held(path: Path, timeout: float = 60.0) -> Iterator[None]:
    """Hold the lock at ``path`` for the length of a with-block, waiting ``timeout`` seconds for it.

    Raises FatalError (75, try again) when somebody else keeps it longer.
    """
    release = _taken(path, timeout)
    if release is None:
        what = f"{path.name} has been held by another process for more than {timeout:g} s"
        for pid in _suspended(path):
            mend = f"kill -CONT {pid}  (or `fg` in its terminal, then this again)"
            raise FatalError(f"{what}, and that one is suspended (Ctrl-Z)", mend, TRY_AGAIN)
        raise FatalError(what, f"try again; `fuser {path}` names the holder", TRY_AGAIN)
    try:
        yield
    finally:
        release()


@contextlib.contextmanager
def tried(path: Path, patience: float = 0.0) -> Iterator[bool]:
    """Hold the lock at ``path`` if it is free now, or within ``patience`` seconds; the with-block gets True when it is
    held."""
    while (release := _taken(path, patience)) is None:
        if not is_free(path):
            yield False
            return
    try:
        yield True
    finally:
        release()


def _suspended(path: Path) -> list[int]:
    from batty_hooks.system import holders, process

    return [pid for pid in holders.of([path]) if process.suspended(pid)]


def _taken(path: Path, seconds: float) -> Callable[[], None] | None:
    """Take a lock, now or within some seconds: what releases it, or None."""
    return _at_once(path) or (_waited_for(path, seconds) if seconds > 0 else None)


def _at_once(path: Path) -> Callable[[], None] | None:
    """Take a lock that is free, as most are: what releases it, or None. It needs no library, which would cost as much
    as all the rest of a short command."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_nlink:  # else somebody deleted the file just now, and others lock a new one
            return functools.partial(_let_go, fd)
    except BlockingIOError:
        pass
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _let_go(fd: int) -> None:
    fcntl.flock(fd, fcntl.LOCK_UN)  # for a child, too, that has been forked and is not yet another program
    os.close(fd)


def _waited_for(path: Path, seconds: float) -> Callable[[], None] | None:
    """Take a lock that somebody else holds, when it is let go."""
    from filelock import FileLock, Timeout

    lock = FileLock(str(path), thread_local=False)
    try:
        lock.acquire(timeout=seconds, poll_interval=_POLL_SECONDS)
    except Timeout:
        return None
    return lock.release


def works(path: Path) -> bool:
    """Whether there are locks where ``path`` is to be: some shares have none."""
    try:
        with open(path, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


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
