"""Where the repository lies that somebody is in: its primary checkout and the git directory all worktrees share."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import late

# A mirror's `remote.<name>.fetch`: the branches here are made those of the remote.
_MIRRORING = late.pattern(r"\s*fetch\s*=\s*\"?\+?refs/(?:heads/)?\*:refs/(?:heads/)?\*\"?\s*$", re.IGNORECASE)
_REMOTE = late.pattern(r"\s*\[\s*remote\s+\"(?P<name>[^\"]+)\"\s*\]", re.IGNORECASE)


def place(start: Path) -> tuple[Path, Path]:
    """The primary checkout (a bare repository itself) and the common git directory. Raises FatalError outside any."""
    return _by_files(start) or _by_git(start)


def _by_files(start: Path) -> tuple[Path, Path] | None:
    """The usual layouts, read without starting git: a command that an agent calls fifty times a day."""
    for directory in (start, *start.parents):
        dot_git = directory / ".git"
        if dot_git.is_dir():
            return (directory, dot_git) if (dot_git / "HEAD").exists() else None
        if dot_git.is_file():
            return _of_linked(directory, dot_git)
        if (directory / "HEAD").is_file() and (directory / "objects").is_dir():
            return None  # a bare repository, or the inside of a git directory
    return None


def _of_linked(directory: Path, dot_git: Path) -> tuple[Path, Path] | None:
    from batty_hooks.system.git import links

    project = directory.parents[2] if directory.parent.match(".batty/worktrees") else directory
    if (project / ".git").is_dir() and links.own_directory(directory) is None:
        return (project, project / ".git")  # of a project that was copied: it leads to the original
    try:
        own = directory / dot_git.read_text().removeprefix("gitdir:").strip()
        common = (own / (own / "commondir").read_text().strip()).resolve()
    except OSError:
        return None
    return (common.parent, common) if common.name == ".git" and common.is_dir() else None


def _by_git(start: Path) -> tuple[Path, Path]:
    from batty_hooks.system.git import config, worktrees

    common = config.common_directory(start)
    if common is None:
        raise FatalError(f"{start} is not in a git repository", "go to your project, or make it one with `git init`")
    primary = worktrees.listed(start)[0]
    if primary.bare:
        return (common, common)
    # A submodule or --separate-git-dir: git lists the primary worktree by its git directory.
    root = config.top_level(start) if primary.path == common else primary.path
    return (root or primary.path, common)


def lacking(root: Path, common: Path) -> tuple[str, str] | None:
    """Why git can do nothing here (it is too old, or older than the repository, or its config is damaged), or nobody
    could find the primary checkout; and what mends that. None where all is well."""
    from batty_hooks.system.git import config

    return config.too_old() or config.refused(root) or hidden(root, common)


def hidden(root: Path, common: Path) -> tuple[str, str] | None:
    """Why nobody could find the primary checkout from another worktree, and what mends that; None where git says where
    it is. (Of a submodule it does, in core.worktree; after `init --separate-git-dir` it does not.)"""
    from batty_hooks.system.git import config

    if common in (root, root / ".git") or config.get(root, "core.worktree"):
        return None
    place = shlex.quote(str(root)) if config.git_directory(root) == common else "CHECKOUT"
    what = f"git does not know where the checkout of {common} is (it was made with --separate-git-dir)"
    return what, f"git config core.worktree {place} && batty-hooks install"


def taken_for_bare(root: Path, common: Path) -> tuple[str, str] | None:
    """That git takes the checkout at ``root`` for a bare repository, as tools leave it that run `git init` with GIT_DIR
    set, and what mends that; None where it does not. A bare repository has no index. Starts no process twice."""
    from batty_hooks.system.git import config

    if common != root / ".git" or not (common / "index").exists():
        return None
    values = (config.of_file(common / name, "core.bare") for name in ("config.worktree", "config"))
    if next(filter(None, values), "false").lower() not in ("true", "yes", "on", "1"):
        return None
    what = f"git takes {root} for a bare repository (core.bare is true in {common / 'config'}): nothing can land there"
    return what, "git config core.bare false"


def borrowed_in_vain(common: Path) -> tuple[str, str] | None:
    """That the objects which a clone borrows (`git clone --shared` or `--reference`) are not where they were, and what
    mends that; None where all are there."""
    objects = common / "objects"
    with contextlib.suppress(OSError):
        for line in (objects / "info/alternates").read_text("utf-8", "surrogateescape").splitlines():
            place = objects / line
            if line and line[0] not in '#"' and not place.is_dir():
                what = f"this clone borrows objects of {place}, which is not there: git cannot read what it lacks"
                mend = "git fsck --connectivity-only  (once that is there again; else clone anew, and fetch from here)"
                return what, mend
    return None


def written_over(common: Path) -> tuple[str, str] | None:
    """That a `git fetch` makes the branches here those of a remote, as in a clone made with `--mirror`, and what mends
    that; None where it does not."""
    remote = ""
    with contextlib.suppress(OSError):
        for line in (common / "config").read_text("utf-8", "replace").splitlines():
            if line.lstrip().startswith("["):
                remote = found["name"] if (found := _REMOTE.match(line)) else ""
            elif remote and _MIRRORING.match(line):
                key = shlex.quote(f"remote.{remote}.fetch")
                what = (
                    f"each `git fetch` makes the branches here those of {remote}: work that is only here goes with it"
                )
                return what, f"git config --replace-all {key} '+refs/heads/*:refs/remotes/{remote}/*'"
    return None
