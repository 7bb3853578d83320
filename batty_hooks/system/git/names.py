"""What git takes for a name."""

from __future__ import annotations

from pathlib import Path

from batty_hooks.system.git import call


def may_be_a_branch(cwd: Path, name: str) -> bool:
    """Whether git lets a branch be called so (it does not let one be called HEAD, or `two words`)."""
    return call.holds("check-ref-format", "--branch", name, cwd=cwd)
