"""What members cannot solve and has come up to the human: (what, since when, the command to type)."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.rules import escalation
from batty_hooks.rules.escalation import Level, Need
from batty_hooks.rules.look import Look


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """Questions that are the human's, or that whoever was asked does not answer, and plans that their planner does not
    mend. (Blocked cards and idle engineers are named with what else there is of cards and agents.)"""
    for need, level in escalation.needs(look):
        if (need.by_message or need.question) and level.who == look.team.human:
            yield (_asked(look, need, level), need.since, need.command)


def _asked(look: Look, need: Need, level: Level) -> str:
    question = need.question
    if question is None:
        return f"{need.what} ({need.first} does not mend it)"
    about = f" about {question.card}" if question.card else ""
    if question.to not in look.names:
        gone = f"{question.to}, who is not in the team any more,"
        return f"{question.sender} has asked {gone}{about}: {question.subject}".replace(",:", ":")
    if not level.place:
        return f"{question.sender} has asked you{about}: {question.subject}"
    who = f"{question.to}, who does not answer,"
    return f"{question.sender} has asked {who}{about}: {question.subject}".replace(",:", ":")
