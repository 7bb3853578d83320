"""escalate: tells the human what nobody below has solved in time (see rules/escalation.py); bosses in between are told
with their digest.

The human finds it in the inbox, and under "needs you" for as long as it is open.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import escalation
from batty_hooks.rules.escalation import Level, Need
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox
from batty_hooks.state.project import Project
from batty_hooks.system import screen
from batty_hooks.vocabulary import happened, ids, kinds

NAME = "escalate"
ORDER = 83  # before the digests that say so
WATCHES = ("members", "board_file", "inboxes")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Needs that have come up to the human, and that he was not told of."""
    for need, level in escalation.needs(look):
        if _is_news(look, need, level):
            yield Item(need.key, f"{look.team.human} is to be told: {need.what}", need.card, need.member)


def due(look: Look) -> float:
    """When the next need is passed on, to whomever."""
    return escalation.due(look)


def take(project: Project, item: Item) -> None:
    """The event, then the message, which makes it so."""
    look = Look(project)
    for need, level in escalation.needs(look):
        if need.key != item.key or not _is_news(look, need, level):
            continue
        id, human = ids.escalated(need.key), look.team.human
        before = ", ".join(escalation.chain(look, need.first)[: level.place])
        text = (
            f"{need.what}.\n\nIt is open since {screen.moment(need.since)}. Asked before you, and has not solved it: "
            f"{before}.\n\n    {need.command}\n"
        )
        events.append(project, id, happened.ESCALATED, card=need.card, member=need.member, text=need.what)
        inbox.send(project, inbox.Message(id, "batty-hooks", human, need.what, text, kinds.ESCALATED, need.card))


def _is_news(look: Look, need: Need, level: Level) -> bool:
    """Whether it has passed an agent by. (What the human is asked first has come as a message of its own; and where
    no boss runs, it stands under "needs you" at once.)"""
    human = look.team.human
    if level.who != human or ids.escalated(need.key) in inbox.keys(look.project, human):
        return False
    before = escalation.chain(look, need.first)[: level.place]
    return any(pane.member in before for pane in look.panes)
