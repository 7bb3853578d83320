"""Any command, run once per brief in the engineer's worktree; exit 0 means done. It is the tests' double too."""

from __future__ import annotations

import shlex

NAME = "command"
PROGRAM = ""
INTERACTIVE = False


def line(command: str, brief: str, card: str, worktree: str) -> str:
    """The shell line for one brief: `{brief}`, `{card}` and `{worktree}` filled in, quoted for sh."""
    for name, value in (("brief", brief), ("card", card), ("worktree", worktree)):
        command = command.replace(f"{{{name}}}", shlex.quote(value))
    return command
