"""A fork copies the tables of this process's memory: of a hundred megabytes in pages of four kilobytes, that is half of
what the fork of a short command costs. In pages of two megabytes there is next to nothing to copy.

Asked of Linux once, for what is there by then (MADV_COLLAPSE, 6.1 and newer); where nobody knows it, nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

_COLLAPSE = 25  # linux/mman.h
_SIZE = 2 << 20


def use() -> None:
    """Let what this process has in memory lie in large pages."""
    with contextlib.suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None).madvise
        for begin, end in _own(Path("/proc/self/maps").read_text()):
            advise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _COLLAPSE)


def _own(maps: str) -> list[tuple[int, int]]:
    """From where to where there may be large pages: what is written to, and is no file."""
    found = []
    for line in maps.splitlines():
        place, rights, _, _, inode, *name = line.split(maxsplit=5)
        begin, end = (int(word, 16) for word in place.split("-"))
        begin, end = -(-begin // _SIZE) * _SIZE, end // _SIZE * _SIZE
        if rights == "rw-p" and inode == "0" and name in ([], ["[heap]"]) and begin < end:
            found.append((begin, end))
    return found
