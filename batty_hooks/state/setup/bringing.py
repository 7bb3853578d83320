"""Copies and links: untracked paths of the primary checkout, brought into a worktree.

Nothing tracked is touched, and nothing that somebody else put there; what is not brought is said in a line.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.state.setup.spec import Spec
from batty_hooks.system import directories
from batty_hooks.system.git import worktrees

ANY = "*"  # left by a setup that was killed: whatever is in that copy, it is ours


def bring(
    project: Project, place: Path, spec: Spec, copies: Mapping[str, tuple[str, str]], kept: tuple[str, ...] | None
) -> tuple[dict[str, str], list[str]]:
    """Copy and link into the worktree at ``place``: the copies that are ours, each with its source's signature, and why
    what was not brought was not, a line each.

    ``copies`` is what is remembered of earlier ones (signatures: copied with, left with): a copy nobody has changed
    since is made anew. In a worktree that is ours alone, ``kept`` are the paths that its setup made; what else is in
    the way there was left by a run and goes. ``kept`` None: it is somebody's, and everything stays.
    """
    tracked = worktrees.tracked_among(place, spec.brought) if spec.brought else set()
    ours: dict[str, str] = {}
    said: list[str] = []
    for path in spec.brought:
        why = lacking(project, path) or _forbidden(place, path, tracked)
        if not why and path in spec.link:
            why = _link(project, place, path, kept)
        elif not why:
            why = _copy(project, place, path, copies.get(path, ("", ""))[1], kept)
            ours |= {} if why else {path: directories.snapshot(project.root / path)}
        if why:
            said.append(f"{path} {why}")
    return ours, said


def lacking(project: Project, path: str) -> str:
    """Why a path cannot come from the primary checkout; "" when it can."""
    try:
        mode = (project.root / path).stat().st_mode
    except OSError:
        return f"is not in {project.root}: not brought"
    return "" if stat.S_ISDIR(mode) or stat.S_ISREG(mode) else "is neither a file nor a directory: not brought"


def _forbidden(place: Path, path: str, tracked: set[str]) -> str:
    if path in tracked:
        return "is tracked by git here: left as it is"
    target = place / path
    for above in reversed(target.relative_to(place).parents):
        if os.path.lexists(place / above) and (not (place / above).is_dir() or (place / above).is_symlink()):
            return f"is not brought: {above} is no directory of its own here"
    target.parent.mkdir(parents=True, exist_ok=True)
    return ""


def _link(project: Project, place: Path, path: str, kept: tuple[str, ...] | None) -> str:
    target = place / path
    leads = os.path.relpath(os.path.join(os.path.realpath(project.root), path), os.path.realpath(target.parent))
    if target.is_symlink() and os.readlink(target) == leads:
        return ""
    if os.path.lexists(target):
        if kept is None or path in kept:
            return "is there already, and is not our link: left as it is"
        directories.remove(target)
    target.symlink_to(leads)
    return ""


def _copy(project: Project, place: Path, path: str, left: str, kept: tuple[str, ...] | None) -> str:
    import shutil

    source, target = project.root / path, place / path
    there = directories.snapshot(target)
    if there == directories.snapshot(source) and not target.is_symlink():
        return ""
    if os.path.lexists(target) and kept is None and left not in (there, ANY):
        return "is there already, and is no unchanged copy of ours: left as it is"
    temporary = project.ready / f".{place.name}.part"
    directories.remove(temporary)
    try:
        _duplicate(source, temporary)
        if os.path.lexists(target):
            directories.remove(target)
        _move(temporary, target)
    except shutil.Error as error:
        return f"could not be copied: {error.args[0][0][2] if error.args and error.args[0] else error}"
    finally:
        directories.remove(temporary)
    return ""


def _duplicate(source: Path, target: Path) -> None:
    import shutil

    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=_odd_ones)
    else:
        shutil.copy2(source, target)


def _odd_ones(directory: str, names: list[str]) -> list[str]:
    """Sockets and pipes cannot be copied, and nobody means them."""
    modes = ((name, os.lstat(os.path.join(directory, name)).st_mode) for name in names)
    return [name for name, mode in modes if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))]


def _move(temporary: Path, target: Path) -> None:
    """Put it there in one step, and over nothing that came in the meantime (link refuses where rename does not)."""
    try:
        if temporary.is_dir():
            temporary.rename(target)
        else:
            os.link(temporary, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP):
            raise
        _duplicate(temporary, target)  # another file system
