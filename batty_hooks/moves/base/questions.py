"""Questions that were asked with `batty-hooks ask` and are not answered yet, whoever was asked.

A question is a message in the inbox of whoever is above the asker. It is answered by a message to the asker from there,
from the human, or to that very question; by a person who typed in the asker's pane; and it is over when its card is no
longer in the asker's hand.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from batty_hooks.moves.base.look import Look
from batty_hooks.state import events, inbox, members
from batty_hooks.state.inbox import Message

ID = "ask"  # begins the id of each
_PATIENCE_SECONDS = 600.0


def open_ones(look: Look) -> list[Message]:
    """The open questions, oldest first."""
    if look.questions is None:
        asked = [one for name in sorted(look.names) for one in inbox.listed(look.project, name, ID)]
        look.questions = sorted((one for one in asked if _is_open(look, one)), key=asked_at)
    return look.questions


def of(look: Look, member: str) -> list[Message]:
    """The open questions of a member."""
    return [one for one in open_ones(look) if one.sender == member]


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """(what, since when, the command to type): the human's questions at once, an agent's when that does not answer."""
    for one in open_ones(look):
        if one.to == look.team.human:
            who = "you"
        elif _is_overdue(look, one):
            who = f"{one.to}, who does not answer,"
        else:
            continue
        about = f" about {one.card}" if one.card else ""
        command = f"batty-hooks send {one.sender} --re {one.id} 'your answer'"
        what = f"{one.sender} has asked {who}{about}: {one.subject}".replace(",:", ":")
        yield (what, asked_at(one), command)


def answered_by_hand(look: Look, member: str, at: float) -> None:
    """A person has typed in a member's pane: that answers what it had asked before."""
    for one in of(look, member):
        if asked_at(one) < at:
            events.append(look.project, _answered(one), "answered", member=member, card=one.card, text=one.subject)


def asked_at(question: Message) -> float:
    """When it was asked (seconds since the epoch): the number in its id, as `ask` makes it."""
    try:
        return int(question.id.removeprefix(ID).partition(".")[0], 16) / 1e9
    except ValueError:
        return datetime.fromisoformat(question.date).timestamp() if question.date else 0.0


def _answered(question: Message) -> str:
    return f"{question.id}.answered"


def _is_open(look: Look, question: Message) -> bool:
    project, asker = look.project, question.sender
    if question.kind != "ask" or asker not in look.names - {question.to}:
        return False
    if question.card and project.board_file.exists():
        card = look.card(question.card)
        if card is None or card.owner != asker or card.lane != "in progress":
            return False
    if any(_answers(look, question, one) for one in inbox.listed(project, asker, since=asked_at(question))):
        return False
    return all(event.get("id") != _answered(question) for event in events.recent(project, question.id))


def _answers(look: Look, question: Message, one: Message) -> bool:
    if one.reply_to:
        return one.reply_to == question.id
    return one.kind == "note" and one.sender in (question.to, look.team.human)


def _is_overdue(look: Look, question: Message) -> bool:
    """Whether the agent that was asked has ended its turn without an answer, or takes very long."""
    asked, state = asked_at(question), look.state(question.to)
    if time.time() - asked > _PATIENCE_SECONDS:
        return True
    is_idle = bool(state and state.state == members.READY) and not question.unread
    return is_idle and time.time() - max(asked, state.since if state else 0.0) > look.team.nudge
