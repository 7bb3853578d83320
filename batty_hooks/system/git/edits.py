"""Which of some files somebody has changed in a checkout: what `git status` says, asked again only when it may say
something else.

Whoever looks several times a second at what may land asks the same of the same files, and git reads the whole index for
each answer.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from batty_hooks.system.git import call, halfway, worktrees


def recalled(worktree: Path, head: str, names: Collection[str]) -> set[str] | None:
    """Which of ``names`` are tracked files that somebody has changed, staged or taken out at ``worktree``, which stands
    on the commit ``head``; None when git is to be asked (`read`)."""
    known = _known(worktree, head)
    if known is None or any(known[0].get(name) != _as_it_is(worktree / name)[0] for name in names):
        return None
    return set(names) & set(known[1])


def read(worktree: Path, head: str, names: Iterable[str], lasting: Callable[[], bool]) -> frozenset[str]:
    """All tracked files that somebody has changed, as git says it now. What it says of ``names`` is remembered with the
    index and these files as they were: it is good while they are the same, if none of them is as new as the clock of
    the file system is coarse (see `halfway.marked`), and if, asked afterwards, it was ``lasting``."""
    index, written = halfway.identity_of_index(worktree)
    known = _known(worktree, head)
    found = {name: _as_it_is(worktree / name) for name in {*names, *(known[0] if known else ())}}
    changed = worktrees.touched_paths(worktree)
    newest = max(written, *(at for _, at in found.values()), 0)
    if index and newest < time.time_ns() - halfway.COARSE_NS and lasting():
        facts = [{name: here for name, (here, _) in found.items()}, changed]
        call.remember(*_key(worktree, head, index), value=json.dumps(facts))
    return frozenset(changed)


def _known(worktree: Path, head: str) -> tuple[dict[str, str], list[str]] | None:
    """What is remembered: files as they were, and which were changed."""
    index, _ = halfway.identity_of_index(worktree)
    said = call.remember(*_key(worktree, head, index)) if index else None
    return json.loads(said) if said else None


def _key(worktree: Path, head: str, index: str) -> tuple[str, ...]:
    return "edits", str(worktree), head, index


def _as_it_is(path: Path) -> tuple[str, int]:
    """A word for a file's state ("": it is not there), and when it was changed last, in nanoseconds."""
    try:
        at = os.lstat(path)
    except OSError:
        return "", 0
    facts = f"{at.st_dev} {at.st_ino} {at.st_mode} {at.st_size} {at.st_mtime_ns} {at.st_ctime_ns}"
    return facts, max(at.st_mtime_ns, at.st_ctime_ns)
