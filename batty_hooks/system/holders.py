"""Who holds an flock. The kernel tells on Linux (/proc/locks), where a lock has no name: it is the number of its file,
and the process has that file open."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

_LOCKS = Path("/proc/locks")


def of(files: Iterable[Path]) -> list[int]:
    """The processes that hold the flock of one of these files, as far as that can be seen from here."""
    try:
        lines = _LOCKS.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    known: dict[str, Path] = {}
    for file in files:
        with contextlib.suppress(OSError):
            known[str(os.stat(file).st_ino)] = file
    held = [(pid, known[number]) for pid, number in _flocks(lines) if number in known]
    return list(dict.fromkeys(pid for pid, file in held if _has_open(pid, file)))


def _flocks(lines: Iterable[str]) -> list[tuple[int, str]]:
    """The process and the file's number of each flock that is held; who waits for one has `->` before it."""
    found = []
    for line in lines:
        words = line.split()
        if words[1:2] == ["FLOCK"] and len(words) > 5 and words[4].isdigit():
            found.append((int(words[4]), words[5].rpartition(":")[2]))
    return found


def _has_open(pid: int, file: Path) -> bool:
    """Whether a process has that file open: files of two disks may have one number."""
    with contextlib.suppress(OSError):
        return any(os.path.samefile(entry.path, file) for entry in os.scandir(f"/proc/{pid}/fd") if _is_at(entry, file))
    return False


def _is_at(entry: os.DirEntry[str], file: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.path.basename(os.readlink(entry.path)) == file.name
    return False
