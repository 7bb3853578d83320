"""The project's test command, found by looking at its files: certain, or nothing; and what was seen, in words.

A wrong guess that exits 0 would pass everything, so each command here fails when there is nothing to run or the tool is
missing, and is seen before it tests anything: a command that a person typed writes it into team.yaml, and says so.
`deciding` decides over a listing and the contents of files (so a table tests it); here they are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.state.testcommand import onlookers
from batty_hooks.state.testcommand.deciding import Guess, decide
from batty_hooks.state.testcommand.files import Files
from batty_hooks.state.testcommand.startable import lacking
from batty_hooks.system.git import objects, refs, worktrees

__all__ = ["Files", "Guess", "decide", "find", "find_onlookers", "lacking"]

_ENOUGH = 400_000  # characters read of a file


def find(project: Project) -> Guess:
    """What tests this project, run from its root. What git ignores is nobody's work, and is not looked at."""
    return decide(_of_tip(project) if project.is_bare else _of_disk(project.root))


def find_onlookers(project: Project) -> Iterator[str]:
    """The tools that look into our worktrees when they are run in the primary checkout, each with what keeps it out."""
    return onlookers.find(_of_disk(project.root)) if not project.is_bare else iter(())


def _of_disk(root: Path) -> Files:
    def read(name: str) -> str:
        try:
            with open(root / name, encoding="utf-8", errors="replace") as file:
                return file.read(_ENOUGH)
        except OSError:
            return ""

    def runs(name: str) -> bool:
        return (root / name).is_file() and os.access(root / name, os.X_OK)

    return Files(frozenset(worktrees.files(root)), read, runs, str(root))


def _of_tip(project: Project) -> Files:
    """Of a bare repository: as its HEAD has them."""
    root, tip = project.root, refs.resolve(project.root, "HEAD")

    def read(name: str) -> str:
        return (objects.content(root, tip or "", name) or b"")[:_ENOUGH].decode("utf-8", "replace")

    def runs(name: str) -> bool:
        return (objects.entry(root, tip or "", name) or "").startswith("100755")

    names = (name for name, _ in objects.listing(root, tip)) if tip else ()
    return Files(frozenset(names), read, runs, str(root))
