"""What made git fail and is over the next time: another git in the middle of its work, and what a killed one left."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from batty_hooks.system import late, process
from batty_hooks.system.git import remedies

# `git worktree add` and `remove` write their files one by one; any git that lists the worktrees in that moment, ours or
# the user's, dies before it has done anything ("failed to read .git/worktrees/gate-1/commondir: Success").
_HALF_MADE_WORKTREE = late.pattern(rb"failed to read .*worktrees/[^/]+/")
# A git that collects (`gc`, `prune-packed`) takes away a directory of objects that is empty at the moment, into which
# another was about to put one.
_DIRECTORY_TAKEN = late.pattern(rb"unable to create temporary file: No such file or directory")
# A git that is killed leaves its locks behind. Nobody alive holds the lock of a ref for longer than its hooks take.
_LOCK_OF_A_REF = late.pattern(r"/(?:(?:refs/.+|HEAD|ORIG_HEAD|packed-refs)\.lock|packed-refs\.new)\Z")
# An index is locked for as long as an editor asks for a message; a git that does so stands in the worktree.
# (The person's own checkout is left to him.)
_LOCK_OF_AN_INDEX = late.pattern(r"/worktrees/[^/]+/(?:index|HEAD)\.lock\Z")
_LEFT_BEHIND_SECONDS = 60.0


def passes(said: bytes) -> bool:
    """Whether it is worth another try, by what git said."""
    passing = (_HALF_MADE_WORKTREE, _DIRECTORY_TAKEN)
    return _drop_left_lock(said) or any(pattern.search(said) for pattern in passing)


def _drop_left_lock(said: bytes) -> bool:
    """Take away the lock git complained of, when it is a ref's or a linked worktree's, a minute old, and nobody is at
    work there; whether it is gone."""
    lock = remedies.lock_taken(os.fsdecode(said))
    if not lock or not (_LOCK_OF_A_REF.search(lock) or _LOCK_OF_AN_INDEX.search(lock)):
        return False
    with contextlib.suppress(OSError):
        if time.time() - os.stat(lock).st_mtime < _LEFT_BEHIND_SECONDS:
            return False
        if _LOCK_OF_AN_INDEX.search(lock):
            named = Path(lock).with_name("gitdir").read_text("utf-8", "surrogateescape").strip()
            dot_git = os.path.normpath(os.path.join(os.path.dirname(lock), named))  # (`worktree.useRelativePaths`)
            if process.is_at_work("git", Path(dot_git).parent):
                return False
        os.unlink(lock)
    return True
