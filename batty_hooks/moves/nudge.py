"""nudge: asks an engineer that has gone idle with its card in hand, once; and sets one going that was started anew.

Who is idle still after that needs a person (see overview).
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look, idle
from batty_hooks.state import events, inbox, members, panes
from batty_hooks.state.board.text import Card
from batty_hooks.state.project import Project

NAME = "nudge"
ORDER = 57
WATCHES = ("members",)
SLOW = False
_AGAIN, _STILL = "again", "still"


def ripe(look: Look) -> Iterator[Item]:
    """Engineers to be set going again after a start, and engineers that have stood still for too long."""
    if look.paused:
        return
    for pane in look.panes:
        member = look.team.member(pane.member)
        found = idle.stands_still(look, pane.member) if member in look.team.engineers else None
        if found is None:
            continue
        card, since = found
        if _is_new_to_it(look, pane, card):
            yield Item(f"{_AGAIN}:{_id_again(pane, card)}", f"{pane.member} is to go on with {card.id}", card.id,
                       pane.member)  # fmt: skip
        elif idle.is_overdue(look, since) and not idle.was_nudged(look, pane.member, card):
            yield Item(f"{_STILL}:{idle.nudge_id(look, pane.member, card)}", f"{pane.member} is idle with {card.id}",
                       card.id, pane.member)  # fmt: skip


def due(look: Look) -> float:
    """When the next one will have stood still for too long."""
    times = [float("inf")]
    for pane in look.panes:
        state = look.state(pane.member)
        if state and state.state == members.READY and state.since + look.team.nudge > look.at:
            times.append(state.since + look.team.nudge)
    return min(times)


def take(project: Project, item: Item) -> None:
    """The event, then the message that makes it so; their ids are the same when it is made again."""
    look = Look(project)
    card = look.card(item.card)
    if card is None or card.owner != item.member:
        return
    kind, _, id = item.key.partition(":")
    text = _again(card) if kind == _AGAIN else _still(card)
    subject = f"Go on with {card.id}" if kind == _AGAIN else f"How does {card.id} stand?"
    events.append(project, f"{item.member}.{id}", "nudged", card=card.id, member=item.member, text=subject)
    inbox.send(project, inbox.Message(id, "batty-hooks", item.member, subject, text, "nudge", card.id))


def _is_new_to_it(look: Look, pane: panes.Pane, card: Card) -> bool:
    """Whether this process has never been told of the card it has in hand: it was briefed before."""
    read_at = inbox.moved_at(look.project, pane.member, idle.brief_of(look, pane.member, card.id))
    told = _id_again(pane, card) in inbox.keys(look.project, pane.member)
    return 0 < read_at < pane.started and not told


def _id_again(pane: panes.Pane, card: Card) -> str:
    return f"{card.id}.again.{pane.started:.0f}"


def _again(card: Card) -> str:
    """The card goes along: a new session has never heard of it, and not every agent can ask."""
    body = f"\n{card.body.rstrip()}\n" if card.body.strip() else ""
    return (
        f"You were started anew while you had {card.id} in hand. Go on with it.\n\n"
        f"{card.id}: {card.title}\n{body}\n"
        "What you had done:\n    git status; git log --oneline -5\n\n" + _how_to_report()
    )


def _still(card: Card) -> str:
    return (
        f"You have {card.id} ({card.title}) in hand and have neither reported it nor asked anything.\n\n"
        f"If something is left to do, go on. {_how_to_report()}"
    )


def _how_to_report() -> str:
    return (
        "When it is done and committed, run:\n    batty-hooks done\n"
        'If you cannot go on:\n    batty-hooks blocked "why"\nIf you need to know something:\n'
        '    batty-hooks ask "question"\n'
    )
