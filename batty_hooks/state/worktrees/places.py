"""Which worktrees there are, who is at home in each, and whose one a place lies in.

Hooks only, without a team: every linked worktree is a member named after its directory (`git worktree add ../agent-1 -b
agent-1/auth`), which is how people work before they let a tool do it. We never switch or clean a worktree we did not
make.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import late
from batty_hooks.system.git import links, unfinished, worktrees
from batty_hooks.system.git.worktrees import Worktree

_GATE = late.pattern(r"gate-\d+\Z")


def homes(project: Project) -> dict[str, Worktree]:
    """Every linked worktree by the name of the member who works there; gate worktrees are nobody's.

    Of several whose directories have one last name, ours has it, else the one that git knows by it; the others go by
    the name that git gave them (`feature1`).
    """
    places: list[tuple[Worktree, str]] = []  # each with the name that git has for it
    for place in worktrees.listed(project.root)[1:]:
        gate = is_managed(project, place.path) and _GATE.match(place.path.name)
        if place.prunable or place.half_made or gate:
            continue
        directory = links.own_directory(place.path)
        if directory and links.belongs_to(project.common, directory):
            places.append((place, directory.name))
    if len({place.path.name for place, _ in places}) < len(places):
        places.sort(key=lambda one: (not is_managed(project, one[0].path), one[1] != one[0].path.name))
    found: dict[str, Worktree] = {}
    for place, own in places:
        found[next(name for name in _names(place.path, own) if name not in found)] = place
    return found


def _names(path: Path, own: str) -> Iterator[str]:
    yield path.name
    yield own
    yield from (f"{own}-{number}" for number in count(2))


def _gits_name(path: Path) -> str:
    """What git calls the worktree at ``path``: no two have the same."""
    try:
        with open(f"{path}/.git", encoding="utf-8", errors="surrogateescape") as file:
            return os.path.basename(file.read().strip().rstrip("/")) or path.name
    except OSError:
        return path.name


def is_managed(project: Project, path: Path) -> bool:
    """Whether we made the worktree at ``path`` (others' worktrees are never switched or cleaned by us)."""
    return path.parent == project.worktrees


def member_at(project: Project, place: Path) -> str | None:
    """Whose worktree ``place`` lies in; None in the primary checkout."""
    root = root_of(place)
    if root is None or root == project.root:
        return None
    is_namesake = not is_managed(project, root) and (project.worktree(root.name) / ".git").exists()
    if _gits_name(root) == root.name and not is_namesake:
        return root.name
    return next((name for name, home in homes(project).items() if home.path == root), root.name)


def stood_before(path: Path) -> str:
    """The commit that the worktree at ``path`` stood on before it began a history without parents; "" for none."""
    directory = links.own_directory(path)
    return unfinished.stood_on(directory, anew=True) if directory else ""


def left_branch(path: Path, name: str) -> tuple[str, str]:
    """The branch called ``name``, or ``name-…``, that the worktree at ``path`` has left last, and the commit it stood
    on then; ("", "") for none."""
    directory = links.own_directory(path)
    return unfinished.left(directory, name) if directory else ("", "")


def root_of(place: Path) -> Path | None:
    """The root of the checkout that ``place`` lies in."""
    place = place.absolute()
    return next((directory for directory in (place, *place.parents) if (directory / ".git").exists()), None)
