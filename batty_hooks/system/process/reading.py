"""Reading what a program printed, as lines a person may see: no colours, no control characters, none endless."""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.system import printable

_LONGEST_LINE = 2000
_MOST_BYTES = 1_000_000


def tail(path: Path, lines: int) -> list[str]:
    """The last ``lines`` lines of a file of any size and content, read from its end."""
    wanted = b""
    with open(path, "rb") as file:
        position = file.seek(0, os.SEEK_END)
        while position > 0 and wanted.count(b"\n") <= lines and len(wanted) < _MOST_BYTES:
            size = min(65536, position)
            position -= size
            file.seek(position)
            wanted = file.read(size) + wanted
    return _lines(wanted)[-lines:]


def head(path: Path) -> list[str]:
    """The lines of a file's first million bytes."""
    with open(path, "rb") as file:
        return _lines(file.read(_MOST_BYTES))


def _lines(raw: bytes) -> list[str]:
    lines = raw.decode("utf-8", "replace").split("\n")
    return [_plain(line) for line in (lines if lines[-1] else lines[:-1])]


def _plain(line: str) -> str:
    """A line as it stands on a screen in the end: a progress bar, which returns to its start, was written over."""
    shown = printable.of(line.rstrip("\r").rpartition("\r")[2])
    more = len(shown) - _LONGEST_LINE
    return f"{shown[:_LONGEST_LINE]} … ({more:,} characters more)" if more > 0 else shown
