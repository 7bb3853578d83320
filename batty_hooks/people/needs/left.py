"""Unread mail of members who are not in the team any more: (what, since when, the command to type)."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox
from batty_hooks.system import screen
from batty_hooks.vocabulary import kinds

# What is said once, by somebody who may wait for an answer. All else is about a card, which is named where it stands,
# or is told anew to whoever is above now; so is a question (see rules/escalation.py).
_SAID_ONCE = (kinds.NOTE, kinds.NOTICE)


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """A line for each that has such mail. Where there is no team, whoever has taken his worktree away wants none."""
    if not look.team.members:
        return
    told_otherwise = [word for word in kinds.TABLE if word not in _SAID_ONCE]
    for name in sorted(set(inbox.members(look.project)) - look.names):
        count, oldest = inbox.unread_besides(look.project, name, told_otherwise)
        if oldest:
            what = f"{screen.counted(count, 'unread message')} to {name}, who is not in the team any more"
            first = f"{oldest.subject} (from {oldest.sender})"
            yield (f"{what}: {first}", events.seconds(oldest.date), f"batty-hooks read --of {name}")
