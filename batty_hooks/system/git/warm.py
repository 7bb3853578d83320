"""A worktree that is kept from run to run (switching it costs milliseconds, a new one seconds), and made anew where it
is spoilt."""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.system.git import exact, worktrees


def hold(repository: Path, path: Path, commit: str) -> None:
    """Make the worktree of ours at ``path`` hold exactly ``commit``; ignored files (build caches) stay. Raises GitError
    when git cannot."""
    if (path / ".git").exists():
        try:
            exact.checkout_exact(path, commit)
            return
        except Exception:  # whatever is wrong with it, it is made anew
            pass
    if os.path.lexists(path):
        worktrees.discard(repository, path)
    worktrees.add(repository, path, commit, empty=True)
    exact.checkout_exact(path, commit)
