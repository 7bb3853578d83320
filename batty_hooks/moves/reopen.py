"""reopen: a card that has landed and stands in TODO or IN PROGRESS again is worked on anew, from today's trunk.

It counts as landed by its ref alone, so the last write moves that ref into history (`refs/batty/reopened/`). While an
offer of it waits its landing is still being entered; that is how the two are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, queue, trunk
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids

NAME = "reopen"
ORDER = 15
WATCHES = ("board_file", "branches")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Landed cards that a person has put back, once nothing of the landing is left to be entered."""
    if not look.landed or look.doubt:
        return
    waiting = {offer.key for offer in look.offers}
    for card in look.cards:
        if card.lane in ("todo", "in progress") and card.id in look.landed and card.id not in waiting:
            yield Item(card.id, f"{card.id} has landed and is on the board again", card.id, card.owner)


def take(project: Project, item: Item) -> None:
    """The old briefs away, so that it is briefed again; the event; the landing becomes history."""
    if queue.get(project, item.card):  # asked first: while a landing is being entered, its offer is there
        return
    look = Look(project)
    card, landed = look.card(item.card), look.landed.get(item.card)
    if not landed or not card or card.lane not in ("todo", "in progress"):
        return
    for member in inbox.members(project):
        for key, flags in inbox.keys(project, member).items():
            if key.startswith(ids.briefs(item.card)) and "T" not in flags:
                inbox.confirm(project, member, key, "ST")
    events.append(project, ids.reopened(item.card, landed), happened.REOPENED, card=item.card, member=card.owner,
                  text=f"it had landed as {landed[:10]}")  # fmt: skip
    trunk.reopen(project, item.card, landed)
