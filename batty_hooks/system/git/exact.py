"""A worktree of ours made to hold exactly one commit, whatever a test has left in it.

Only what git ignores stays (build caches). `checkout --force` and `clean` alone leave more: what a .gitignore of the
run's own hides, files flagged so that git does not look at them, repositories inside tracked directories, read-only
directories, and bytecode of another source of the same size that was written in the same second. Each way in which a
run was found to reach the next one is a line here and a case in `tests/system/exact_test.py`. What a file looks like on
disk is decided by the tracked .gitattributes alone (see `attributes`). It is done only where `.git` proves to be the
worktree's own: git would go up and do all that to the primary checkout.
"""

from __future__ import annotations

import contextlib
import glob
import os
from pathlib import Path, PurePath

from batty_hooks.system import directories
from batty_hooks.system.git import attributes, call, config, links
from batty_hooks.system.git.settings import EXACT

_WHOLE = ("-c", "core.sparseCheckout=false")


def checkout_exact(path: Path, commit: str) -> None:
    """Make a worktree of *ours* hold exactly ``commit``: detached, changes and untracked files gone, ignored files
    kept. Never call it on a worktree anybody edits. Raises GitError when it is no worktree any more."""
    directory = _own_directory(path, commit)
    (directory / "index.lock").unlink(missing_ok=True)
    env = attributes.without_own(directory)
    _require_line_ends(path, directory)
    try:
        _make_exact(path, commit, env)
    except (call.GitError, OSError):
        directories.open_up(path)
        _make_exact(path, commit, env)


def _own_directory(path: Path, commit: str) -> Path:
    """Where a run spoilt the worktree's `.git`, everything here would be done to the primary checkout."""
    directory = links.own_directory(path)
    if directory is None:
        raise call.GitError(("checkout", commit), 128, f"{path} is no worktree of this repository")
    return directory


def _require_line_ends(path: Path, directory: Path) -> None:
    """Have a worktree of an older version checked out anew where its person likes other line ends: it has them."""
    mark = directory / "line-ends"
    if not mark.exists():
        index = directory / "index"
        if index.exists() and any(config.get(path, key) for key in ("core.autocrlf", "core.eol")):
            index.unlink()
        mark.touch()


def _make_exact(path: Path, commit: str, env: dict[str, str]) -> None:
    going = _going(path, commit, env) if os.listdir(path) != [".git"] else []
    for name in going:
        _forget(path, name)
    _checkout(path, commit, env)
    if any(os.path.basename(name) == ".gitattributes" for name in going):
        # Another rule for what a file looks like on disk: git leaves alone what has the same content as before.
        (_own_directory(path, commit) / "index").unlink(missing_ok=True)
        _checkout(path, commit, env)
    entries = call.fields("ls-files", "-v", "-z", cwd=path)
    tracked = {entry[2:] for entry in entries}
    directories = {str(parent) for name in {os.path.dirname(name) for name in tracked} for parent in _upwards(name)}
    links = _unlink(path, directories)
    if _unflag(path, [entry[2:] for entry in entries if not entry.startswith("H ")]) or links:
        _checkout(path, commit, env)
    for directory in directories:
        _make_plain(path / directory, tracked, directory)
    _clean(path)


def _going(path: Path, commit: str, env: dict[str, str]) -> list[str]:
    """The tracked files that will be other ones in ``commit``, or have been touched."""
    return call.fields(*EXACT, "diff-index", "-z", "--name-only", "--no-renames", commit, "--", cwd=path, env=env)


def _upwards(directory: str) -> list[PurePath]:
    place = PurePath(directory)
    return [place, *place.parents]


def _unlink(path: Path, directories: set[str]) -> bool:
    """Take away links that stand for directories of tracked files: git looks through them, and finds all in order."""
    links = [path / directory for directory in directories if (path / directory).is_symlink()]
    for link in links:
        link.unlink()
    return bool(links)


def _checkout(path: Path, commit: str, env: dict[str, str]) -> None:
    call.text(*EXACT, *_WHOLE, "checkout", "--quiet", "--detach", "--force", commit, cwd=path, env=env)


def _forget(path: Path, name: str) -> None:
    """Take away a tracked file that is going to change, or has been touched, and the bytecode made of it: Python takes
    bytecode for good when second and size of its source are the same."""
    place = path / name
    if not directories.is_inside(path, place):
        return
    with contextlib.suppress(OSError):
        place.unlink()
    if place.suffix == ".py":
        for made in place.parent.glob(f"__pycache__/{glob.escape(place.stem)}.*.pyc"):
            made.unlink(missing_ok=True)


def _unflag(path: Path, names: list[str]) -> bool:
    """Take assume-unchanged and skip-worktree from files, so that git looks at them again; whether there were any."""
    data = "".join(f"{name}\0" for name in names).encode("utf-8", "surrogateescape")
    for flag in ("--no-assume-unchanged", "--no-skip-worktree") if names else ():
        call.text("update-index", "-z", flag, "--stdin", cwd=path, stdin=data)
    for name in names:
        _forget(path, name)
    return bool(names)


def _clean(path: Path) -> None:
    """Take away what is untracked, nested repositories too. An untracked .gitignore hides files until it is gone
    itself, so look again then."""
    while any(
        line.rstrip('"').endswith(".gitignore") for line in call.text(*EXACT, "clean", "-ffd", cwd=path).splitlines()
    ):
        pass


def _make_plain(place: Path, tracked: set[str], directory: str) -> None:
    """A directory of tracked files may be written, is no repository of its own, and has no .gitignore that a run made:
    a cache that hides itself lies in a directory of its own, as those of pytest and mypy do."""
    directories.make_writable(place)
    if directory != "." and os.path.lexists(place / ".git"):
        directories.remove(place / ".git")
    if os.path.lexists(place / ".gitignore") and os.path.normpath(f"{directory}/.gitignore") not in tracked:
        directories.remove(place / ".gitignore")
