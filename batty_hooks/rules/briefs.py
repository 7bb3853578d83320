"""Which brief a member holds: whether he is at work is a question to his inbox.

A brief stands while its engineer is at the card. Its message has the flag T once the card was taken back, or was left,
blocked, for another one: so "is it at this card" is a question to the Maildir, and an unblocked card without a standing
brief is briefed anew when its engineer is free.
"""

from __future__ import annotations

from batty_hooks.state import inbox
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import ids


def standing_brief(project: Project, member: str, card_id: str) -> str | None:
    """The message id of the brief a member holds for a card, or None."""
    prefix = ids.briefs(card_id)
    for key, flags in inbox.keys(project, member).items():
        if key.startswith(prefix) and "T" not in flags:
            return key
    return None
