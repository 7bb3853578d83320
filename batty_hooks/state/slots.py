"""`.batty/worktrees/gate-<n>/`: the worktrees in which candidates are tested, kept warm from run to run.

A worktree made anew for each run costs seconds (ext4 is slow to create right after deleting); switching a warm one
costs milliseconds. Whoever tests holds the slot's flock; `gate-<n>.json` says what is being tested, for people
and for a successor that must end what a killed tester left running.

A gate worktree is whole even where the primary checkout is sparse; an engineer's takes after the primary one, as `git
worktree add` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories, lock, process
from batty_hooks.system.records import asdict, dataclass


@dataclass(frozen=True)
class Running:
    """A test run going on: the verdict's key, what it is for, since when, its supervisor (also a process group; none
    where it is on another machine, the ``host``), and the offered commits in what it tests."""

    key: str
    label: str
    since: float
    tester: int
    group: int = 0
    birth: str = ""
    host: str = ""
    commits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A gate worktree this process holds; or room for one run on another machine, ``host``, which has the worktree."""

    project: Project
    number: int
    host: str = ""

    @property
    def path(self) -> Path:
        return self.project.worktrees / f"gate-{self.number}"

    @property
    def file(self) -> Path:
        return _file(self.project, self.number)


def free(project: Project, count: int) -> contextlib.AbstractContextManager[Slot | None]:
    """Hold the first slot nobody uses for the length of a with-block; None when all are taken."""
    return first_of(project, [(number, "") for number in range(1, count + 1)])


@contextlib.contextmanager
def first_of(project: Project, places: Sequence[tuple[int, str]]) -> Iterator[Slot | None]:
    """The same of those slots, in that order: (number, host), the host "" for a worktree here."""
    with contextlib.ExitStack() as stack:
        for number, host in places:
            if stack.enter_context(lock.tried(project.lock(f"gate-{number}"))):
                slot = Slot(project, number, host)
                _end_leftover(slot)
                yield slot
                atomic.remove(slot.file)
                return
        yield None


def announce(slot: Slot, key: str, label: str, commits: tuple[str, ...] = ()) -> None:
    """Say what is being tested in a slot."""
    _store(slot, Running(key, label, time.time(), os.getpid(), host=slot.host, commits=commits))


def announce_group(slot: Slot, key: str, label: str, commits: tuple[str, ...], group: int) -> None:
    """Say whose pid the run's supervisor has, so that a successor can end the run."""
    _store(slot, Running(key, label, time.time(), os.getpid(), group, process.birth(group), commits=commits))


def prepare(slot: Slot, commit: str) -> Path:
    """Make the slot's worktree hold exactly ``commit``; ignored files (build caches) stay."""
    from batty_hooks.system.git import warm

    warm.hold(slot.project.root, slot.path, commit)
    return slot.path


def prepare_submodules(slot: Slot) -> str | None:
    """Give the slot's worktree the submodules its commit names, as far as the primary checkout has them; why not, or
    None. Nothing is fetched from a remote: a commit that only its author has would pass here and fail elsewhere."""
    from batty_hooks.system.git import submodules

    return submodules.update(slot.path, slot.project.common / "modules")


def running(project: Project) -> list[Running]:
    """What is being tested at this moment, in every slot whose tester is alive."""
    found = []
    for name in directories.matching(project.batty, "gate-", ".json"):
        path = project.batty / name
        try:
            known = _read(path)
        except (OSError, ValueError, TypeError, AttributeError):
            continue
        if not lock.is_free(path.with_suffix(".lock")):
            found.append(known)
    return found


def _end_leftover(slot: Slot) -> None:
    try:
        left = _read(slot.file)
    except (OSError, ValueError, TypeError, AttributeError):
        return
    process.end_run(left.group, left.birth)
    atomic.remove(slot.file)  # or it would say that this slot's new holder tests what its last one tested


def _read(file: Path) -> Running:
    known = json.loads(file.read_text())
    return Running(**{**known, "commits": tuple(known.get("commits", ()))})


def _store(slot: Slot, running: Running) -> None:
    atomic.write(slot.file, json.dumps(asdict(running)) + "\n", lasting=False)  # no process outlives a power cut


def _file(project: Project, number: int) -> Path:
    return project.batty / f"gate-{number}.json"
