"""What is told when something that a member left in his worktree is kept."""

from __future__ import annotations

from collections.abc import Callable

from batty_hooks.state import events
from batty_hooks.state.project import Project
from batty_hooks.state.worktrees import Kept
from batty_hooks.vocabulary import happened


def teller(project: Project, member: str) -> Callable[[Kept], None]:
    """Writes the event of what is kept of ``member``; the same again is written once."""

    def tell(kept: Kept) -> None:
        events.append(project, kept.ref, happened.SAVED, member=member, ref=kept.ref, text=kept.says)

    return tell
