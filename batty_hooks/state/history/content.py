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
from batty_hooks.system import directories, lock
from batty_hooks.system.git import chronicle, refs, worktrees
from batty_hooks.system.records import dataclass, field

REFS, HOMES, ALIVE, SEQ, EVENTS = "refs", "worktrees", "alive", "seq", ".batty/events.jsonl"
MADE = (REFS, HOMES, ALIVE, SEQ, EVENTS)  # files of a commit that are no copies
PANE = "pane of "
REF = "refs/batty/history"
_FILES = (
    "lessons.md", "planners.json", "clashes.json", "spent.json", "limits.json", "milestones.json", "notified.json",
    "paused", "stopping", "watch.pid", "watch.version", "version", "ports.json",
)  # fmt: skip
_ROOMS = ("queue", "pulls", "verdicts", "verdicts/commits", "told", "troubles", "rejections", "ready")
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
    """What the newest commit holds (its files by their directories, whose ``trees`` may be unknown), the last event
    (``seq``) that is in it and when it was made; and what was seen of the disk since: how each file and each directory
    was."""

    commit: str = ""
    seq: int = 0
    at: float = 0.0
    rooms: dict[str, dict[str, str]] = field(default_factory=dict)
    trees: dict[str, str] = field(default_factory=dict)
    signs: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)

    def blob(self, name: str) -> str | None:
        """What a path holds in that commit; None when it is not there."""
        room, _, file = name.rpartition("/")
        return self.rooms.get(room, {}).get(file)

    def put(self, name: str, blob: str | None) -> None:
        """Know it otherwise; None: it is gone."""
        room, _, file = name.rpartition("/")
        if blob is None:
            self.rooms.get(room, {}).pop(file, None)
        else:
            self.rooms.setdefault(room, {})[file] = blob


def changes(project: Project, known: Known, more: dict[str, bytes]) -> dict[str, bytes | None]:
    """Each path that is not as the newest commit has it, with what it holds now (None: it is gone). ``more`` are the
    files that are made for the commit."""
    found: dict[str, bytes | None] = {}
    for name, data in more.items():
        _compare(known, name, data, found)
    seen = {""}
    for room, names in _rooms(project, known):
        seen.add(room)
        if names is None:
            continue  # as it was
        before = set(known.rooms.get(room, ()))
        for file in names:
            name = f"{room}/{file}" if room else file
            if file not in before or not _is_as_it_was(project, known, name):
                _compare(known, name, _read(project, known, name), found)
            before.discard(file)
        gone = (f"{room}/{file}" if room else file for file in before)
        found |= {name: None for name in gone if name not in MADE}
    for room in known.rooms.keys() - seen:
        found |= {f"{room}/{file}": None for file in known.rooms[room]}
    return found


def _compare(known: Known, name: str, data: bytes | None, found: dict[str, bytes | None]) -> None:
    before = known.blob(name)
    if before != (None if data is None else chronicle.blob(data, known.commit or refs.ZERO)):
        found[name] = data


def _is_as_it_was(project: Project, known: Known, name: str) -> bool:
    """Whether a file need not be read: a message; what has not changed since it was read, or since well before that
    commit."""
    if name.startswith(_MESSAGES):
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


def _rooms(project: Project, known: Known) -> Iterator[tuple[str, list[str] | None]]:
    """Each directory with the files in it that are to be kept; None for one in which nothing has changed."""
    own = directories.matching(project.batty, "gate-", ".json")
    yield "", ["kanban.md"] if project.board_file.is_file() else []
    yield ".batty", [*(name for name in _FILES if (project.batty / name).exists()), *own]
    yield ".batty/board", ["last-id"] if (project.board_history / "last-id").exists() else []
    for place in (project.own_team_file.parent, project.trunk_config):
        yield from _everything(project, place)
    for name in _ROOMS:
        yield _room(project, known, f".batty/{name}")
    for member in _names(project.members):
        inside = f".batty/members/{member}"
        yield inside, [name for name in _OF_A_MEMBER if (project.root / inside / name).exists()]
        for name in _ROOMS_OF_A_MEMBER:
            yield _room(project, known, f"{inside}/{name}")
    for member in _names(project.inboxes):
        for name in ("new", "cur"):
            yield _room(project, known, f".batty/inboxes/{member}/{name}")


def _everything(project: Project, place: Path) -> Iterator[tuple[str, list[str]]]:
    for directory, _, names in os.walk(place):
        yield os.path.relpath(directory, project.root), [name for name in names if _is_kept(name)]


def _room(project: Project, known: Known, name: str) -> tuple[str, list[str] | None]:
    """The files of a directory whose files are replaced, never written in place."""
    place = project.root / name
    try:
        before = place.stat().st_mtime_ns
        if known.times.get(name) == before:
            return name, None
        found = [entry.name for entry in os.scandir(place) if entry.is_file(follow_symlinks=False)]
    except OSError:
        known.times.pop(name, None)
        return name, []
    if time.time_ns() - before > _COARSE_NS:
        known.times[name] = before
    else:
        known.times.pop(name, None)
    return name, [one for one in found if _is_kept(one) and not one.endswith((".lock", ".env"))]


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
