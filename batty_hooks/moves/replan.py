"""replan: tells the planner of cards that nobody can begin them as they are planned: at once, all of a save in one
message, and each once.

The event, the message, then what was told, which makes it so. A message of which nothing is left before anybody has
read it is withdrawn: a turn of an agent for nothing. Where the planner is the human nothing is sent: it stands under
"needs you" for as long as it is so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import planning
from batty_hooks.rules.look import Look
from batty_hooks.rules.planning import Mistake
from batty_hooks.state import events, inbox, told
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, keys, kinds

NAME = "replan"
ORDER = 43
WATCHES = ("board_file",)
SLOW = False
LOCK = "told"
_TELL, _OVER = "tell", "over"
_MANY = 20


def ripe(look: Look) -> Iterator[Item]:
    """Planners that do not know of mistakes, and what was told of some that are none any more."""
    if look.doubt or not look.has_board:
        return
    new = planning.untold(look)
    for planner, found in new.items():
        card = found[0].card.id if len(found) == 1 else ""
        yield Item(keys.join(_TELL, planning.message_id(look, planner, found)), f"{planner} is to be told that "
                   f"{_gist(found)}", card, planner)  # fmt: skip
    for member in look.team.members:
        if member.name not in new and any(planning.mended(look, member.name)):
            yield Item(keys.join(_OVER, member.name), f"what {member.name} was told is mended", "", member.name)


def take(project: Project, item: Item) -> None:
    """Tell it, or take back what nobody need read."""
    look, planner, kind = Look(project), item.member, keys.split(item.key)[0]
    found = planning.untold(look).get(planner, [])
    if kind == _TELL and found:
        _tell(look, planner, found)
    elif kind == _OVER and not found:
        mended, messages = planning.mended(look, planner)
        told.remember(project, planner, _without(project, planner, mended))
        for id in messages:
            inbox.confirm(project, planner, id, "ST")


def _tell(look: Look, planner: str, found: Sequence[Mistake]) -> None:
    project, gist, id = look.project, _gist(found), planning.message_id(look, planner, found)
    card = found[0].card.id if len(found) == 1 else ""
    events.append(project, id, happened.NOTICE, card=card, member=planner, text=gist)
    inbox.send(project, inbox.Message(id, "batty-hooks", planner, gist, _text(found), kinds.NOTICE, card))
    new = dict.fromkeys((mistake.id for mistake in found), inbox.written_at(project, planner, id))
    told.remember(project, planner, {**_without(project, planner, planning.mended(look, planner)[0]), **new})


def _without(project: Project, planner: str, mended: set[str]) -> dict[str, float]:
    return {key: at for key, at in told.of(project, planner).items() if key not in mended}


def _gist(found: Sequence[Mistake]) -> str:
    if len(found) == 1:
        return f"{found[0].label} cannot be begun: {found[0].why}"
    return f"{len(found)} mistakes of a plan keep cards from being begun; first: {found[0].label}: {found[0].why}"


def _text(found: Sequence[Mistake]) -> str:
    lines = [f"* {one.label} cannot be begun: {one.why}. So nobody is given it: {one.mend}. The line in kanban.md "
             f"is\n\n      {one.card.title}\n" for one in found]  # fmt: skip
    more = f"… and {len(lines) - _MANY} more: batty-hooks board\n" if lines[_MANY:] else ""
    return "\n".join([*lines[:_MANY], more])
