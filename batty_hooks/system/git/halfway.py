"""A fast-forward that was killed half-way: what it left in a checkout, told apart from what anybody else wrote there.

git writes the work tree first, file by file (each unlinked, then written), then the index, then the branch. Finishing
its work would need a checkout in which nobody has typed since, so it is taken back, then made again: a file that is
missing, or holds what was being written or a beginning of it, is the fast-forward's and gets its content back; whatever
holds anything else is somebody's work and is not touched. A lander killed alone leaves its git at work: the next one
waits for it. The same is done when git gives up half-way (a filter fails, a disk is full).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from batty_hooks.system.git import call, config, objects
from batty_hooks.system.git.objects import Change

_LOCKED_AT_ONCE_SECONDS = 10.0  # the index is the first thing a fast-forward locks, even on a busy machine
COARSE_NS = 100_000_000
# A little index of ours is no place for the clever ways in which a big one is kept.
_PLAIN_INDEX = ("-c", "core.fsmonitor=false", "-c", "core.splitIndex=false", "-c", "core.untrackedCache=false")


def take_back(worktree: Path, old: str, new: str) -> None:
    """Bring a checkout of ``old`` back to ``old`` where a fast-forward to ``new`` had begun to change it.

    May be killed at any line and made again. Raises GitError when git cannot write there.
    """
    changes = objects.changes(worktree, old, new)
    written = _written(worktree, changes, new)
    _put_index_back(worktree, changes)
    for change in written:
        if change.is_new:
            _take_out(worktree, change.path)
    _put_back(worktree, old, [change.path for change in written if not change.is_new])


def drop_index_lock(worktree: Path, old: str, new: str, begun: float) -> None:
    """Take away the index.lock that a killed fast-forward, begun at ``begun`` (seconds since the epoch), left there.

    An empty one was made just then; a filled one holds all of ``new`` or is cut off. Any other is a living git's.
    """
    directory = config.git_directory(worktree)
    try:
        status = os.stat(f"{directory}/index.lock")
    except OSError:
        return
    if status.st_mtime < begun - 1:
        return
    if status.st_size == 0:
        ours = status.st_mtime <= begun + _LOCKED_AT_ONCE_SECONDS
    else:
        held = _index(worktree, f"{directory}/index.lock")
        moved = all(held.get(change.path) == _new(change) for change in objects.changes(worktree, old, new))
        ours = moved or _is_cut_off(Path(f"{directory}/index.lock"))
    if ours:
        Path(f"{directory}/index.lock").unlink(missing_ok=True)


def marked(worktree: Path) -> set[str]:
    """The tracked files whose edits `git status` was told not to show (assume-unchanged, skip-worktree).

    An index is never written in place: each change of it is another file, and what one file holds is remembered; not of
    one that is as new as the clock of the file system is coarse, for the next but one may look the same.
    """
    identity, written = identity_of_index(worktree)
    key = ("marks", str(worktree), identity)
    known = call.remember(*key)
    if known is None:
        marks = call.fields("ls-files", "-z", "-v", cwd=worktree)
        known = "\0".join(mark[2:] for mark in marks if mark[0] == "S" or mark[0].islower())
        if identity and time.time_ns() - written > COARSE_NS:
            call.remember(*key, value=known)
    return set(filter(None, known.split("\0")))


def identity_of_index(worktree: Path) -> tuple[str, int]:
    """Which file the index is at the moment ("" when that cannot be said), and when it was written (in nanoseconds
    since the epoch)."""
    directory = config.git_directory(worktree)
    try:
        status = os.stat(f"{directory}/index")
    except OSError:
        return "", 0
    identity = f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
    return identity, status.st_mtime_ns


def hidden_edits(worktree: Path, changes: list[Change], marked: Collection[str]) -> list[str]:
    """Which of the changed paths are ``marked`` and hold an edit.

    A path outside a sparse checkout has the same mark, and is not there.
    """
    there = [c for c in changes if c.path in marked and os.path.lexists(worktree / c.path)]
    return sorted(_differing(worktree, [(c.old_mode, c.old, c.path) for c in there]))


def ignored(worktree: Path, names: Sequence[str]) -> list[str]:
    """Which of some files git ignores at ``worktree``."""
    asked = b"".join(os.fsencode(name) + b"\0" for name in names)
    out = call.run("check-ignore", "-z", "--stdin", cwd=worktree, stdin=asked)[1] if names else b""
    return [os.fsdecode(name) for name in out.split(b"\0") if name]


def _written(worktree: Path, changes: list[Change], new: str) -> list[Change]:
    """The changes that the fast-forward had made, or had begun to make, in the work tree."""
    not_old = _differing(worktree, [(c.old_mode, c.old, c.path) for c in changes if not c.is_new])
    not_new = _differing(worktree, [(c.new_mode, c.new, c.path) for c in changes if not c.is_gone])
    found = []
    for change in changes:
        full = worktree / change.path
        there = os.path.lexists(full) and (full.is_symlink() or not full.is_dir() or change.is_submodule)
        as_old = not there if change.is_new else change.path not in not_old
        as_new = not there if change.is_gone else change.path not in not_new
        if as_old or _through_a_link(worktree, change.path):
            continue
        if as_new or not there or _is_beginning(worktree, change, new):
            found.append(change)
    return found


def _through_a_link(worktree: Path, path: str) -> bool:
    return any((worktree / parent).is_symlink() for parent in list(Path(path).parents)[:-1])


def _is_beginning(worktree: Path, change: Change, new: str) -> bool:
    """Whether a file on disk holds no more than the first part of what it was to become."""
    full = worktree / change.path
    if not stat.S_ISREG(os.lstat(full).st_mode) or not change.new_mode.startswith("100"):
        return False
    code, whole, _ = call.run("cat-file", "--filters", f"{new}:{change.path}", cwd=worktree)
    return code == 0 and full.stat().st_size < len(whole) and whole.startswith(full.read_bytes())


def _take_out(worktree: Path, path: str) -> None:
    """Remove what was added at ``path``, and the directories that are empty without it."""
    full = worktree / path
    with contextlib.suppress(OSError):
        if full.is_dir() and not full.is_symlink():
            full.rmdir()  # a submodule's place
        else:
            full.unlink()
        for parent in list(Path(path).parents)[:-1]:
            (worktree / parent).rmdir()


def _put_back(worktree: Path, commit: str, names: list[str]) -> None:
    """Give files of a worktree the content they have in ``commit``; the index stays as it is."""
    if names:
        data = "\0".join(names).encode("utf-8", "surrogateescape")
        call.text(
            "--literal-pathspecs", "restore", f"--source={commit}", "--worktree",
            "--pathspec-from-file=-", "--pathspec-file-nul", cwd=worktree, stdin=data,
        )  # fmt: skip


def _put_index_back(worktree: Path, changes: list[Change]) -> None:
    """Give the index the old entries again where it has the new ones."""
    held = _index(worktree)
    moved = [change for change in changes if held.get(change.path) == _new(change)]
    removed = [("0", change.new, change.path) for change in moved if not change.is_gone]
    _enter(worktree, removed + [(c.old_mode, c.old, c.path) for c in moved if not c.is_new], {})


def _new(change: Change) -> tuple[str, str] | None:
    return None if change.is_gone else (change.new_mode, change.new)


def _index(worktree: Path, file: str = "") -> dict[str, tuple[str, str]]:
    """path → (mode, oid) of everything in the index, or in an index file; {} when it cannot be read."""
    environment = {"GIT_INDEX_FILE": file} if file else None
    code, out, _ = call.run(*_PLAIN_INDEX, "ls-files", "-z", "--stage", cwd=worktree, env=environment)
    lines = [] if code else out.decode("utf-8", "surrogateescape").split("\0")
    split = [(facts.split(" "), path) for facts, _, path in (line.partition("\t") for line in lines if line)]
    return {path: (mode, oid) for (mode, oid, _), path in split}


def _is_cut_off(index: Path) -> bool:
    """Whether an index file ends too early: git itself does not look, and reads rubbish."""
    data = index.read_bytes()
    ends = {hashlib.sha1(data[:-20]).digest(), bytes(20)}  # zeros: index.skipHash
    return data[-20:] not in ends and hashlib.sha256(data[:-32]).digest() != data[-32:]


def _differing(worktree: Path, entries: list[tuple[str, str, str]]) -> set[str]:
    """The paths of ``entries`` (mode, oid, path) that do not lie on disk as git would write them, filters applied."""
    if not entries:
        return set()
    import tempfile

    with tempfile.TemporaryDirectory(prefix="batty-hooks-") as place:
        index = {"GIT_INDEX_FILE": f"{place}/index"}
        _enter(worktree, entries, index)
        return set(call.fields(*_PLAIN_INDEX, "ls-files", "-z", "--modified", cwd=worktree, env=index))


def _enter(worktree: Path, entries: list[tuple[str, str, str]], environment: dict[str, str]) -> None:
    if entries:
        data = "".join(f"{mode} {oid}\t{path}\0" for mode, oid, path in entries).encode("utf-8", "surrogateescape")
        call.text(*_PLAIN_INDEX, "update-index", "-z", "--index-info", cwd=worktree, stdin=data, env=environment)
