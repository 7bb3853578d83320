"""Writes that are there whole or not at all, and still there after a power cut.

The order is always: temporary file in the same directory, fsync, one atomic rename or link, fsync of the
directory (qmail's way). 40 kB take 0.7 ms, so everything that matters is written like this.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import itertools
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.system import regular

_counter = itertools.count()
_BY_UMASK = 0o666  # what is new has the rights that the umask leaves (see `group`)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_RENAME_EXCHANGE = 2  # linux/fs.h; macOS calls it RENAME_SWAP and has the same value
_WRITTEN = 7  # linux/fs.h: SYNC_FILE_RANGE_WAIT_BEFORE | WRITE | WAIT_AFTER
_AT_FDCWD = -100 if sys.platform.startswith("linux") else -2


def refusal(error: Exception) -> FatalError | None:
    """The words for a disk that is full or fails, for a place that may not be written or is taken by something else,
    and for a limit of the system that is reached; or None."""
    if isinstance(error, ImportError):
        error = _by_the_system(error)
    if not isinstance(error, OSError):
        return None
    file = error.filename2 or error.filename or "a file"  # (of a rename, what it was to become)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        mend = "free some space; the next step carries on where this one stopped"
        return FatalError(f"the disk is full: {file} could not be written", mend, TRY_AGAIN)
    if error.errno == errno.EIO and error.filename:  # (a terminal that has gone has no name)
        mend = "`dmesg` says what is wrong with it; the next step carries on where this one stopped"
        return FatalError(f"the disk failed at {file}: {error.strerror}", mend, TRY_AGAIN)
    if error.errno in (errno.EMFILE, errno.ENFILE):
        mend = "`ulimit -n 4096` in this shell raises the limit; the next step carries on where this one stopped"
        return FatalError(f"no more files can be opened here ({file}): {error.strerror}", mend, TRY_AGAIN)
    if error.errno in (errno.ENOMEM, errno.EAGAIN):
        mend = "end what takes it, or raise the limit (`ulimit -a`); the next step carries on where this one stopped"
        return FatalError(
            f"the system has no room for another process or more memory: {error.strerror}", mend, TRY_AGAIN
        )
    if error.errno == errno.EROFS:
        mend = "mount it writable; the next step carries on where this one stopped"
        return FatalError(f"{file} could not be written: {error.strerror}", mend)
    if error.errno in (errno.EACCES, errno.EPERM):
        return FatalError(
            f"{file} could not be written: {error.strerror}", "`ls -l` shows whose it is, `df` what it is on"
        )
    taken = error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
    if os.path.isabs(file) and (taken or (error.errno == errno.ENOENT and _leads_nowhere(Path(file)))):
        return in_the_way(Path(file))
    return None


def _by_the_system(error: ImportError) -> Exception:
    """What the system said to the loader of a library, which hands on its words alone."""
    for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        if str(error).endswith(os.strerror(number)):
            return OSError(number, os.strerror(number), error.path)
    return error


def _leads_nowhere(place: Path) -> bool:
    """Whether a link to nothing is at ``place``, or at the first place above it that there is."""
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    return not place.exists()


def in_the_way(place: Path, and_then: str = "") -> FatalError:
    """The words for a file where a directory belongs at ``place`` or above it, or the other way round; ``and_then``
    makes anew what belongs there, if that needs a command."""
    import shlex

    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    away = next(name for number in range(1000) if not os.path.lexists(name := f"{place}.away{number or ''}"))
    mend = f"mv {shlex.quote(str(place))} {shlex.quote(away)}"
    return FatalError(
        f"{place} is in the way: it is {regular.kind(place)}",
        f"{mend} && {and_then}" if and_then else f"{mend}  (what belongs there is made anew)",
    )


def require_kind(place: Path, is_directory: bool, and_then: str = "") -> None:
    """Raises FatalError where something else than a directory (or than a file) is at ``place``; see `in_the_way`."""
    if os.path.lexists(place) and not (place.is_dir() if is_directory else place.is_file()):
        raise in_the_way(place, and_then)


def sync_directory(directory: Path) -> None:
    """Make the names in ``directory`` survive a power cut."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        raise _refused(error, directory) from error
    finally:
        os.close(fd)


def _refused(error: OSError, place: Path) -> OSError | FatalError:
    """The error with a name to it: those of a file descriptor have none."""
    error.filename = error.filename or str(place)
    return refusal(error) or error


def hand_over(fd: int) -> None:
    """Have a file's data on the disk, so that one fsync of another file makes it last (what git calls
    `core.fsyncMethod=batch`): of a dozen small files a third of the time that an fsync of each takes.

    Linux: sync_file_range; elsewhere, and where that cannot be, it is an fsync.
    """
    call = _file_range()
    if call is None or call(fd, 0, 0, _WRITTEN):
        os.fsync(fd)


@functools.cache
def _file_range() -> Callable[[int, int, int, int], int] | None:
    """The system's own sync_file_range; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call


def write_temporary(directory: Path, data: bytes, mode: int = _BY_UMASK, lasting: bool = True) -> Path:
    """A new file with ``data`` in ``directory``, synced if it is to be ``lasting``; the caller renames or links it.

    The name begins with a dot, so listings of finished files pass it over.
    """
    path = directory / f".tmp-{os.getpid()}-{next(_counter)}-{os.urandom(4).hex()}"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        if lasting:
            os.fsync(fd)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise _refused(error, directory) from error
    finally:
        os.close(fd)
    return path


def write(path: Path, data: bytes | str, mode: int | None = None, lasting: bool = True) -> None:
    """Put ``data`` at ``path``, replacing what is there; readers see the old or the new, never a part.

    Keeps the mode of a file that is replaced. Not ``lasting`` is what means nothing after a power cut, and is not worth
    the disk's time. Raises FatalError when the disk is full.
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    if mode is None:
        with contextlib.suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.stat().st_mode)
    temporary = write_temporary(path.parent, raw, _BY_UMASK if mode is None else mode, lasting)
    if mode is not None:
        os.chmod(temporary, mode)
    try:
        os.rename(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if lasting:
        sync_directory(path.parent)


def create(path: Path, data: bytes | str) -> bool:
    """Put ``data`` at ``path`` if nothing is there yet: True when this call did it."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return place(write_temporary(path.parent, raw), path)


def place(temporary: Path, path: Path) -> bool:
    """Give a finished file its name if nothing has that yet: True when this call did it; ``temporary`` is gone then.

    link(2) is the atomic step: of any number of writers exactly one gets True. Where there are no hard links (exFAT,
    many shares), a lock on the directory keeps those who call this apart, and the rename is the step.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with _alone_in(path.parent):
            if os.path.lexists(path):
                return False
            os.rename(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)
    return True


@contextlib.contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory itself: no lock file lies among what others read there."""
    fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def remove(*paths: Path) -> None:
    """Take files away; no error for one that is gone already."""
    directories = set()
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
            directories.add(path.parent)
    for directory in directories:
        sync_directory(directory)


def append_line(path: Path, line: bytes) -> None:
    """Append one line (without its newline) in one checked write, mending a torn tail first.

    Call it under a lock: O_APPEND keeps writers apart, but a killed writer leaves half a line, and only
    a writer that is alone can see that.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _BY_UMASK)
    try:
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + line + b"\n"
        if os.write(fd, data) != len(data):
            raise OSError(errno.ENOSPC, "short write", str(path))
    except OSError as error:
        raise _refused(error, path) from error
    finally:
        os.close(fd)


def exchange(first: Path, second: Path) -> bool:
    """Swap two files in one atomic step; False where the system or file system cannot.

    Linux: renameat2(RENAME_EXCHANGE); macOS: renamex_np(RENAME_SWAP).
    """
    import ctypes  # 4 ms, and most commands never exchange anything

    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":  # pragma: no cover - exercised on macOS only
        function, arguments = library.renamex_np, (os.fsencode(first), os.fsencode(second), _RENAME_EXCHANGE)
    else:
        if not hasattr(library, "renameat2"):
            return False
        function = library.renameat2
        arguments = (
            _AT_FDCWD,
            os.fsencode(first),
            _AT_FDCWD,
            os.fsencode(second),
            _RENAME_EXCHANGE,
        )
    if function(*arguments) == 0:
        sync_directory(first.parent)
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(first))
