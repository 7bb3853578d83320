"""unblock: tells a member that its card, which was blocked, can go on, however it was unblocked: by command or by hand.

So that this can be known, each block of a card in hand is noted when it is seen first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks, events, inbox
from batty_hooks.state.blocks import Block
from batty_hooks.state.board.text import Card
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "unblock"
ORDER = 56
WATCHES = ("board_file",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Blocks that nobody has noted, and noted ones that are over."""
    if not look.has_board or look.doubt:
        return  # (a block is over when the board says so, not when nothing does)
    noted = {(block.member, block.card) for block in blocks.noted(look.project)}
    for card in look.cards:
        if _is_given(look, card) and card.blocked and (card.owner, card.id) not in noted:
            yield Item(keys.join("note", card.owner, card.id), f"{card.id} is blocked", card.id, card.owner)
    for member, id in sorted(noted):
        now = look.card(id)
        if not (now and now.blocked and now.owner == member):
            yield Item(keys.join("lift", member, id), f"{id} is not blocked any more", id, member)


def take(project: Project, item: Item) -> None:
    """The note; or event, message, and the note away, which makes it so."""
    look = Look(project)
    card = look.card(item.card)
    block = next((one for one in blocks.noted(project) if (one.member, one.card) == (item.member, item.card)), None)
    if keys.split(item.key)[0] == "note":
        if card and card.blocked and block is None:
            blocks.note(project, Block(item.member, item.card, card.blocked, time.time()))
        return
    if block is None:
        return
    if card and card.owner == block.member and not card.blocked and _is_given(look, card):
        id, subject = ids.unblocked(card.id, block.at, block.sender), f"{card.id} can go on"
        events.append(
            project,
            ids.about_message(item.member, id),
            happened.UNBLOCKED,
            card=card.id,
            member=item.member,
            text=block.words,
        )
        said = f"\n{block.sender} says:\n\n{block.words.strip()}\n" if block.words else ""
        text = f"{card.id} ({card.title}) can go on. It was blocked: {block.why}\n{said}{_when(look, card)}"
        inbox.send(project, inbox.Message(id, "batty-hooks", item.member, subject, text, kinds.UNBLOCKED, card.id))
    blocks.forget(project, block)


def _when(look: Look, card: Card) -> str:
    """When it goes on, if its engineer has left it for another card."""
    if standing_brief(look.project, card.owner, card.id) is None:
        return "\nIt comes to you with a brief of its own as soon as you are free.\n"
    return ""


def _is_given(look: Look, card: Card) -> bool:
    return bool(card.id) and card.lane == "in progress" and card.owner in look.names - {look.team.human}
