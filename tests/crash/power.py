"""Power loss: what a kill leaves behind, less all that no fsync has made lasting (SQLite's crash tests do the same).

What lies there at the n-th write is kept, as in `killing`; beside that, what was done to files is noted. Then the disk
is made what it may be after a power cut at that moment: ``NAMES`` lost, every name that was made, changed or taken away
since its directory was last synced is as it was; ``DATA`` lost, the names are there and every file that was not synced
is empty.
git keeps its own house: what it wrote before the cut is taken as it lies.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash.killing import at_points, in_child
from crash.moments import Moment, Moments

from batty_hooks.system import atomic

NAMES, DATA = "names", "data"
_CHANGES = ("rename", "replace", "link", "unlink", "symlink", "mkdir")


def cuts(root: Path, work: Callable[[], object], first: dict[str, int], stride: int) -> Iterator[tuple[int, str]]:
    """``root`` as a power cut during ``work`` leaves it, at the points from ``first`` on, of each kind of loss; once
    where two leave the same. ``work`` is done once, and what lies there at each point is kept with what was noted until
    then. (Programs that it runs end with the power.)"""
    moments, notes = Moments(root, root.parent / "kept"), root.parent / "notes"
    notes.mkdir()
    found: list[tuple[int, Moment, int]] = []

    def keep(number: int) -> None:
        if any(number >= at and (number - at) % stride == 0 for at in first.values()):
            found.append((number, moments.now(), (notes / "log").stat().st_size))

    def watched() -> None:
        _record(root, notes)
        at_points(keep, syncs=True)
        work()
        (notes / "found").write_bytes(pickle.dumps(found))

    assert in_child(watched)
    whole, seen = moments.now(), []
    for number, moment, noted in pickle.loads((notes / "found").read_bytes()):
        for lost, at in first.items():
            if number >= at and (number - at) % stride == 0:
                moments.bring_back(moment)
                _lose(_read(notes, noted), lost)
                if (left := moments.read()) not in seen:
                    seen.append(left)
                    yield number, lost
    moments.bring_back(whole)


@dataclass
class _Notes:
    """``pending`` are the changes of names whose directory was not synced since, ``unsynced`` files with data that was
    not, by their path now."""

    pending: list[dict[str, Any]] = field(default_factory=list)
    unsynced: set[str] = field(default_factory=set)


def _record(root: Path, notes: Path) -> None:
    """Note every change of a name below ``root`` with what it replaces, every write and every sync."""
    log = os.open(notes / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    me, write, count = os.getpid(), os.write, [0]

    def note(**facts: object) -> None:
        write(log, (json.dumps(facts) + "\n").encode())

    def below(path: object) -> str | None:
        text = os.path.abspath(os.fspath(path)) if isinstance(path, (str, os.PathLike)) else ""
        return text if text.startswith(f"{root}/") and "/.git/" not in text else None

    def kept(path: str) -> str:
        """A copy of what lies at a path; "" when nothing does."""
        if not os.path.lexists(path) or (os.path.isdir(path) and not os.path.islink(path)):
            return ""
        count[0] += 1
        shutil.copy2(path, notes / str(count[0]), follow_symlinks=False)
        return str(notes / str(count[0]))

    def changing(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: Any, **named: Any) -> object:
            source, target = (
                arguments[0],
                arguments[1] if name in ("rename", "replace", "link", "symlink") else arguments[0],
            )
            place = below(target)
            if os.getpid() != me or place is None or named.get("dir_fd") is not None:
                return function(*arguments, **named)
            old = kept(place)
            result = function(*arguments, **named)
            note(
                did="rename" if name == "replace" else name,
                source=os.path.abspath(os.fspath(source)),
                place=place,
                old=old,
            )
            return result

        return call

    def on_file(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(fd: int, *arguments: Any) -> object:
            result = function(fd, *arguments)
            if os.getpid() == me:
                place = below(os.readlink(f"/proc/self/fd/{fd}"))
                if place:
                    note(did=name, place=place)
            return result

        return call

    exchange = atomic.exchange

    def exchanged(first: Path, second: Path) -> bool:
        # Noted before: it ends with the sync that makes it last. (What lay there is still there.)
        if os.getpid() == me and below(first) and below(second):
            note(did="exchange", source=str(second), place=str(first), old="")
        return exchange(first, second)

    atomic.exchange = exchanged
    for name in _CHANGES:
        setattr(os, name, changing(name, getattr(os, name)))
    for name in ("write", "fsync"):
        setattr(os, name, on_file(name, getattr(os, name)))


def _read(notes: Path, until: int) -> _Notes:
    found = _Notes()
    for line in (notes / "log").read_bytes()[:until].splitlines():
        facts = json.loads(line)
        did, place = facts["did"], facts["place"]
        if did == "write":
            found.unsynced.add(place)
        elif did == "fsync":
            found.unsynced.discard(place)
            found.pending = [one for one in found.pending if os.path.dirname(one["place"]) != place]
        elif did == "exchange":
            pair = {place, facts["source"]}
            if len(pair & found.unsynced) == 1:
                found.unsynced ^= pair
            found.pending.append(facts)
        else:
            if did in ("rename", "link") and facts["source"] in found.unsynced:
                found.unsynced.add(place)
            if did in ("rename", "unlink"):
                found.unsynced.discard(facts["source"])
            found.pending.append(facts)
    return found


def _lose(notes: _Notes, lost: str) -> None:
    if lost == DATA:
        for path in notes.unsynced:
            if os.path.exists(path) and not path.endswith(("events.jsonl", ".log")):  # the log is a log
                os.truncate(path, 0)
        return
    for change in reversed(notes.pending):
        _undo(change)


def _undo(change: dict[str, Any]) -> None:
    did, place, old = change["did"], Path(change["place"]), change["old"]
    if did == "mkdir":
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
        return
    if did == "exchange":
        atomic.exchange(place, Path(change["source"]))
        return
    if did == "rename" and os.path.lexists(place) and Path(change["source"]).parent.is_dir():
        os.rename(place, change["source"])
    elif did in ("link", "symlink"):
        place.unlink(missing_ok=True)
    if old and place.parent.is_dir():
        shutil.copy2(old, place, follow_symlinks=False)
