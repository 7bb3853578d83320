"""`.batty/ready/<worktree>.json`: for what a worktree was made ready, and how that ended. Written last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories, lock, process
from batty_hooks.system.records import asdict, dataclass, field

GOING, READY, FAILED, LITTER = "going", "ready", "failed", "litter"


@dataclass(frozen=True)
class Memory:
    """``result``: ready; failed (a setup command did, with ``exit``); litter (the setup left files that git does not
    ignore); going (somebody, ``tester``, is at it with the process ``group``, or was killed).

    ``inputs`` is the word for all it was made from, ``worktree`` tells one worktree from a later one of that name,
    ``tied`` is the branch it holds good for when uncommitted changes of the inputs lay about. ``says`` are lines for
    people. ``made`` are the ignored paths that the setup made (directories with a slash); ``brought`` the copies and
    links that were there afterwards, ``copies`` the copies with the signatures they were copied with and left with.
    While it is going: ``spared`` and ``before`` are the ignored and the uncommitted paths that were there without it.
    """

    result: str
    inputs: str
    worktree: str
    at: float
    tied: str = ""
    exit: int = 0
    log: str = ""
    says: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    brought: tuple[str, ...] = ()
    copies: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)
    tester: int = 0
    group: int = 0
    birth: str = ""


def get(project: Project, name: str) -> Memory | None:
    """What is remembered of a worktree; None when nothing is, or nothing that can be read."""
    try:
        data = json.loads(_file(project, name).read_text("utf-8", "replace"))
        copies = {path: (str(pair[0]), str(pair[1])) for path, pair in data["copies"].items()}
        lists = {field: tuple(map(str, data[field])) for field in ("says", "made", "spared", "before", "brought")}
        return Memory(**{**data, **lists, "copies": copies})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None


def put(project: Project, name: str, memory: Memory) -> None:
    """Remember; the rename is what makes it so."""
    project.ready.mkdir(exist_ok=True)
    atomic.write(_file(project, name), json.dumps(asdict(memory), indent=1) + "\n")


def write_environment(project: Project, name: str, variables: Mapping[str, str]) -> None:
    """`.batty/ready/<worktree>.env`: the worktree's ports, for people: `set -a; . FILE`."""
    path = project.ready / f"{name}.env"
    text = "".join(f"{key}={value}\n" for key, value in variables.items())
    if text and (not path.exists() or path.read_text() != text):
        atomic.write(path, text)


def own_lock(project: Project, name: str) -> Path:
    """The flock held by whoever makes a member's worktree ready."""
    return project.lock(f"ready-{name}")


def is_going(project: Project, name: str) -> bool:
    """Whether a member's worktree is being made ready at this moment."""
    return not lock.is_free(own_lock(project, name))


def going(project: Project) -> list[Memory]:
    """What is being made ready at this moment, gate worktrees apart: the lock says so, before anything is written."""
    locks = directories.matching(project.batty, "ready-", ".lock")
    names = [name.removeprefix("ready-").removesuffix(".lock") for name in locks]
    found = [get(project, name) for name in names if is_going(project, name)]
    return [known if known and known.result == GOING else Memory(GOING, "", "", 0.0) for known in found]


def end_leftover(memory: Memory) -> None:
    """End what a killed maker left running."""
    if memory.result == GOING:
        process.end_run(memory.group, memory.birth)


def identity(place: Path) -> str:
    """A word that differs between two worktrees that had the same name one after the other."""
    try:
        return f"{place} {(place / '.git').stat().st_mtime_ns}"
    except OSError:
        return ""


def _file(project: Project, name: str) -> Path:
    return project.ready / f"{name}.json"
