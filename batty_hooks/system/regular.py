"""Reading a file that somebody else lays down: only a regular one. A named pipe is waited for until somebody writes
into it, and a device has no end."""

from __future__ import annotations

import errno
import os
import stat


def opened(path: str | os.PathLike[str]) -> int:
    """The descriptor of a regular file, open for reading. Raises OSError: IsADirectoryError for a directory, EINVAL
    for a pipe, a socket or a device."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # (a pipe without a writer would hold us up)
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
    raise OSError(number, os.strerror(number), os.fspath(path))


def read(path: str | os.PathLike[str]) -> tuple[bytes, os.stat_result]:
    """All that is in a regular file, and its status of the same moment. Raises OSError as `opened` does."""
    with open(opened(path), "rb") as file:
        return file.read(), os.fstat(file.fileno())


def kind(path: str | os.PathLike[str]) -> str:
    """What is at a place, as a person would say it; "nothing" where nothing is."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a link that leads to itself"
        return "a link to nothing" if os.path.islink(path) else "nothing"
    kinds = ((stat.S_ISDIR, "a directory"), (stat.S_ISREG, "a file"), (stat.S_ISFIFO, "a named pipe"),
             (stat.S_ISSOCK, "a socket"))  # fmt: skip
    return next((word for test, word in kinds if test(mode)), "a device")
