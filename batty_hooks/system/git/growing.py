"""The next commit of a line that nobody checks out, written without a git: what has changed, the directories above it,
the commit, and the ref as git itself moves it (by a lock file, with its line in the reflog).

Everything lies whole under its name before the ref names it, and the disk is asked once for all of it, so what a power
cut leaves is this state or the one before.

Its callers hold a lock of their own against each other. So a lock of the ref that is what is noted to become of the ref
is left from a killed one of them, and goes; of git's own locks nothing is noted.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from batty_hooks.system.git import loose, refs
from batty_hooks.system.records import dataclass

_SOMEBODY = "batty-hooks <batty-hooks@batty-hooks>"


@dataclass(frozen=True)
class Place:
    """Where the line goes on: after its commit ``parent`` ("": it begins)."""

    cwd: Path
    ref: str
    parent: str


@dataclass(frozen=True)
class Directories:
    """What is to be in the next commit: the blob of each file by its directory ("": the top) and name; and of each
    directory its tree in the commit before, which is made that of the next one."""

    rooms: Mapping[str, Mapping[str, str]]
    trees: dict[str, str]


def is_possible(cwd: Path) -> bool:
    """Whether that repository keeps its objects and refs as plain files."""
    common = loose.common_directory(cwd)
    return loose.is_plain(common) and not refs.tables(common).exists()


def grow(place: Place, inside: Directories, changes: Mapping[str, bytes | None], head: bytes, text: bytes) -> str:
    """Make the next commit: ``changes`` are the files that differ from the one before (None: gone), ``head`` its
    people's lines, ``text`` its message. "" where git is to be asked: then the ref is where it was."""
    if not (inside.trees and place.parent and is_possible(place.cwd)):
        return ""
    common = loose.common_directory(place.cwd)
    new = loose.Unwritten(place.parent)
    for data in changes.values():
        if data is not None:
            new.put(b"blob", data)
    trees = _trees(inside, changes, new)
    if "" not in trees:
        return ""
    commit = new.put(b"commit", f"tree {trees['']}\nparent {place.parent}\n".encode() + head + b"\n\n" + text)
    try:
        new.write(common / "objects")
        if not _move(common, place, commit):
            return ""
    except OSError:  # git says what is wrong, in its words
        return ""
    inside.trees.clear()
    inside.trees.update(trees)
    return commit


def _trees(inside: Directories, changed: Iterable[str], new: loose.Unwritten) -> dict[str, str]:
    """Every directory's tree, those made anew in which something has changed."""
    below: dict[str, set[str]] = {}
    for room, names in inside.rooms.items():
        for above, child in _upwards(room) if names else ():
            below.setdefault(above, set()).add(child)
    stale = {above for name in changed for above, _ in _upwards(name)}
    alive = {room for room, names in inside.rooms.items() if names} | below.keys()
    trees = {room: tree for room, tree in inside.trees.items() if room in alive and room not in stale}
    for room in sorted(alive - trees.keys(), key=lambda room: room.count("/") + bool(room), reverse=True):
        entries = [(_raw(name), b"100644", blob) for name, blob in inside.rooms.get(room, {}).items()]
        entries += [(_raw(child.rpartition("/")[2]) + b"/", b"40000", trees[child]) for child in below.get(room, ())]
        lines = (b"%b %b\0%b" % (mode, name.rstrip(b"/"), bytes.fromhex(oid)) for name, mode, oid in sorted(entries))
        trees[room] = new.put(b"tree", b"".join(lines))
    return trees


def _upwards(path: str) -> Iterator[tuple[str, str]]:
    """Each directory above a path, with what leads from it to the path: (a/b, a/b/c), (a, a/b), ("", a)."""
    while path:
        above = path.rpartition("/")[0]
        yield above, path
        path = above


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _move(common: Path, place: Place, commit: str) -> bool:
    """Let the ref stand on ``commit`` if it stands on the parent; False when it does not, as a file of its own, or
    somebody else moves it."""
    file, lock = common / place.ref, common / f"{place.ref}.lock"
    noted = common / "objects" / f"tmp_obj_{place.ref.replace('/', '-')}"
    _heal(noted, lock)
    loose.temporary(noted, f"{commit}\n".encode(), mode=0o644)
    try:
        os.link(noted, lock)
        try:
            if file.read_text() != f"{place.parent}\n":
                os.unlink(lock)
                return False
            _note(common / "logs" / place.ref, f"{place.parent} {commit} {_SOMEBODY} {int(time.time())} +0000\tstate\n")
            os.rename(lock, file)
        except OSError:
            os.unlink(lock)
            raise
    except FileExistsError:
        return False
    finally:
        os.unlink(noted)
    return True


def _heal(noted: Path, lock: Path) -> None:
    """Take away what a killed one has left."""
    with contextlib.suppress(FileNotFoundError):
        left = noted.read_bytes()
        with contextlib.suppress(FileNotFoundError):
            if lock.read_bytes() == left:
                os.unlink(lock)
        os.unlink(noted)


def _note(log: Path, line: str) -> None:
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)
