"""Whether a budget is used: the day's, with which all wait until the next one, and a card's, which blocks the card.

Counting asks for the files of every session, so it is done once a minute while somebody works, and never for more than
a twentieth of the time. (A watcher reads on from where it was: agents/base/transcripts.py.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from batty_hooks.rules import own_files
from batty_hooks.rules.look import Look
from batty_hooks.state import accounts, members, spent, told
from batty_hooks.state.board.text import Card
from batty_hooks.vocabulary import ids

_PAUSE_SECONDS, _TIMES = 60.0, 20.0
_NOTHING = float("inf")
_WORDS = "its budget is used"
TOLD = "budget.cards"  # what was told of cards is kept under that name, which is no member's


def midnight(at: float, days: int = 0) -> float:
    """The beginning of the day of ``at``, or of one so many days later (seconds since the epoch)."""
    day = datetime.fromtimestamp(at).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (day + timedelta(days=days)).timestamp()


def counted_at(look: Look) -> float:
    """When is to be counted next: never without a budget, or while nobody works in a pane and it was counted since."""
    budget = look.team.budget
    if not (budget.day or budget.card) or not look.panes:
        return _NOTHING
    last = spent.read(look.project)
    if last.at > look.at + _PAUSE_SECONDS:  # the clock was set back: nothing would be counted until then
        return look.at
    states = [state for pane in look.panes if (state := look.state(pane.member))]
    is_news = any(one.state in (members.WORKING, members.ASKING) or one.since > last.at for one in states)
    return last.at + max(_PAUSE_SECONDS, _TIMES * last.took) if is_news else _NOTHING


def day_is_used(look: Look) -> bool:
    """Whether today's budget is used, by the last count."""
    last = spent.read(look.project)
    return 0 < look.team.budget.day <= last.day and midnight(last.at) == midnight(look.at)


def is_parked(look: Look) -> bool:
    """Whether all wait because of it."""
    return accounts.BUDGET in accounts.limits(look.project)


def used_up(look: Look) -> list[Card]:
    """The cards in progress that have used their budget and are not blocked: each time one is unblocked it has as much
    again."""
    budget, count = look.team.budget.card, spent.read(look.project).cards
    return [
        card for card in look.cards
        if budget and card.lane == "in progress" and card.id and not card.blocked
        and count.get(card.id, 0) >= budget * number(look, card)
    ]  # fmt: skip


def number(look: Look, card: Card) -> int:
    """Which budget a card is at: one more than was told to be used. (Of who was told before that was kept, the message
    says so; a person may have deleted it.)"""
    known = {*told.of(look.project, TOLD), *look.once("human's", _keys_of_human)}
    return 1 + sum(key.startswith(ids.budgets(card.id)) for key in known)


def _keys_of_human(look: Look) -> Mapping[str, str]:
    return own_files.keys(look, look.team.human)


def reason(look: Look, card: Card) -> str:
    """Why such a card is blocked."""
    return f"{_WORDS}: {number(look, card)} × {look.team.budget.card:,} tokens"


def untold(look: Look) -> list[Card]:
    """The cards blocked so of which the human was not told yet."""
    blocked = [card for card in look.cards if look.team.budget.card and card.blocked.startswith(_WORDS)]
    known = told.of(look.project, TOLD) if blocked else {}
    return [card for card in blocked if message_id(card) not in known]


def message_id(card: Card) -> str:
    """The id of the message that a card's budget is used, for the first time, the second …"""
    return f"{ids.budgets(card.id)}{card.blocked.removeprefix(f'{_WORDS}: ').partition(' ')[0]}"
