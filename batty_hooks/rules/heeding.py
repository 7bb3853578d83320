"""What a command does with a message: it cannot be talked to, and is told something with its card only."""

from __future__ import annotations

from batty_hooks.rules import own_files, reviewing
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks, members, queue
from batty_hooks.state.inbox import Message
from batty_hooks.vocabulary import kinds

RUN, KEPT, UNREAD = "run", "kept", "unread"
_NOBODY = "has no card in hand, and a command is told something with its card only"


def act(look: Look, name: str, message: Message) -> str:
    """What a command does with a message: RUN for the card in hand; KEPT, to be told with the next brief or run of the
    card it is about; or UNREAD, for there is no card that it could be run for."""
    if look.team.is_reviewer(name):
        return _act_of_reviewer(look, name, message)
    if kinds.of(message.kind).command != kinds.RUN or message.kind == kinds.REVIEW:
        return KEPT
    card = look.in_hand(name)
    if card and not card.blocked and message.card in ("", card.id):
        return KEPT if message.kind == kinds.BRIEF and _is_done_by_hand(look, name, message) else RUN
    about = look.card(message.card) if message.card else card
    return KEPT if about and about.owner == name and about.lane == "in progress" else UNREAD


def _is_done_by_hand(look: Look, name: str, brief: Message) -> bool:
    """Whether somebody has reported the card before its command was begun: a person who did it himself. What comes back
    of that is a message of its own."""
    begun = members.last_run(look.project, name)
    if (begun and begun.message == brief.id) or members.ran(look.project, name, brief.id):
        return False
    is_reported = any((one.member, one.card) == (name, brief.card) for one in own_files.reports(look))
    return is_reported or queue.get(look.project, brief.card) is not None


def awaits_word(look: Look, name: str) -> bool:
    """Whether the card in hand has just been unblocked and its engineer is still to be told: a command is run with that
    and all else that was said meanwhile, not once for each."""
    card = look.in_hand(name)
    noted = blocks.noted(look.project) if card and not card.blocked else []
    return any((block.member, block.card) == (name, card.id) for block in noted if card)


def nobody(look: Look, name: str) -> str:
    """Why a command does not read what is written to it."""
    return "is run for reviews alone" if look.team.is_reviewer(name) else _NOBODY


def _act_of_reviewer(look: Look, name: str, message: Message) -> str:
    """It is run for each review that is still waited for, and for nothing else."""
    if message.kind != kinds.REVIEW:
        return UNREAD if kinds.of(message.kind).command == kinds.RUN else KEPT
    return RUN if any(reviewing.is_waited_for(look, offer, name, message.id) for offer in look.offers) else KEPT
