"""budget: counts what is used where team.yaml sets a `budget:`. When the day's is used all wait until the next day, as
at a limit, and a card that has used its own is blocked. The human is told of each, once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from batty_hooks.moves.base.effects import update_board
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import budgets, spending
from batty_hooks.rules.look import Look
from batty_hooks.state import accounts, events, inbox, spent, told
from batty_hooks.state.accounts import Limit
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.project import Project
from batty_hooks.state.spent import Count
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "budget"
ORDER = 6
WATCHES = ("members",)
SLOW = False
_COUNT, _DAY, _OVER, _CARD, _TELL = "count", "day", "over", "card", "tell"


def ripe(look: Look) -> Iterator[Item]:
    """A count that is due; then what it has shown."""
    if budgets.counted_at(look) <= look.at:
        yield Item(keys.join(_COUNT, f"{spent.read(look.project).at:.0f}"), "the tokens used are to be counted")
    is_used, is_parked = budgets.day_is_used(look), budgets.is_parked(look)
    if is_used and not is_parked:
        yield Item(keys.join(_DAY, f"{budgets.midnight(look.at):.0f}"), "today's budget is used")
    elif is_parked and not is_used:
        yield Item(_OVER, "there is budget again")
    for card in budgets.used_up(look) if look.team.budget.card else ():
        yield Item(keys.join(_CARD, card.id), f"{card.id} has used its budget", card.id, card.owner)
    for card in budgets.untold(look):
        yield Item(keys.join(_TELL, budgets.message_id(card)), f"{card.id} has used its budget", card.id, card.owner)


def due(look: Look) -> float:
    """When is to be counted next."""
    return budgets.counted_at(look)


def take(project: Project, item: Item) -> None:
    """Looked at again: another process may have made it."""
    look, kind = Look(project), keys.split(item.key)[0]
    if kind == _COUNT:
        _count(look)
    elif kind == _DAY and budgets.day_is_used(look):
        _park(look)
    elif kind == _OVER and not budgets.day_is_used(look):
        accounts.clear(project, accounts.BUDGET, time.time())
    elif kind == _CARD and (card := next((one for one in budgets.used_up(look) if one.id == item.card), None)):
        _block(project, card, budgets.reason(look, card))
    elif kind == _TELL and (card := next((one for one in budgets.untold(look) if one.id == item.card), None)):
        _tell(look, card)


def _count(look: Look) -> None:
    began = time.monotonic()
    cards: Counter[str] = Counter()
    found = spending.shares(look)
    for (_, card), used in spending.by_card(look, found).items():
        cards[card] += used.tokens
    today = spending.total(spending.by_card(look, found, budgets.midnight(look.at)).values()).tokens
    kept = {card: tokens for card, tokens in cards.items() if card}
    spent.write(look.project, Count(look.at, time.monotonic() - began, today, kept))


def _park(look: Look) -> None:
    """The message, then the limit of all."""
    project, until = look.project, budgets.midnight(look.at, days=1)
    id = ids.budget_of_day(f"{datetime.fromtimestamp(look.at):%Y-%m-%d}")
    why = f"today's budget of {look.team.budget.day:,} tokens is used"
    events.append(project, id, happened.BUDGET, text=why)
    text = (
        f"{why.capitalize()}. Who is in a turn ends it; then everybody waits until midnight and keeps its card.\n\n"
        "Who has used it:\n    batty-hooks usage --since today\nTo go on today: a larger `budget:` in team.yaml.\n"
    )
    inbox.send(project, inbox.Message(id, "batty-hooks", look.team.human, why.capitalize(), text, kinds.NOTICE))
    accounts.note(project, accounts.BUDGET, Limit(look.at, until, why))


def _block(project: Project, card: Card, reason: str) -> None:
    def block(board: Board, new_id: Callable[[], str]) -> None:
        board.block(board.find(card.id), reason)

    update_board(project, block)


def _tell(look: Look, card: Card) -> None:
    id, what = budgets.message_id(card), f"{card.id} is blocked: {card.blocked}"
    events.append(look.project, id, happened.BUDGET, card=card.id, member=card.owner, text=card.blocked)
    go_on = f"    batty-hooks task unblock {card.id} your words\n"
    text = f"{what}.\n\nTo let it go on, with as many tokens again:\n{go_on}"
    message = inbox.Message(id, "batty-hooks", look.team.human, what, text, kinds.NOTICE, card.id)
    inbox.send(look.project, message)
    cards = {card.id for card in look.cards}
    known = {key: at for key, at in told.of(look.project, budgets.TOLD).items() if ids.about(key) in cards}
    told.remember(look.project, budgets.TOLD, {**known, id: look.at})
