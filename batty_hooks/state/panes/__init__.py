"""`.batty/members/<member>/pane.json`: in which tmux pane a member's agent runs, and as which process.

A project has a tmux server of its own, named after its path, so that two projects never see each other's panes and
buffers. Whether an agent lives is asked of its process: that costs no tmux call.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, json_files, late, process
from batty_hooks.system.directories import names
from batty_hooks.system.records import asdict, dataclass, replace

if TYPE_CHECKING:
    from batty_hooks.state.panes.windows import SESSION
    from batty_hooks.system.tmux import Server
else:
    __getattr__ = late.face(__name__, windows="SESSION")

__all__ = [
    "SESSION", "Pane", "at_home", "forget", "found_at", "hides_cursor", "in_tmux", "keeper", "label", "listed", "of",
    "recent_starts", "record", "record_label", "server", "socket",
]  # fmt: skip
_FILE, _LABEL = "pane.json", "label"
_STARTED = late.pattern(r"/members/[^/]+/start\W*$")  # the script of a member, as tmux says what it has started
_SPAWN_SECONDS = 10.0
_RESTARTS, _WITHIN_SECONDS = 3, 600.0
_LONGEST_NAME = 24


@dataclass(frozen=True)
class Pane:
    """A member's pane: tmux's ``id`` ("%3"), the process in it (``pid`` 0 while it is being started) and its birth,
    the ``agent`` by its name in team.yaml, and when it was started, the times of the restarts behind one another;
    ``space`` is the numbering that its pid belongs to."""

    member: str
    id: str
    agent: str
    pid: int = 0
    birth: str = ""
    starts: tuple[float, ...] = ()
    resumed: bool = False
    space: str = ""

    @property
    def started(self) -> float:
        """When its process was started last (seconds since the epoch)."""
        return self.starts[-1] if self.starts else 0.0

    @property
    def is_given_up(self) -> bool:
        """Whether it was started again often enough of late (its first start does not count)."""
        return len(recent_starts(self)) > _RESTARTS

    @property
    def is_out_of_sight(self) -> bool:
        """Whether nothing can be said of its process from here: an agent's sandbox, in which its own command has us
        look, cannot see who is outside."""
        return bool(self.pid and self.space) and self.space != process.pid_space()

    @property
    def alive(self) -> bool:
        """Whether its process lives, or is just being started. In doubt it does."""
        if not self.pid:
            return time.time() - self.started < _SPAWN_SECONDS
        if self.is_out_of_sight:
            return True
        return bool(self.birth) and process.birth(self.pid) == self.birth


def server(project: Project) -> Server:
    """The tmux server of the project."""
    from batty_hooks.system.tmux import Server

    return Server(socket(project), lambda: keeper(project))


def keeper(project: Project) -> int:
    """The pid of the tmux server in which agents of the project live, also where it cannot be reached; 0 when there is
    none, or nothing is known of it from here."""
    for pane in listed(project):
        if pane.pid and pane.alive and not pane.is_out_of_sight:
            pid, program = process.starter(pane.pid)
            if program.startswith("tmux"):
                return pid
    return 0


def server_before(project: Project, root: Path) -> Server | None:
    """The tmux server in which agents of the project live since it lay at ``root``; None when there is none."""
    from batty_hooks.system.tmux import Server

    there, own = Server(_socket(root)), {pane.pid for pane in listed(project) if pane.pid and pane.alive}
    return there if own.intersection(in_tmux(there).values()) else None


def socket(project: Project) -> str:
    """Its socket's name: the project's, and a few letters of its path."""
    return _socket(project.root)


def _socket(root: Path) -> str:
    import hashlib

    path = os.path.realpath(root)
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", root.name)[:_LONGEST_NAME].strip("-")
    return f"batty-{plain}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def listed(project: Project) -> list[Pane]:
    """The panes of all members, in the order of their names."""
    found = [of(project, member) for member in sorted(names(project.members))]
    return [pane for pane in found if pane]


def of(project: Project, member: str) -> Pane | None:
    """The pane of a member, or None when it never had one since the team was started."""
    return _read(f"{project.members}/{member}/{_FILE}")


def record(project: Project, pane: Pane) -> None:
    """Remember a pane."""
    path = project.member_directory(pane.member) / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(asdict(pane)) + "\n")


def forget(project: Project, member: str) -> None:
    """The member has no pane any more."""
    atomic.remove(project.member_directory(member) / _LABEL)
    atomic.remove(project.member_directory(member) / _FILE)


def label(project: Project, pane: Pane) -> str:
    """What its border says, "" when nothing yet."""
    try:
        text = (project.member_directory(pane.member) / _LABEL).read_text("utf-8")
    except (OSError, UnicodeError):
        return ""
    id, _, said = text.rstrip("\n").partition(" ")
    return said if id == pane.id else ""


def record_label(project: Project, pane: Pane, text: str) -> None:
    """Remember what its border says."""
    atomic.write(project.member_directory(pane.member) / _LABEL, f"{pane.id} {text}\n")


def found_at(pane: Pane, id: str, pid: int) -> Pane:
    """The same pane with the place and the process it has now."""
    return replace(pane, id=id, pid=pid, birth=process.birth(pid), space=process.pid_space())


def in_tmux(server: Server) -> dict[str, int]:
    """The panes that tmux has: id → pid of the process in it (0 when that has ended); also in a session of somebody's
    own, to which he has moved one."""
    return {id: pid for id, pid, _ in _occupied(server)}


def at_home(server: Server) -> dict[str, int]:
    """Those of them in which an agent of ours was started last: somebody may have put something else into one
    (`respawn-pane`)."""
    return {id: pid for id, pid, begun in _occupied(server) if pid and _STARTED.search(begun)}


def _occupied(server: Server) -> list[tuple[str, int, str]]:
    format = "#{pane_id} #{?pane_dead,0,#{pane_pid}} #{pane_start_command}"
    lines = server.ask("list-panes", "-a", "-F", format) or []
    # (A line that begins otherwise goes on with a command of several lines.)
    fields = [(*line.split(" ", 2), "")[:3] for line in lines if line.startswith("%")]
    return [(id, int(pid), begun) for id, pid, begun in fields]


def hides_cursor(server: Server, pane: Pane) -> bool:
    """Whether the program of a pane shows no cursor."""
    return server.ask("display-message", "-p", "-t", pane.id, "#{cursor_flag}") == ["0"]


def recent_starts(pane: Pane) -> tuple[float, ...]:
    """Its starts of the last ten minutes."""
    return tuple(at for at in pane.starts if time.time() - at < _WITHIN_SECONDS)


def _read(path: str) -> Pane | None:
    with contextlib.suppress(KeyError, TypeError):
        data = json_files.read(path) or {}
        return Pane(**{**data, "starts": tuple(data["starts"])})
    return None
