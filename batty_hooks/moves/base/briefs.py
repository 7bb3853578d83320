"""Which brief a member holds: whether he is at work is a question to his inbox."""

from __future__ import annotations

from batty_hooks.state import inbox
from batty_hooks.state.project import Project


def standing_brief(project: Project, member: str, card_id: str) -> str | None:
    """The message id of the brief a member holds for a card, or None."""
    prefix = f"{card_id}.brief."
    for key, flags in inbox.keys(project, member).items():
        if key.startswith(prefix) and "T" not in flags:
            return key
    return None
