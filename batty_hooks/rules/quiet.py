"""Which messages need nothing of an agent in a pane: they are put away, so that they cost no turn of its model.

The table of kinds decides. Two kinds need something or nothing by how things stand: that a card can go on, for an
engineer that has left it for another one and is briefed for it anew with these very words; and that a card was taken
back, for one that had never read its brief.
"""

from __future__ import annotations

from batty_hooks.rules import own_files
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.vocabulary import kinds


def needing_nothing(look: Look, member: str) -> list[Message]:
    """What waits for an agent in a pane and needs nothing of it, oldest first; not what is on its way."""
    if not own_files.unread(look, member):
        return []
    return look.once(("needing nothing", member), lambda look: _found(look, member))


def _found(look: Look, member: str) -> list[Message]:
    sent = own_files.on_its_way(look, member)
    waiting = [one for one in inbox.each_waiting(look.project, member) if _needs_nothing(look, member, one)]
    return [one for one in waiting if sent is None or sent.message not in (one.id, one.reply_to)]


def _needs_nothing(look: Look, member: str, message: Message) -> bool:
    if kinds.of(message.kind).pane == kinds.PUT_AWAY:
        return True
    if message.kind == kinds.UNBLOCKED:
        card = look.card(message.card)
        waits = bool(card and card.owner == member and card.lane == "in progress" and not card.blocked)
        return waits and _comes_with_a_brief(look, member, message)
    if message.kind == kinds.VOID:
        return "S" not in own_files.keys(look, member).get(message.reply_to, "S")
    return False


def _comes_with_a_brief(look: Look, member: str, message: Message) -> bool:
    """Whether what a message says of a card stands in a brief that is yet to come, or came later."""
    brief = standing_brief(look.project, member, message.card)
    if brief is None:
        return True
    return inbox.written_at(look.project, member, brief) > inbox.written_at(look.project, member, message.id)
