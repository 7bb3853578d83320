"""What Linux itself says of changes in directories, without a library between.

watchfiles has another mask: it wakes up whenever anybody opens a directory that it watches, and it looks into its own
queue several times a second, changes or not. Here a process sleeps until something has changed.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import time
from collections.abc import Sequence

_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name
# Written, made, moved, deleted, other times or rights; and the directory itself is gone.
_CHANGES = 0x002 | 0x004 | 0x008 | 0x040 | 0x080 | 0x100 | 0x200 | 0x400 | 0x800
_DIRECTORIES_ONLY, _OVERFLOW = 0x01000000, 0x4000
_CLOSE_ON_EXEC, _NON_BLOCKING = os.O_CLOEXEC, os.O_NONBLOCK
_READ_BYTES = 1 << 16


class Inotify:
    """Hears of what changes in some directories, not below them, from now on. Raises OSError where that cannot be."""

    def __init__(self, directories: Sequence[str]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._done(self._libc.inotify_init1(_CLOSE_ON_EXEC | _NON_BLOCKING))
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        try:
            self._names = {self._add(directory): directory for directory in directories}
        except OSError:
            os.close(self._fd)
            raise

    def __enter__(self) -> Inotify:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def wait(self, timeout_ms: int, still_ms: int, most_ms: int) -> set[str]:
        """The paths that have changed, none after ``timeout_ms`` without a change. Told when nothing more has come for
        ``still_ms``, or changes have come for ``most_ms``. Where too much has changed to be told: all directories."""
        found = set[str]()
        if self._poll.poll(timeout_ms):
            limit = time.monotonic() + most_ms / 1000
            self._read(found)
            while time.monotonic() < limit and self._poll.poll(still_ms):
                self._read(found)
        return found

    def _add(self, directory: str) -> int:
        return self._done(
            self._libc.inotify_add_watch(self._fd, os.fsencode(directory), _CHANGES | _DIRECTORIES_ONLY), directory
        )

    def _read(self, found: set[str]) -> None:
        said, at = os.read(self._fd, _READ_BYTES), 0
        while at < len(said):
            watch, mask, _, length = _EVENT.unpack_from(said, at)
            at += _EVENT.size + length
            place = self._names.get(watch, "")
            if mask & _OVERFLOW:
                found.update(self._names.values())
            elif place:
                name = os.fsdecode(said[at - length : at].rstrip(b"\0"))
                found.add(f"{place}/{name}" if name else place)

    def _done(self, answer: int, directory: str = "") -> int:
        if answer < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), directory)
        return answer
