"""Where the messages of a Maildir lie, and what their names say: id, flags, read or not."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from batty_hooks.system import late, regular
from batty_hooks.system.directories import names

_SAFE = late.pattern(r"[^A-Za-z0-9._@+-]")
_HEAD_BYTES = 4096


def named(id: str) -> str:
    """What of an id may stand in the name of a file: the id of a message of ours, once it lies there."""
    return _SAFE.sub("_", id)


def all_paths(box: Path) -> list[str]:
    """Where each message lies, as words: ten thousand Path objects are slower than their ten thousand files."""
    return [f"{box}/{place}/{name}" for place in ("new", "cur") for name in names(f"{box}/{place}")]


def unread_paths(box: Path) -> list[str]:
    """Where each message lies that nobody has read yet."""
    return [path for path in all_paths(box) if is_unread(path)]


def is_unread(path: str) -> bool:
    """Whether nobody has read a message; one that was withdrawn nobody need."""
    place, name = path.rsplit("/", 2)[1:]
    return place == "new" or not set(name.partition(":2,")[2]) & {"S", "T"}


def oldest_first(paths: Iterable[str], since: float = 0.0) -> list[str]:
    """Those written ``since`` then (seconds since the epoch), in the order of their times."""
    dated = []
    for path in paths:
        with contextlib.suppress(OSError):  # gone meanwhile, or a link that leads to itself
            written = os.stat(path).st_mtime_ns
            if written >= since * 1e9:
                dated.append((written, path))
    return [path for _, path in sorted(dated)]


def id_of(path: str) -> str:
    """The id of a message."""
    return path.rpartition("/")[2].partition(":2,")[0]


def paths_of(box: Path, id: str) -> Iterator[str]:
    """Where the message of an id lies. One of ours is named by what of its id may stand in a name, one that another
    program delivered however that likes (`….host,S=1234`)."""
    wanted = (id, named(id))
    for place in ("new", "cur"):  # one after the other: what goes from here to there in between is found there
        yield from (f"{box}/{place}/{name}" for name in names(f"{box}/{place}") if id_of(name) in wanted)


def head(path: str) -> bytes | None:
    """The beginning of a message, in which its headers are; None when it is gone."""
    try:
        fd = regular.opened(path)
    except OSError:
        return None
    try:
        return os.read(fd, _HEAD_BYTES)
    finally:
        os.close(fd)
