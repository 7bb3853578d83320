"""Who stands still: engineers that are ready with a card in hand that nobody waits for but them, and members whose turn
was cut off."""

from __future__ import annotations

import time

from batty_hooks.rules import own_files, questions
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members, queue
from batty_hooks.state.board.text import Card
from batty_hooks.vocabulary import ids

_AGAIN_MOST = 12  # (a limit without an end is tried for most of a day so)


def stands_still(look: Look, member: str) -> tuple[Card, float] | None:
    """The briefed card of a member whose agent is ready although nothing is on its way, and since when it is so; None
    when he works, waits for the gate, for an answer or for a message, or has nothing to do."""
    state, pane = look.state(member), own_files.pane(look, member)
    if not pane or not pane.alive or not state or state.state != members.READY:
        return None
    if own_files.unread(look, member) or own_files.on_its_way(look, member):
        return None
    card = unreported(look, member)
    if card is None or any(report.member == member for report in own_files.reports(look)):
        return None
    return None if questions.of(look, member) else (card, state.since)


def unreported(look: Look, member: str) -> Card | None:
    """The card in hand of a member, if it has been briefed for it, may go on and has not reported it yet."""
    card = look.in_hand(member)
    return (
        card
        if card and not card.blocked and brief_of(look, member, card.id) and not queue.get(look.project, card.id)
        else None
    )


def cut_off(look: Look, member: str) -> float:
    """When the turn was cut off that a member, ready again, was not yet told to go on with; 0 when there is none."""
    state = look.state(member)
    if not state or state.state != members.READY or not state.cut or own_files.on_its_way(look, member):
        return 0.0
    return 0.0 if told_to_go_on(look, member, state.cut) or is_worn_out(look, member) else state.cut


def is_worn_out(look: Look, member: str) -> bool:
    """Whether a member was told to go on so often in a row, with nothing else to read in between, that once more would
    be a turn for nothing: its agent ends in each turn, or its limit does not end. Any other message sets it going
    again."""
    project, read = look.project, own_files.keys(look, member)
    again = [key for key in read if ids.AGAIN in key]
    if len(again) < _AGAIN_MOST:
        return False
    others = [key for key, flags in read.items() if "S" in flags and "T" not in flags and ids.AGAIN not in key]
    since = max((inbox.moved_at(project, member, key) for key in others), default=0.0)
    return sum(inbox.moved_at(project, member, key) > since for key in again) >= _AGAIN_MOST


def told_to_go_on(look: Look, member: str, since: float) -> bool:
    """Whether a member was told to go on at that time or later."""
    project = look.project
    return any(
        ids.AGAIN in key and inbox.moved_at(project, member, key) >= since for key in own_files.keys(look, member)
    )


def in_a_turn(look: Look, member: str) -> bool:
    """Whether a member's agent is at work in its worktree, or may be: it has a pane and is not ready."""
    if all(pane.member != member for pane in look.panes):
        return False
    state = look.state(member)
    return not state or state.state != members.READY


def brief_of(look: Look, member: str, card_id: str) -> str:
    """The brief a member holds for a card and has read; "" for none."""
    prefix = ids.briefs(card_id)
    keys = own_files.keys(look, member)
    return next(
        (key for key, flags in keys.items() if key.startswith(prefix) and "S" in flags and "T" not in flags), ""
    )


def nudge_id(look: Look, member: str, card: Card) -> str:
    """The id of the one question how it stands: once for each brief, and again each time the card has come back."""
    return ids.nudge(card.id, brief_of(look, member, card.id), len(look.attempts(card.id)))


def was_nudged(look: Look, member: str, card: Card) -> bool:
    """Whether he was asked already."""
    return nudge_id(look, member, card) in own_files.keys(look, member)


def is_overdue(look: Look, since: float) -> bool:
    """Whether that is longer ago than team.yaml's `nudge`."""
    return time.time() - since > look.team.nudge
