"""milestone: tells the architect what is built, and asks it to report to the human; tells the human when it does not.

It goes to an architect that is idle with nothing to read, all that is built by then in one message. What had landed
before the first look of all is nobody's news: of a project that comes from a version without milestones, the first one
tells what has landed since, not all of DONE.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import milestones, reporting
from batty_hooks.rules.look import Look
from batty_hooks.rules.milestones import Milestone
from batty_hooks.state import events, inbox
from batty_hooks.state import milestones as remembered
from batty_hooks.state.milestones import Sent
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "milestone"
ORDER = 86  # after the digests: what an architect has to do comes before what it has to report
WATCHES = ("members", "board_file", "inboxes")
SLOW = False
_REACHED, _BEGIN = "reached", "begin"


def ripe(look: Look) -> Iterator[Item]:
    """What is built and not told yet, and what its architect has not reported in time."""
    if not remembered.is_begun(look.project):
        if look.has_board and not look.doubt:
            yield Item(keys.join(_BEGIN, ""), "what lands from now on is to be reported")
        return
    found = _to_tell(look)
    if found:
        gist, to = _gist(found), milestones.receiver(look)
        yield Item(keys.join(_REACHED, _id(look, found)), f"{to} is to be told: {gist}", member=to)
    for sent in remembered.unreported(look.project):
        if milestones.is_reported(look, sent) or milestones.human_is_due(look, sent) <= look.at:
            yield Item(keys.join("sent", sent.id), f"{look.team.human} is to hear of it: {sent.gist}", member=sent.to)


def due(look: Look) -> float:
    """When the human is to hear of what was not reported."""
    waiting = [sent for sent in remembered.unreported(look.project) if not milestones.is_reported(look, sent)]
    return min((milestones.human_is_due(look, sent) for sent in waiting), default=float("inf"))


def take(project: Project, item: Item) -> None:
    """The event, the message, then what is remembered, which makes it so."""
    look, (kind, id) = Look(project), keys.split(item.key)
    if kind == _BEGIN:
        if not remembered.is_begun(project):
            remembered.remember(project, milestones.landings(look), ())
        return
    if kind == _REACHED:
        found = _to_tell(look)
        if found and _id(look, found) == id:
            _tell(look, found, id)
        return
    for sent in remembered.unreported(project):
        if sent.id == id:
            _see_to(look, sent)


def _to_tell(look: Look) -> list[Milestone]:
    """What is to be told now: an architect is told when it is idle."""
    to = milestones.receiver(look)
    return milestones.reached(look) if to == look.team.human or reporting.listens(look, to) else []


def _id(look: Look, found: list[Milestone]) -> str:
    return ids.milestone(milestones.name_of(look, card) for one in found for card in one.cards)


def _gist(found: list[Milestone]) -> str:
    return "; ".join(one.gist for one in found)


def _tell(look: Look, found: list[Milestone], id: str) -> None:
    project, to, gist = look.project, milestones.receiver(look), _gist(found)
    facts = milestones.facts(look, found)
    text = facts if to == look.team.human else f"{facts}\n{_request(look)}"
    events.append(project, id, happened.MILESTONE, member=to, text=gist)
    inbox.send(project, inbox.Message(id, "batty-hooks", to, gist, text, kinds.MILESTONE))
    now = milestones.landings(look)
    new = {milestones.name_of(look, card) for one in found for card in one.cards}
    sent = [Sent(id, to, look.at, gist, facts)] if to != look.team.human else []
    earlier = [one for one in remembered.unreported(project) if one.id != id]
    remembered.remember(project, (remembered.told(project) & now) | new, [*earlier, *sent])


def _request(look: Look) -> str:
    return (
        f"Look at it. Then report to {look.team.human} in a few lines: what was built, where, what is open, what you "
        f"propose next.\n\n    batty-hooks send {look.team.human} 'what was built …'\n"
    )


def _see_to(look: Look, sent: Sent) -> None:
    """The human hears of what its architect has not reported; what is reported is forgotten."""
    if not milestones.is_reported(look, sent):
        if milestones.human_is_due(look, sent) > look.at:
            return
        text = f"{sent.facts}\n{sent.to} was asked to report this and has not written to you.\n"
        human = look.team.human
        inbox.send(look.project, inbox.Message(sent.id, "batty-hooks", human, sent.gist, text, kinds.MILESTONE))
    left = [one for one in remembered.unreported(look.project) if one.id != sent.id]
    remembered.remember(look.project, remembered.told(look.project), left)
