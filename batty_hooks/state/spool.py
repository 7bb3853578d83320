"""`.batty/spool/`: one small file per commit that a git hook saw, holding the path of the worktree.

The file says "look there"; a lost one costs an early verdict, never work. When a slot is free the newest commit is
judged merged with the trunk, so the verdict is usually there when the work is reported. It charges nobody.
"""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Entry:
    """One file of the spool, the worktree it names, and (in the file's name) which member has committed there, if the
    hook knew one."""

    path: Path
    worktree: Path

    @property
    def member(self) -> str:
        return [*self.path.name.split(".", 2), "", ""][2]


def files(project: Project) -> list[Path]:
    """All files of it. A hook makes its file and then writes it, which the directory alone does not show."""
    try:
        return [project.spool / name for name in directories.names(project.spool)]
    except OSError:  # it may not be read
        return []


def entries(project: Project) -> list[Entry]:
    """The newest entry of each worktree; older ones of the same worktree are dropped on the way, and one that a hook
    has not written to its end yet is none."""
    newest: dict[Path, tuple[int, Entry]] = {}
    for path in files(project):
        try:
            said, age = path.read_bytes(), path.stat().st_mtime_ns
        except OSError:
            continue
        if not said.endswith(b"\n"):
            continue
        place = Path(os.fsdecode(said.rstrip(b"\n")) or "/")
        if place not in newest or newest[place][0] < age:
            newest[place] = (age, Entry(path, place))
    return [entry for _, entry in sorted(newest.values(), key=lambda pair: pair[0])]


def get(project: Project, name: str) -> Entry | None:
    """One entry by its file's name."""
    return next((entry for entry in entries(project) if entry.path.name == name), None)


def drop(project: Project, entry: Entry) -> None:
    """Take away an entry and all older ones of the same worktree."""
    try:
        limit = entry.path.stat().st_mtime_ns
    except FileNotFoundError:
        return
    for path in files(project):
        try:
            same = os.fsdecode(path.read_bytes().rstrip(b"\n")) == str(entry.worktree)
            if same and path.stat().st_mtime_ns <= limit:
                atomic.remove(path)
        except OSError:
            continue


def wish(project: Project, worktree: Path) -> None:
    """Leave a file as the hook does, from inside the program."""
    project.spool.mkdir(parents=True, exist_ok=True)
    atomic.create(project.spool / f"wish-{os.getpid()}", f"{worktree}\n")
