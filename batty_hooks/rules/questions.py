"""Questions that were asked with `batty-hooks ask` and are not answered yet, whoever was asked.

A question is a message in the inbox of whoever is above the asker. It is answered by a message to the asker from there,
from the human, or to that very question; by a person who typed in the asker's pane (the question's flag `a`); and it is
over when its card is no longer in the asker's hand. Nothing that was merely read counts as answered, and it stays open
when whoever was asked leaves the team.
"""

from __future__ import annotations

from datetime import datetime

from batty_hooks.rules.look import Look
from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.vocabulary import ids, kinds

BY_HAND = "a"  # the flag of one that was answered in the pane (Maildir leaves small letters to programs)


def open_ones(look: Look) -> list[Message]:
    """The open questions, oldest first."""
    return look.once("questions", _open_ones)


def _open_ones(look: Look) -> list[Message]:
    names = look.names.union(inbox.members(look.project))
    asked = [one for name in sorted(names) for one in inbox.listed(look.project, name, ids.QUESTION)]
    return sorted((one for one in asked if _is_open(look, one)), key=asked_at)


def of(look: Look, member: str) -> list[Message]:
    """The open questions of a member."""
    return [one for one in open_ones(look) if one.sender == member]


def asked_at(question: Message) -> float:
    """When it was asked (seconds since the epoch): as its id says, or its date."""
    at = ids.asked_at(question.id)
    if at is None:
        return datetime.fromisoformat(question.date).timestamp() if question.date else 0.0
    return at


def _is_open(look: Look, question: Message) -> bool:
    project, asker = look.project, question.sender
    if question.path and BY_HAND in question.path.name.partition(":2,")[2]:
        return False
    if question.kind != kinds.ASK or asker not in look.names - {question.to}:
        return False
    if question.card and look.has_board:
        card = look.card(question.card)
        if card is None or card.owner != asker or card.lane != "in progress":
            return False
    return not any(_answers(look, question, one) for one in inbox.listed(project, asker, since=asked_at(question)))


def _answers(look: Look, question: Message, one: Message) -> bool:
    if one.reply_to:
        return one.reply_to == question.id
    return kinds.is_note(one.kind) and one.sender in (question.to, look.team.human)
