"""What of the team's state is kept: its files as they lie, its refs, its worktrees and who lives, as files.

Kept are what a person could ask for again (board, team, offers, verdicts, members, messages). Not kept are what is
large or kept elsewhere: logs, worktrees, saved files, versions of the board, an agent's own settings and sessions.

Our files are replaced by a rename, which their directory's time tells: a directory that is as it was is not listed. Of
what a person may write in place (the board, the team's files) each file is asked.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import lock
from batty_hooks.system.git import chronicle, refs, worktrees
from batty_hooks.system.records import dataclass, field

REFS, HOMES, ALIVE, SEQ, EVENTS = "refs", "worktrees", "alive", "seq", ".batty/events.jsonl"
MADE = (REFS, HOMES, ALIVE, SEQ, EVENTS)  # files of a commit that are no copies
PANE = "pane of "
REF = "refs/batty/history"
_FILES = (
    "lessons.md", "planners.json", "clashes.json", "spent.json", "limits.json", "milestones.json", "notified.json",
    "paused", "stopping", "watch.pid", "watch.version", "version", "ports.json", "board/last-id",
)  # fmt: skip
_ROOMS = ("queue", "verdicts", "verdicts/commits", "told", "troubles", "rejections", "ready")
_OF_A_MEMBER = (
    "state.json", "session", "pane.json", "sent.json", "delivered", "report.json", "told.json", "run.json",
)  # fmt: skip
_ROOMS_OF_A_MEMBER = ("stuck", "blocked", "ran")
_LOCKS = ("watch.lock", "gate-*.lock", "run-*.lock", "ready-*.lock")
_MOST = 4 * 1024 * 1024  # bytes of one file
_WELL_SECONDS = 5.0
_MESSAGES = ".batty/inboxes/"  # never written again: what is done with one is in its name
_COARSE_NS = 50_000_000  # a directory that changed so shortly before it was listed may change again unseen


@dataclass
class Known:
    """What the newest commit holds, the last event (``seq``) that is in it and when it was made; and what was seen of
    the disk since."""

    commit: str = ""
    seq: int = 0
    at: float = 0.0
    blobs: dict[str, str] = field(default_factory=dict)
    signs: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)


def changes(project: Project, known: Known, more: dict[str, bytes]) -> dict[str, bytes | None]:
    """Each path that is not as the newest commit has it, with what it holds now (None: it is gone). ``more`` are the
    files that are made for the commit."""
    like = known.commit or refs.ZERO
    there: set[str] = set(more)
    changed: dict[str, bytes | None] = {
        name: data for name, data in more.items() if known.blobs.get(name) != chronicle.blob(data, like)
    }
    for name in _paths(project, known):
        if name in known.blobs and _is_as_it_was(project, known, name):
            there.add(name)
        elif (data := _read(project, known, name)) is not None:
            there.add(name)
            if known.blobs.get(name) != chronicle.blob(data, like):
                changed[name] = data
    return changed | {name: None for name in known.blobs if name not in there}


def _is_as_it_was(project: Project, known: Known, name: str) -> bool:
    """Whether a file need not be read: a message; what lies in a directory that has not changed; what has not changed
    since it was read, or since well before that commit."""
    if name.startswith(_MESSAGES) or known.rooms.get(os.path.dirname(name)):
        return True
    sign = _sign(project.root / name)
    return known.signs.get(name) == sign or 0 < sign[0] < (known.at - _WELL_SECONDS) * 1e9


def _sign(path: Path) -> tuple[int, int, int]:
    """When a file was changed last, also by `cp -p` of an older one, its size and which it is; zeros for none."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        return max(status.st_mtime_ns, status.st_ctime_ns), status.st_size, status.st_ino
    return 0, 0, 0


def _read(project: Project, known: Known, name: str) -> bytes | None:
    """A file's content; None when it is gone, no plain file or too large."""
    path, sign = project.root / name, _sign(project.root / name)
    with contextlib.suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST:
            data = path.read_bytes()
            if time.time_ns() - sign[0] > _COARSE_NS:
                known.signs[name] = sign
            else:
                known.signs.pop(name, None)
            return data
    return None


def _paths(project: Project, known: Known) -> Iterator[str]:
    """Every file that is to be kept, by its path in the project."""
    yield "kanban.md"
    yield from (f".batty/{name}" for name in _FILES)
    yield from (str(path.relative_to(project.root)) for path in project.batty.glob("gate-*.json"))
    for place in (project.own_team_file.parent, project.trunk_config):
        yield from _everything(project, place)
    for name in _ROOMS:
        yield from _room(project, known, f".batty/{name}")
    for member in _names(project.members):
        yield from (f".batty/members/{member}/{name}" for name in _OF_A_MEMBER)
        for name in _ROOMS_OF_A_MEMBER:
            yield from _room(project, known, f".batty/members/{member}/{name}")
    for member in _names(project.inboxes):
        for name in ("new", "cur"):
            yield from _room(project, known, f".batty/inboxes/{member}/{name}")


def _everything(project: Project, place: Path) -> Iterator[str]:
    for directory, _, names in os.walk(place):
        inside = os.path.relpath(directory, project.root)
        yield from (f"{inside}/{name}" for name in names if _is_kept(name))


def _room(project: Project, known: Known, name: str) -> Iterator[str]:
    """The files of a directory whose files are replaced, never written in place."""
    place = project.root / name
    try:
        before = place.stat().st_mtime_ns
        if known.rooms.get(name) == before:
            yield from (path for path in known.blobs if os.path.dirname(path) == name)
            return
        found = [entry.name for entry in os.scandir(place) if entry.is_file(follow_symlinks=False)]
    except OSError:
        known.rooms.pop(name, None)
        return
    known.rooms.pop(name, None)
    yield from (f"{name}/{one}" for one in found if _is_kept(one) and not one.endswith((".lock", ".env")))
    if time.time_ns() - before > _COARSE_NS:
        known.rooms[name] = before


def _is_kept(name: str) -> bool:
    """Whether a file of that name is state: no temporary file, none that git would not take, and not our schema."""
    return not name.startswith((".tmp-", ".git", ".#")) and name != "team.schema.json"


def _names(place: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(place) if entry.is_dir() and _is_kept(entry.name))
    except OSError:
        return []


def made(project: Project, trunk: str, living: Iterable[str]) -> dict[str, bytes]:
    """The team's refs (with the trunk), worktrees, and what lives (the locks that are held, the panes of ``living``
    members): a line each, as files of a commit."""
    found = {name: oid for name, oid in refs.listed(project.root, "refs/batty").items() if name != REF}
    homes = worktrees.listed(project.root)
    branches = [f"refs/heads/{name}" for name in dict.fromkeys([trunk, *(home.branch or "" for home in homes)]) if name]
    for name in branches:
        if oid := refs.branch_tip(project.root, name.removeprefix("refs/heads/")):
            found[name] = oid
    lines = [f"{oid} {name}" for name, oid in sorted(found.items())]
    places = [f"{home.head} {home.branch or '-'} {os.path.relpath(home.path, project.root)}" for home in homes]
    held = [path.name for pattern in _LOCKS for path in sorted(project.batty.glob(pattern)) if not lock.is_free(path)]
    alive = [*held, *(f"{PANE}{name}" for name in living)]
    return {
        name: "".join(f"{line}\n" for line in said).encode("utf-8", "surrogateescape")
        for name, said in ((REFS, lines), (HOMES, places), (ALIVE, alive))
    }
