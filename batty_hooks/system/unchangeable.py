"""A file that may be neither changed nor replaced, whoever asks: `chattr +i` (or `+a`) on Linux, a file that is locked
in the Finder of macOS. Rights do not tell, and what is tried is refused at its last step."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
from pathlib import Path

from batty_hooks.system import regular

_GET_FLAGS = 0x80086601  # linux/fs.h: FS_IOC_GETFLAGS where a long has 64 bits
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_LOCKED = stat.UF_IMMUTABLE | stat.UF_APPEND | stat.SF_IMMUTABLE | stat.SF_APPEND


def mend(path: Path) -> str:
    """The command that makes it changeable again; "" where it is, and where nobody can tell."""
    with contextlib.suppress(OSError):
        status = os.stat(path)
        if getattr(status, "st_flags", 0) & _LOCKED:
            return f"chflags nouchg,noschg,nouappnd,nosappnd {shlex.quote(str(path))}"
        if _flags(path) & (_IMMUTABLE | _APPEND_ONLY):
            return f"sudo chattr -i -a {shlex.quote(str(path))}"
    return ""


def _flags(path: Path) -> int:
    """What `lsattr` shows. Raises OSError where the file system knows no such thing."""
    import fcntl

    fd = regular.opened(path)
    try:
        found = fcntl.ioctl(fd, _GET_FLAGS, bytes(8))
    finally:
        os.close(fd)
    return int.from_bytes(found[:4], "little")
