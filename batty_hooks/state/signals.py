"""`.batty/members/<member>/events/`: what an agent's own hooks say, one file an event, until listen took it in.

The files are dropped by hooks/agent-state, of which each member has a copy in its room. A file's name ends in the
event's, its content is what the CLI said about it (JSON, as a rule), its time of writing is when.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, shipped
from batty_hooks.system.records import dataclass

_HOOK = "agent-state"
_EVENTS = "events"
DIED = "pane-died"  # tmux says this one, not the agent


@dataclass(frozen=True)
class Signal:
    """One event of an agent: its name, what was said of it, when (seconds since the epoch), and its file."""

    event: str
    data: Mapping[str, Any]
    at: float
    path: Path


def prepare(project: Project, member: str) -> Path:
    """Make the place events are dropped in; the program an agent runs to drop one."""
    _place(project, member).mkdir(parents=True, exist_ok=True)
    hook = hook_of(project, member)
    wanted = (shipped.hooks() / _HOOK).read_bytes()
    if not hook.is_file() or hook.read_bytes() != wanted or not os.access(hook, os.X_OK):
        atomic.write(hook, wanted, mode=0o755)
    return hook


def hook_of(project: Project, member: str) -> Path:
    """The program by which a member's agent says something."""
    return project.member_directory(member) / _HOOK


def first(project: Project, member: str) -> str:
    """The name of a file nobody has taken in yet, "" when there is none."""
    return min(_names(project, member), default="")


def waiting(project: Project, member: str) -> list[Signal]:
    """What nobody has taken in yet, oldest first."""
    found = []
    for name in _names(project, member):
        path = _place(project, member) / name
        try:
            raw, status = path.read_bytes(), path.stat()
        except OSError:
            continue
        pid = name.partition(".")[0]
        order = (status.st_mtime_ns, int(pid) if pid.isdigit() else 0)
        found.append((order, Signal(name.split(".", 2)[-1], _parsed(raw), status.st_mtime, path)))
    return [signal for _, signal in sorted(found, key=lambda one: one[0])]


def drop(signal: Signal) -> None:
    """Take a signal away once it was taken in."""
    signal.path.unlink(missing_ok=True)


def clear(project: Project, member: str) -> None:
    """Forget what was not taken in, and what is just being said (its file has a dot name yet): it speaks of a process
    that is no more."""
    place = _place(project, member)
    for name in os.listdir(place) if place.is_dir() else ():
        (place / name).unlink(missing_ok=True)


def _place(project: Project, member: str) -> Path:
    return project.member_directory(member) / _EVENTS


def _names(project: Project, member: str) -> list[str]:
    try:
        return [name for name in os.listdir(f"{project.members}/{member}/{_EVENTS}") if not name.startswith(".")]
    except OSError:
        return []


def _parsed(raw: bytes) -> Mapping[str, Any]:
    """An object as it is; anything else as the object's ``text``."""
    text = raw.decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except ValueError:
        data = text
    return data if isinstance(data, dict) else {"text": data}
