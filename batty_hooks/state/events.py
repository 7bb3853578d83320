"""`.batty/events.jsonl`: every move one line, for people (`batty-hooks log`) and scripts.

A line is JSON: `v` (schema version), `seq` (1, 2, …), `ts` (UTC), `id` (deterministic: a move made twice writes
it once), `event`, and what it is about: `card`, `member`, `commit`, `tree`, … Fields are only ever added.

At 8 MB it goes on in a file that begins with its last 256 kB: what `recent` gives is the same before and after. The
last 8 MB lie in `events.1.jsonl` until the next time.

The log decides nothing. What was said once (a question put to somebody, a refusal of git, a move past the guard) has a
small file where it belongs; a test spoils the log after each move and finds all that is derived the same.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late, lock

VERSION = 1
_LONGEST = 4000
_TAIL = 256 * 1024
_MOST = 8 * 1024 * 1024
_BLOCK = 64 * 1024
_SAID = late.pattern(rb'"(?:card|event)": ?"((?:[^"\\]|\\.)*)"')


def append(project: Project, id: str, event: str, **facts: object) -> bool:
    """Write one event unless one with this ``id`` is there already; True when it was written."""
    with lock.held(project.lock("events"), 10):
        recent = _tail(project.events_file)
        if any(line.get("id") == id for line in _parsed(recent, id)):
            return False
        last = next(_parsed(reversed(recent)), {})
        line = {
            "v": VERSION,
            "seq": int(last.get("seq", 0)) + 1,
            "ts": now(),
            "id": id,
            "event": event,
            **{name: value for name, value in facts.items() if value not in (None, "")},
        }
        atomic.append_line(project.events_file, _fitted(line))
        if size(project) > _MOST:
            _rotate(project.events_file)
    return True


def _rotate(path: Path) -> None:
    """Keep the last part as the older file, then go on with its end alone. Killed in between, it is done again."""
    atomic.write(_older(path), b"".join(line + b"\n" for line in _tail(path, _MOST)), lasting=False)
    atomic.write(path, b"".join(line + b"\n" for line in _tail(path)))


def _older(path: Path) -> Path:
    return path.with_name("events.1.jsonl")


def _fitted(line: dict[str, object]) -> bytes:
    data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")
    if len(data) > _LONGEST and isinstance(line.get("text"), str):
        line = {**line, "text": str(line["text"])[: _LONGEST // 4] + " …"}
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")
    return data


def read(project: Project, about: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Every event that is still kept, oldest first; lines a killed writer tore are passed over. With ``about`` only
    those whose card, or whose name, is one of these, which is quicker."""
    wanted = {json.dumps(word, ensure_ascii=False)[1:-1].encode("utf-8", "replace") for word in about}
    known = set(_tail(_older(project.events_file)))
    for path in (_older(project.events_file), project.events_file):
        with suppress(FileNotFoundError), open(path, "rb") as file:
            new = (raw for raw in file if raw.rstrip(b"\n") not in known or path != project.events_file)
            yield from _parsed(raw for raw in new if not wanted or wanted.intersection(_SAID.findall(raw)))


def newest(project: Project) -> Iterator[dict[str, Any]]:
    """The same, newest first, read from the end in blocks: of a file of any size no more than is asked for."""
    yield from _parsed(_backwards(project.events_file))
    known = set(_head(project.events_file))  # the newer file begins with the end of the older one
    yield from _parsed(raw for raw in _backwards(_older(project.events_file)) if raw not in known)


def _backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file, last one first."""
    with suppress(FileNotFoundError), open(path, "rb") as file:
        position, rest = file.seek(0, os.SEEK_END), b""
        while position > 0:
            step = min(_BLOCK, position)
            position -= step
            file.seek(position)
            rest, *lines = (file.read(step) + rest).split(b"\n")
            yield from reversed(lines)
        yield rest


def _head(path: Path) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read(_TAIL).splitlines()
    except FileNotFoundError:
        return []


def follow(
    project: Project, start: int, pause: float = 0.1, goes_on: Callable[[], bool] = lambda: True
) -> Iterator[dict[str, Any]]:
    """Events as they come, while it ``goes_on``, beginning at byte ``start``; on in the next file when there is one."""
    rest, last = b"", _line_before(project.events_file, start)
    while goes_on():
        if size(project) < start:  # it has gone on in a shorter file, or somebody has deleted it
            start, rest = 0, b""
            with suppress(FileNotFoundError):
                data = project.events_file.read_bytes()
                start = data.find(last + b"\n") + len(last) + 1 if last and last + b"\n" in data else 0
        if size(project) > start:
            with suppress(FileNotFoundError), open(project.events_file, "rb") as file:
                file.seek(start)
                data = file.read()
                start += len(data)
                whole, _, rest = (rest + data).rpartition(b"\n")
                lines = whole.splitlines()
                last = lines[-1] if lines else last
                yield from _parsed(lines)
        time.sleep(pause)


def _line_before(path: Path, start: int) -> bytes:
    """The whole line that ends at byte ``start``; b"" when there is none."""
    with suppress(FileNotFoundError), open(path, "rb") as file:
        begun = max(0, start - _BLOCK)
        file.seek(begun)
        return file.read(start - begun).rstrip(b"\n").rpartition(b"\n")[2]
    return b""


def size(project: Project) -> int:
    """How many bytes the file has now: the place to follow from."""
    try:
        return project.events_file.stat().st_size
    except FileNotFoundError:
        return 0


def now() -> str:
    """This moment in UTC, to the millisecond, as events and messages write it."""
    return stamp(time.time())


def seconds(stamp: str) -> float:
    """The time that an event's ``ts`` names, in seconds since the epoch; 0 when it names none."""
    try:
        return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def stamp(at: float) -> str:
    """A time (seconds since the epoch) as ``now`` writes it; such words are in order when the times are."""
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def recent(project: Project, *words: str) -> list[dict[str, Any]]:
    """The newest events (of the last 256 kB), oldest first; with ``words`` only those that have one of them in a value,
    which is quicker."""
    return list(_parsed(_tail(project.events_file), *words))


def _tail(path: Path, most: int = 0) -> list[bytes]:
    """The lines of the last ``most`` bytes of a file (0: of what `recent` gives), none of them cut."""
    try:
        with open(path, "rb") as file:
            begun = max(0, file.seek(0, os.SEEK_END) - (most or _TAIL))
            file.seek(begun)
            lines = file.read().splitlines()
            return lines[1:] if begun else lines
    except FileNotFoundError:
        return []


def _parsed(lines: Iterable[bytes], *words: str) -> Iterator[dict[str, Any]]:
    """The events among ``lines``; with ``words``, of those lines alone in which one is written."""
    wanted = [json.dumps(word, ensure_ascii=False)[1:-1].encode("utf-8", "replace") for word in words]
    for raw in lines:
        if wanted and not any(word in raw for word in wanted):
            continue
        try:
            line = json.loads(raw)
        except ValueError:
            continue
        if isinstance(line, dict) and "event" in line:
            yield line
