"""`.batty/events.jsonl`: every move one line, for people (`batty-hooks log`) and scripts.

A line is JSON: `v` (schema version), `seq` (1, 2, …), `ts` (UTC), `id` (deterministic: a move made twice writes
it once), `event`, and what it is about: `card`, `member`, `commit`, `tree`, … Fields are only ever added.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock

VERSION = 1
_LONGEST = 4000
_TAIL = 256 * 1024


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
    return True


def _fitted(line: dict[str, object]) -> bytes:
    data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")
    if len(data) > _LONGEST and isinstance(line.get("text"), str):
        line = {**line, "text": str(line["text"])[: _LONGEST // 4] + " …"}
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")
    return data


def read(project: Project, start: int = 0) -> Iterator[dict[str, Any]]:
    """Every event from byte ``start`` on, oldest first; lines a killed writer tore are passed over."""
    try:
        with open(project.events_file, "rb") as file:
            file.seek(start)
            yield from _parsed(file)
    except FileNotFoundError:
        return


def follow(project: Project, start: int, pause: float = 0.1) -> Iterator[dict[str, Any]]:
    """Events as they come, for ever, beginning at byte ``start``."""
    rest = b""
    while True:
        if size(project) > start:
            with open(project.events_file, "rb") as file:
                file.seek(start)
                data = file.read()
            start += len(data)
            whole, newline, rest = (rest + data).rpartition(b"\n")
            yield from _parsed((whole + newline).splitlines())
        time.sleep(pause)


def size(project: Project) -> int:
    """How many bytes the file has now: the place to follow from."""
    return project.events_file.stat().st_size if project.events_file.exists() else 0


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


def _tail(path: Path) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            return file.read().splitlines()
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
