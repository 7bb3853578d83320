"""Transcripts that the CLIs append to. A process that counts them again and again reads on from where it was.

What was made of the lines so far is kept with how far each file was read. All is read anew when one of the files is
gone, was replaced, shrank, or holds something else before that place than what was read there. It is a memory of the
process and no record: a new one reads them whole, once.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

_END_BYTES = 64
_Made = TypeVar("_Made")


class _Mark(NamedTuple):
    """How far a file was read, which one that was, and the last bytes before that place."""

    inode: int
    offset: int
    end: bytes


_known: dict[object, tuple[Mapping[Path, _Mark], Any]] = {}


def gathered(key: object, files: Sequence[Path], containing: bytes, new: Callable[[], _Made],
             take: Callable[[_Made, dict[str, Any]], None]) -> _Made:  # fmt: skip
    """What ``take`` has made, from what ``new`` gave, of each whole line of JSON that holds those bytes, in files that
    belong together under that ``key``. What is torn or no object is passed over, as is a file that cannot be read."""
    marks, before = _known.pop(key, ({}, None))  # (taken away: who fails in between begins anew)
    goes_on = all(path in files and _is_as_it_was(path, mark) for path, mark in marks.items())
    made: _Made = before if goes_on and before is not None else new()
    reached = dict(marks) if made is before else {}
    for path in files:
        with contextlib.suppress(OSError), path.open("rb") as file:
            mark = reached.get(path) or _Mark(os.fstat(file.fileno()).st_ino, 0, b"")
            file.seek(mark.offset)
            for line in _whole(file):
                if containing in line and (entry := _parsed(line)) is not None:
                    take(made, entry)
                mark = _Mark(mark.inode, mark.offset + len(line), line[-_END_BYTES:])
            reached[path] = mark
    _known[key] = reached, made
    return made


def _is_as_it_was(path: Path, mark: _Mark) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(mark.offset - len(mark.end))
            return os.fstat(file.fileno()).st_ino == mark.inode and file.read(len(mark.end)) == mark.end
    except OSError:
        return False


def _whole(file: BinaryIO) -> Iterator[bytes]:
    """The lines that are written to their end; the last may still be."""
    return (line for line in file if line.endswith(b"\n"))


def _parsed(line: bytes) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError, RecursionError):
        entry = json.loads(line.decode("utf-8", "replace"))
        return entry if isinstance(entry, dict) else None
    return None
