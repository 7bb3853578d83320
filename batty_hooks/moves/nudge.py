"""nudge: asks an engineer that has gone idle with its card in hand, once; and sets going whoever was cut off in a turn,
and an engineer that was started anew.

Who is idle still after that needs a person (see overview).

A turn that was cut off is part of the state. `cut` in state.json is written in the same write that says that the
process has ended, is started anew or has reached a limit, so no kill loses it; that the member was told is a question
to its Maildir, and so is how often a limit without an end was tried lately.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import advice, idle
from batty_hooks.rules.look import Look
from batty_hooks.state import deliveries, events, inbox, members, panes
from batty_hooks.state.board.text import Card
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, keys, kinds, offer_ids

NAME = "nudge"
ORDER = 57
WATCHES = ("members",)
SLOW = False
_AGAIN, _CUT, _STILL = "again", "cut", "still"
_QUOTED = 60  # lines


def ripe(look: Look) -> Iterator[Item]:
    """Members whose turn was cut off, engineers to be set going again after a start, and engineers that have stood
    still for too long."""
    if look.paused:
        return
    for pane in look.panes:
        member = look.team.member(pane.member)
        if cut := idle.cut_off(look, pane.member):
            card = idle.unreported(look, pane.member) if member in look.team.engineers else None
            yield Item(keys.join(_CUT, ids.again(pane.member, f"{cut:.3f}")), f"{pane.member} is to go on",
                       card.id if card else "", pane.member)  # fmt: skip
            continue
        found = idle.stands_still(look, pane.member) if member in look.team.engineers else None
        if found is None:
            continue
        card, since = found
        if _is_new_to_it(look, pane, card):
            yield Item(keys.join(_AGAIN, _id_again(pane, card)), f"{pane.member} is to go on with {card.id}", card.id,
                       pane.member)  # fmt: skip
        elif idle.is_overdue(look, since) and not idle.was_nudged(look, pane.member, card):
            yield Item(keys.join(_STILL, idle.nudge_id(look, pane.member, card)), 
                       f"{pane.member} is idle with {card.id}", card.id, pane.member)  # fmt: skip


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
    kind, id = keys.split(item.key)
    card = look.card(item.card)
    if kind == _CUT:
        subject, text = "Go on: your last turn was cut off", _cut(look, item.member, card)
    elif card is None or card.owner != item.member:
        return
    elif kind == _AGAIN:
        subject, text = (
            f"Go on with {card.id}",
            _again(look, f"You were started anew while you had {card.id} in hand.", card),
        )
    else:
        subject, text = f"How does {card.id} stand?", _still(look, card)
    events.append(
        project, ids.about_message(item.member, id), happened.NUDGED, card=item.card, member=item.member, text=subject
    )
    inbox.send(project, inbox.Message(id, "batty-hooks", item.member, subject, text, kinds.NUDGE, item.card))


def _is_new_to_it(look: Look, pane: panes.Pane, card: Card) -> bool:
    """Whether this process has never been told of the card it has in hand: it was briefed before."""
    project, member = look.project, pane.member
    if not 0 < inbox.moved_at(project, member, idle.brief_of(look, member, card.id)) < pane.started:
        return False
    if _id_again(pane, card) in inbox.keys(project, member):
        return False
    return not idle.told_to_go_on(look, member, pane.started) and not idle.is_worn_out(look, member)


def _id_again(pane: panes.Pane, card: Card) -> str:
    return ids.again(card.id, f"{pane.started:.0f}")


def _cut(look: Look, member: str, card: Card | None) -> str:
    """The last message goes along: it counts as read, and a new session has never heard of it."""
    said = "Your last turn was cut off before its end."
    in_hand = f"{said} You have {card.id} in hand." if card else ""
    said = _again(look, in_hand, card) if card else f"{said} Go on with what you were doing.\n"
    last = _last_message(look.project, member)
    if last is None or (card and last.kind == kinds.BRIEF):
        return said
    quoted = "\n".join(f"> {line}".rstrip() for line in last.body.strip().splitlines())
    return f"{said}\nThe last message you had got was {last.id} from {last.sender}:\n\n{quoted}\n"


def _last_message(project: Project, member: str) -> inbox.Message | None:
    last = deliveries.last(project, member)
    return next((one for one in inbox.listed(project, member, last) if one.id == last), None) if last else None


def _again(look: Look, why: str, card: Card) -> str:
    """The card goes along: a new session has never heard of it, and not every agent can ask."""
    body = f"\n{card.body.rstrip()}\n" if card.body.strip() else ""
    return (
        f"{why} Go on with it.\n\n"
        f"{card.id}: {card.title}\n{body}\n"
        f"{_what_you_had_done(look, card)}{_came_back(look, card)}{_how_to_report(look, card)}"
    )


def _what_you_had_done(look: Look, card: Card) -> str:
    is_typed = advice.types_commands(look, card.owner)
    return "What you had done:\n    git status; git log --oneline -5\n\n" if is_typed else ""


def _came_back(look: Look, card: Card) -> str:
    """What came back of a card last, for a session, or another agent, that has never heard of it."""
    attempts = look.attempts(card.id)
    if not attempts:
        return ""
    id = offer_ids.sent_back(card.id, len(attempts))
    last = next((one for one in inbox.listed(look.project, card.owner, id) if one.id == id), None)
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in (last.body.strip().splitlines() if last else [])[:_QUOTED])
    often = "once" if len(attempts) == 1 else f"{len(attempts)} times"
    return f"It has come back {often}{', last because of this:' if quoted else '.'}\n{quoted}\n"


def _still(look: Look, card: Card) -> str:
    return (
        f"You have {card.id} ({card.title}) in hand and have neither reported it nor asked anything.\n\n"
        f"If something is left to do, go on. {_how_to_report(look, card)}"
    )


def _how_to_report(look: Look, card: Card) -> str:
    if not advice.types_commands(look, card.owner):
        return advice.without_commands("When it is done")
    return (
        "When it is done and committed, run:\n    batty-hooks done\n"
        'If you cannot go on:\n    batty-hooks blocked "why"\nIf you need to know something:\n'
        '    batty-hooks ask "question"\n'
    )
