"""The two files by which a linked worktree and its repository know each other: `.git` there, `gitdir` here."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from batty_hooks.system import atomic

_MOST = 1 << 16  # bytes
_TAIL = 4  # <project>/.batty/worktrees/<name>/.git: what stays the same wherever a project is moved


def text(path: str) -> str:
    """What a small file of git's says: each look reads some of every worktree, so the place is a word and no Path.
    Raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, _MOST).decode("utf-8", "surrogateescape")
    finally:
        os.close(file)


def is_sparse(path: Path) -> bool:
    """Whether the linked worktree at ``path`` holds a part of the files only (`git sparse-checkout`), by its own
    settings: a worktree is made with those of the primary checkout, and keeps what somebody has typed in it."""
    with contextlib.suppress(OSError):
        if directory := own_directory(path):
            return "sparsecheckout=true" in "".join(text(f"{directory}/config.worktree").lower().split())
    return False


def own_directory(path: Path) -> Path | None:
    """The git directory of the linked worktree at ``path``, if the two lead to each other; else None. Where somebody
    spoilt its `.git`, git would go up and find the primary checkout; in a copy of a project, the original."""
    file = f"{path}/.git"
    with contextlib.suppress(OSError):
        if not os.path.isfile(file):
            return None
        directory = os.path.normpath(os.path.join(path, text(file).strip().removeprefix("gitdir:").strip()))
        known = os.path.join(directory, text(f"{directory}/gitdir").rstrip("\n"))
        if known == file or os.path.samefile(os.path.dirname(known), path):
            return Path(directory)
    return None


def leads_to(common: Path, path: Path) -> bool:
    """Whether the worktree at ``path`` is one of the repository ``common``, and both know it."""
    return belongs_to(common, own_directory(path))


def belongs_to(common: Path, directory: Path | None) -> bool:
    """Whether a worktree's own git ``directory`` is one of the repository ``common``."""
    above = directory and directory.parent.parent
    return above is not None and (above == common or os.path.realpath(above) == os.path.realpath(common))


def registration(common: Path, path: Path) -> Path | None:
    """The directory in which the repository keeps what it knows of the worktree at ``path``, whether or not that is
    there; None when it knows of none."""
    wanted = _plain(path / ".git")
    return next((known for known, place in _registered(common) if _plain(place) == wanted), None)


def lead_back(common: Path, home: Path) -> None:
    """Make each worktree in ``home`` and the repository lead to each other again, where `.git` was deleted, or where
    both were moved or copied. What belongs to another place that is alive is not touched."""
    for path in sorted(home.glob("*")):
        if path.is_dir() and not path.is_symlink() and not leads_to(common, path):
            directory = _of(common, path)
            if directory and not (path / ".git").is_dir():
                _join(directory, path)


def _join(directory: Path, path: Path) -> None:
    """The repository's file first: it is what a killed one is found by again."""
    for file, text in ((directory / "gitdir", f"{path / '.git'}\n"), (path / ".git", f"gitdir: {directory}\n")):
        atomic.write(file, text.encode("utf-8", "surrogateescape"))


def _of(common: Path, path: Path) -> Path | None:
    """What the repository knows of the worktree at ``path``, by where it was: under the same name in another place."""
    known, wanted = list(_registered(common)), (path / ".git").parts[-_TAIL:]
    exact = [directory for directory, place in known if place == path / ".git"]
    alike = [directory for directory, place in known if place.parts[-_TAIL:] == wanted
             and own_directory(place.parent) != directory]  # fmt: skip
    return next(iter([*exact, *alike]), None)


def _registered(common: Path) -> list[tuple[Path, Path]]:
    """What the repository knows of worktrees: its directory for each, and where the `.git` of each is."""
    found = []
    for file in sorted(common.glob("worktrees/*/gitdir")):
        with contextlib.suppress(OSError):
            found.append((file.parent, _place(file.parent)))
    return found


def _place(directory: Path) -> Path:
    """Where the `.git` of a worktree is, by what the repository knows of it."""
    return directory / (directory / "gitdir").read_text(errors="surrogateescape").rstrip("\n")


def _plain(place: Path) -> str:
    return os.path.join(os.path.realpath(place.parent.parent), place.parent.name, place.name)
