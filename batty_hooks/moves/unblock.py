"""unblock: tells a member that its card, which was blocked, can go on, however it was unblocked: by command or by hand.

So that this can be known, each block of a card in hand is noted when it is seen first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look
from batty_hooks.state import blocks, events, inbox
from batty_hooks.state.blocks import Block
from batty_hooks.state.board.text import Card
from batty_hooks.state.project import Project

NAME = "unblock"
ORDER = 56
WATCHES = ("board_file",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Blocks that nobody has noted, and noted ones that are over."""
    if not look.project.board_file.exists() or look.board.doubt:
        return
    noted = {(block.member, block.card) for block in blocks.noted(look.project)}
    for card in look.board.cards:
        if _is_in_hand(look, card) and card.blocked and (card.owner, card.id) not in noted:
            yield Item(f"note:{card.owner}:{card.id}", f"{card.id} is blocked", card.id, card.owner)
    for member, id in sorted(noted):
        now = look.card(id)
        if not (now and now.blocked and now.owner == member):
            yield Item(f"lift:{member}:{id}", f"{id} is not blocked any more", id, member)


def take(project: Project, item: Item) -> None:
    """The note; or event, message, and the note away, which makes it so."""
    look = Look(project)
    card = look.card(item.card)
    block = next((one for one in blocks.noted(project) if (one.member, one.card) == (item.member, item.card)), None)
    if item.key.startswith("note:"):
        if card and card.blocked and block is None:
            blocks.note(project, Block(item.member, item.card, card.blocked, time.time()))
        return
    if block is None:
        return
    if card and card.owner == block.member and not card.blocked and _is_in_hand(look, card):
        id, subject = f"{card.id}.unblocked.{block.at:.3f}", f"{card.id} can go on"
        events.append(project, f"{item.member}.{id}", "unblocked", card=card.id, member=item.member, text=block.words)
        said = f"\n{block.sender} says:\n\n{block.words.strip()}\n" if block.words else ""
        text = f"{card.id} ({card.title}) can go on. It was blocked: {block.why}\n{said}"
        inbox.send(project, inbox.Message(id, "batty-hooks", item.member, subject, text, "unblocked", card.id))
    blocks.forget(project, block)


def _is_in_hand(look: Look, card: Card) -> bool:
    return bool(card.id) and card.lane == "in progress" and card.owner in look.names - {look.team.human}
