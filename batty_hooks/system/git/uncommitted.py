"""What is in a worktree and in no commit yet, as a tree; the worktree and its index are only read.

The index is copied, what has changed is added to the copy, and the objects go into a directory that is thrown away: no
lock is taken that a person's git could find taken, and nothing is left in the repository. What git ignores is not
looked at; of the rest so much as a person may have typed, and no film.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from batty_hooks.system.git import call, config, loose, merging, worktrees

_LARGEST = 1_000_000  # bytes of a file
_MOST = 500  # files
_UNMERGED = frozenset(["DD", "AU", "UD", "UA", "DU", "AA", "UU"])


def changed(worktree: Path) -> list[tuple[str, str]]:
    """(path, stamp) of what is in no commit yet, at most 500 files of at most a megabyte: another stamp when it was
    saved again. Nothing while a conflict is open there: half of it is git's own marks. Raises GitError where git
    cannot tell."""
    found = worktrees.dirty(worktree)
    return [] if _UNMERGED & {code for code, _ in found} else list(_stamped(worktree, [p for _, p in found[:_MOST]]))


def _stamped(worktree: Path, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            at = os.lstat(worktree / path)
        except FileNotFoundError:
            yield path, "gone"
            continue
        except OSError:
            continue
        if stat.S_ISLNK(at.st_mode) or (stat.S_ISREG(at.st_mode) and at.st_size <= _LARGEST):
            yield path, f"{at.st_mode} {at.st_size} {at.st_mtime_ns}"


def tree(worktree: Path, paths: Sequence[str], objects: Path) -> str | None:
    """The tree of a worktree as it would be committed now with those paths; None where that cannot be had at the moment
    (a merge is under way in it, or it is being saved)."""
    directory, common = config.git_directory(worktree), loose.common_directory(worktree)
    objects.mkdir(parents=True, exist_ok=True)
    index = objects / f"index-{os.getpid()}-{os.urandom(4).hex()}"
    env = {"GIT_INDEX_FILE": str(index), "GIT_OBJECT_DIRECTORY": str(objects), **merging.beside(common)}
    names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    try:
        import shutil

        shutil.copyfile(directory / "index", index) if directory else None
        added = call.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin",
                         cwd=worktree, stdin=names, env=env)  # fmt: skip
        code, out, _ = call.run("-c", "core.fsync=none", "write-tree", cwd=worktree, env=env)
    except OSError:
        return None
    finally:
        for left in (index, index.with_name(f"{index.name}.lock")):
            left.unlink(missing_ok=True)
    return None if added[0] or code else out.decode().strip()
