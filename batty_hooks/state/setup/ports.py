"""`.batty/ports.json`: which block of ports belongs to which worktree, for as long as the project lives.

A project's blocks begin at a place made of its path, so that two projects on one machine hardly ever meet; inside a
project each worktree has the next block that is free, and keeps it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock

# Below what systems give out by themselves (Linux from 32768, macOS from 49152), above most services' own.
_FIRST, _END = 20000, 32768


def environment(project: Project, name: str, count: int) -> dict[str, str]:
    """BATTY_PORT_1 … BATTY_PORT_<count>, and BATTY_PORT, which is the first; {} for none.

    Raises FatalError when there are not enough ports for all worktrees.
    """
    ports = _block(project, _place(project, name), count) if count else range(0)
    numbered = {f"BATTY_PORT_{number}": str(port) for number, port in enumerate(ports, 1)}
    return {"BATTY_PORT": str(ports[0]), **numbered} if count else {}


def _place(project: Project, name: str) -> int:
    """The number of a worktree's block: the one it has, or the next one."""
    known = _known(project)
    if name not in known:
        with lock.held(project.lock("ports")):
            known = _known(project)
            if name not in known:
                known[name] = max(known.values(), default=-1) + 1
                atomic.write(_file(project), json.dumps(known, indent=1) + "\n")
    return known[name]


def _known(project: Project) -> dict[str, int]:
    try:
        found = json.loads(_file(project).read_text("utf-8"))
        return {str(name): int(number) for name, number in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _file(project: Project) -> Path:
    return project.batty / "ports.json"


def _block(project: Project, place: int, count: int) -> range:
    blocks = (_END - _FIRST) // count
    if place >= blocks:
        raise FatalError(
            f"{count} ports for each of {place + 1} worktrees are more than there are",
            f"rm {_file(project)}  (if most of those worktrees are gone; else lower worktrees.ports)",
        )
    own = os.path.realpath(project.root).encode("utf-8", "surrogateescape")
    start = int.from_bytes(hashlib.sha256(own).digest()[:8], "big") % blocks
    first = _FIRST + (start + place) % blocks * count
    return range(first, first + count)
