"""`.batty/members/<member>/`: what an agent says of itself: its state, its report, its running command."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, json_files, lock, process
from batty_hooks.system.directories import names
from batty_hooks.system.records import asdict, dataclass

STARTING, READY, WORKING, ASKING, LIMIT, GONE = "starting", "ready", "working", "asking", "limit", "gone"

SHARED = "account"  # the event of who waits for a limit that somebody else has reached


@dataclass(frozen=True)
class State:
    """What a member is doing, since when (seconds since the epoch), ``why`` in words, which ``event`` said so, and
    until when a limit lasts (0: not known). ``cut`` is when a turn of its was last cut off: its process ended, the team
    was stopped, or a limit was reached in it (0: never)."""

    state: str
    since: float
    why: str
    event: str = ""
    until: float = 0.0
    cut: float = 0.0


@dataclass(frozen=True)
class Report:
    """A member says a card is done. ``commit`` is what it stands on; ``how`` is done, card (a done that names
    it), turn, exit, board or merge."""

    member: str
    card: str
    branch: str
    commit: str
    how: str
    at: float


@dataclass(frozen=True)
class Run:
    """The command a runner has started for a message: its supervisor's pid (also a process group) and birth."""

    message: str
    group: int
    birth: str


def state(project: Project, member: str) -> State | None:
    """The state last reported, or None when nothing ever was."""
    found = json_files.read(f"{project.members}/{member}/state.json")
    try:
        return State(**found) if found else None
    except TypeError:
        return None


def set_state(project: Project, member: str, word: str, why: str, event: str = "", at: float = 0.0,
              until: float = 0.0) -> None:  # fmt: skip
    """Write a member's state, as it was ``at`` (0: now); `since` stays when the word stays."""
    before = state(project, member)
    since = before.since if before and before.state == word else at or time.time()
    now = State(word, since, why, event, until, before.cut if before and event == SHARED else _cut(before, word, since))
    if now != before:
        _store(_room(project, member) / "state.json", asdict(now))


def _cut(before: State | None, word: str, since: float) -> float:
    """When the last turn was cut off, known in the one write that says what has become of the member: there is no
    moment in which a kill could lose it. Who works on after a limit by himself needs nobody to tell him."""
    if before is None:
        return 0.0
    if before.state in (WORKING, ASKING) and word in (STARTING, LIMIT, GONE):
        return since
    if before.state == READY and word == LIMIT:  # (his own file said already that he is idle, for he is)
        return since
    if before.state == GONE and word in (READY, WORKING, ASKING):
        return 0.0  # he is heard without a start: his process had not ended, or it spoke before that
    return 0.0 if (before.state, word) == (LIMIT, WORKING) else before.cut


def session(project: Project, member: str, agent: str) -> str:
    """The session of that CLI a member works in, or "" when none is known: one CLI cannot resume another's."""
    try:
        id, _, whose = (_room(project, member) / "session").read_text("utf-8", "replace").strip().partition("\n")
    except OSError:
        return ""
    return id if whose in ("", agent) else ""


def set_session(project: Project, member: str, id: str, agent: str) -> None:
    """Remember the session and whose it is, so that a later start can resume it ("" forgets it)."""
    if id != session(project, member, agent):
        if id and (agent, id) not in sessions(project, member):
            _room(project, member).mkdir(parents=True, exist_ok=True)
            with (_room(project, member) / "sessions").open("a", encoding="utf-8") as file:
                file.write(f"{agent} {id}\n")
        _room(project, member).mkdir(parents=True, exist_ok=True)
        atomic.write(_room(project, member) / "session", f"{id}\n{agent}\n")


def sessions(project: Project, member: str) -> list[tuple[str, str]]:
    """(agent, session) of every session a member ever had, for what they have used; one that is known only by now is
    among them."""
    try:
        lines = (_room(project, member) / "sessions").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [(agent, id) for agent, _, id in (line.partition(" ") for line in lines) if id]


def with_sessions(project: Project) -> list[str]:
    """Everybody who ever had a session, also those who have left the team."""
    return sorted(file.parent.name for file in project.members.glob("*/sessions"))


def report(project: Project, report: Report) -> None:
    """Leave a report for the offer move; a newer one replaces it."""
    _store(_room(project, report.member) / "report.json", asdict(report))


def reports(project: Project) -> list[Report]:
    """All reports nobody has taken up yet, oldest first."""
    found = []
    for name in names(project.members):
        data = json_files.read(f"{project.members}/{name}/report.json")
        try:
            found.append(Report(**(data or {})))
        except TypeError:
            continue
    return sorted(found, key=lambda report: report.at)


def drop_report(project: Project, report: Report) -> None:
    """Take a report away once it has been dealt with (unless a newer one has replaced it)."""
    path = _room(project, report.member) / "report.json"
    if json_files.read(path) == asdict(report):
        atomic.remove(path)


def ran(project: Project, member: str, message: str) -> dict[str, Any] | None:
    """How the command for a message ended ({exit, commit, log}), or None when it has not."""
    return json_files.read(_room(project, member) / "ran" / f"{message}.json")


def record_ran(project: Project, member: str, message: str, outcome: dict[str, Any]) -> None:
    """Keep how the command for a message ended, so that it is never run twice."""
    _store(_room(project, member) / "ran" / f"{message}.json", outcome)


def last_run(project: Project, member: str) -> Run | None:
    """The command that was started last for a member, whether or not it still runs."""
    data = json_files.read(_room(project, member) / "run.json")
    try:
        return Run(**data) if data else None
    except TypeError:
        return None


def run(project: Project, member: str) -> Run | None:
    """The command running for a member, if it still does."""
    found = last_run(project, member)
    return found if found and found.birth and process.birth(found.group) == found.birth else None


def running(project: Project) -> dict[str, Run]:
    """Every command that runs for a member, also for one who is not in the team any more."""
    names = sorted(room.name for room in project.members.glob("*/"))
    return {name: found for name in names if (found := run(project, name))}


def record_run(project: Project, member: str, message: str, group: int) -> None:
    """Remember the supervisor of a member's command: a successor of a killed runner ends it first."""
    _store(_room(project, member) / "run.json", asdict(Run(message, group, process.birth(group))))


def write_prompt(project: Project, member: str, message: str, text: str) -> Path:
    """Put down what a member's command is to be run with for a message; the file, the only one of its directory."""
    path = _room(project, member) / "prompt" / message
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, text)
    atomic.remove(*(other for other in path.parent.iterdir() if other != path))
    return path


def run_lock(project: Project, member: str) -> Path:
    """The flock a runner of this member's command holds while it lives."""
    return project.lock(f"run-{member}")


def is_running(project: Project, member: str) -> bool:
    """Whether a member's command is being run at this moment."""
    return not lock.is_free(run_lock(project, member))


def _room(project: Project, member: str) -> Path:
    return project.members / member


def _store(path: Path, data: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(data, ensure_ascii=False) + "\n")
