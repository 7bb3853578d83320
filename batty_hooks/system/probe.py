"""What a place can do that we stand on: asked once, before anything is made there."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from batty_hooks.system import lock, process

_PAGE = 4096  # bytes: an empty file finds place on many a full disk
_LEAST = 1 << 20  # bytes: with less git makes hardly a commit
_MENDS = {
    errno.ENOSPC: "free some space (`df -h` and `df -i` show where)",
    errno.EDQUOT: "free some space (`quota` shows how much is yours)",
    errno.EROFS: "mount it writable",
}
_ELSEWHERE = "keep the project on a local file system (ext4, xfs, btrfs, APFS)"


def lacking(directory: Path) -> tuple[str, str] | None:
    """What ``directory`` cannot do and how to mend it; None when it has all that is needed.

    Hard links are not among it: without them a lock does the same (see `atomic.place`).
    """
    if refused := unwritable(directory):
        return refused
    import tempfile

    place = Path(tempfile.mkdtemp(prefix=".batty-probe-", dir=directory))
    try:
        for what, works, mend in (
            ("has no symbolic links", _links, _ELSEWHERE),
            ("has no file locks (flock)", _locks, _ELSEWHERE),
            ("starts no programs (it is mounted noexec)", _starts, "mount it with exec: git hooks are programs"),
        ):
            if not works(place):
                return f"{directory} is on a file system that {what}", mend
        return None
    finally:
        import shutil

        shutil.rmtree(place, ignore_errors=True)


def unwritable(directory: Path) -> tuple[str, str] | None:
    """Why nothing can be written in ``directory`` (rights, a read-only or a full disk) and how to mend it, or None. It
    is tried: rights alone do not tell."""
    import tempfile

    try:
        with tempfile.TemporaryFile(prefix=".batty-probe-", dir=directory, buffering=0) as file:
            file.write(bytes(_PAGE))
    except OSError as error:
        return _cannot(directory, error.errno or errno.EIO)
    return None


def closed(directory: Path) -> tuple[str, str] | None:
    """The same, as far as it can be told without writing anything."""
    try:
        known = os.statvfs(directory)
    except OSError as error:
        return _cannot(directory, error.errno or errno.EIO)
    free = (known.f_bfree if os.geteuid() == 0 else known.f_bavail) * known.f_frsize
    if known.f_flag & os.ST_RDONLY:
        return _cannot(directory, errno.EROFS)
    if not os.access(directory, os.W_OK):
        return _cannot(directory, errno.EACCES)
    if (known.f_blocks and free < _LEAST) or (known.f_files and not known.f_ffree):
        return _cannot(directory, errno.ENOSPC)
    return None


def _cannot(directory: Path, why: int) -> tuple[str, str]:
    mend = _MENDS.get(why, "`ls -ld` shows whose it is, `df` what it is on")
    return f"{directory} cannot be written: {os.strerror(why)}", mend


def _links(place: Path) -> bool:
    with contextlib.suppress(OSError):
        os.symlink("target", place / "link")
        return os.readlink(place / "link") == "target"
    return False


def _locks(place: Path) -> bool:
    return lock.works(place / "lock")


def _starts(place: Path) -> bool:
    program = place / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    with contextlib.suppress(OSError):
        return process.capture([str(program)], cwd=place).returncode == 0
    return False
