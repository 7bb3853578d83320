"""replan: tells the planner of a card that nobody can begin it as it is planned: at once, and once.

The event, then the message; its id follows from what is wrong, so a mistake that stands is told once. What was mended
before anybody read of it is withdrawn: a turn of an agent for nothing. Where the planner is the human nothing is sent:
it stands under "needs you" for as long as it is so.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import planning
from batty_hooks.rules.look import Look
from batty_hooks.rules.planning import Mistake
from batty_hooks.state import events, inbox
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, kinds

NAME = "replan"
ORDER = 43
WATCHES = ("board_file",)
SLOW = False
_TELL, _OVER = "tell", "over"


def ripe(look: Look) -> Iterator[Item]:
    """Mistakes that their planner does not know of, and unread messages about some that are none any more."""
    if look.doubt:
        return
    found = [mistake for mistake in planning.mistakes(look) if mistake.planner != look.team.human]
    told = {who: inbox.keys(look.project, who) for who in {mistake.planner for mistake in found}}
    for mistake in found:
        if mistake.id not in told[mistake.planner]:
            yield Item(f"{_TELL}:{mistake.id}", f"{mistake.planner} is to be told that {_gist(mistake)}",
                       mistake.card.id, mistake.planner)  # fmt: skip
    standing = {(mistake.planner, mistake.id) for mistake in found}
    for member in look.team.members:
        for key in _unread(look.project, member.name):
            if (member.name, key) not in standing:
                yield Item(f"{_OVER}:{key}", f"{key} is mended, and need not be told", "", member.name)


def take(project: Project, item: Item) -> None:
    """Tell it, or take back what nobody need read."""
    kind, _, id = item.key.partition(":")
    found = [one for one in planning.mistakes(Look(project)) if (one.planner, one.id) == (item.member, id)]
    if kind == _OVER and not found:
        inbox.confirm(project, item.member, id, "ST")
    elif kind == _TELL and found:
        _tell(project, found[0])


def _tell(project: Project, mistake: Mistake) -> None:
    gist = _gist(mistake)
    text = f"{gist}.\n\nSo nobody is given it: {mistake.mend}. The line in kanban.md is\n\n    {mistake.card.title}\n"
    events.append(project, mistake.id, happened.NOTICE, card=mistake.card.id, member=mistake.planner, text=gist)
    message = inbox.Message(mistake.id, "batty-hooks", mistake.planner, gist, text, kinds.NOTICE, mistake.card.id)
    inbox.send(project, message)


def _gist(mistake: Mistake) -> str:
    return f"{mistake.label} cannot be begun: {mistake.why}"


def _unread(project: Project, member: str) -> list[str]:
    return [key for key, flags in inbox.keys(project, member).items() if not flags and ids.is_planned(key)]
