"""What has become of each member's work since a time: landed, in hand, blocked, waiting. Read from board, trunk, queue
and worktrees; no model is asked.
"""

from __future__ import annotations

from typing import NamedTuple

from batty_hooks.rules import collisions, questions
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk
from batty_hooks.state.board import fields, hand
from batty_hooks.state.board.text import Card


class Part(NamedTuple):
    """One member's part: lines of words under each of the four headings."""

    member: str
    landed: tuple[str, ...] = ()
    in_hand: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(self[1:])


def parts(look: Look, since: float) -> list[Part]:
    """One for each member, and for whoever else has cards or has landed some, in the order of the team."""
    landed = _landed(look, since)
    owners = dict.fromkeys(card.owner for card in look.cards if card.owner)
    names = dict.fromkeys([*(member.name for member in look.team.members), *owners, *landed])
    return [_part(look, name, landed.get(name, [])) for name in names]


def to_be_begun(look: Look) -> tuple[int, int]:
    """How many cards are to do, and how many of them are blocked or held back."""
    waiting = [card for card in look.cards if card.lane == "todo"]
    return len(waiting), sum(bool(card.blocked or card.mark(fields.HOLD)) for card in waiting)


def _part(look: Look, name: str, landed: list[str]) -> Part:
    cards = [card for card in hand.cards_of(look.cards, name) if card.lane != "done"]
    offered = {offer.card: offer for offer in look.offers if offer.card}
    return Part(
        name,
        tuple(landed),
        tuple(_in_hand(look, card) for card in cards if not card.blocked and card.id not in offered),
        tuple(f"{_named(card)}: {card.blocked}" for card in cards if card.blocked),
        tuple(_waiting(look, name, [card for card in cards if card.id in offered])),
    )


def _in_hand(look: Look, card: Card) -> str:
    back, said = len(look.attempts(card.id)) if card.id else 0, [_named(card)]
    if back:
        said.append(f"came back {'once' if back == 1 else f'{back} times'}")
    clashing = [one for one in collisions.standing(look) if card.id in (one.card, one.other)]
    said += [collisions.words(one, card.id) for one in clashing]
    return "; ".join(said)


def _waiting(look: Look, name: str, offered: list[Card]) -> list[str]:
    found = [f"{_named(card)}: reported, waits to land" for card in offered]
    found += [f"its question to {one.to}: {one.subject}" for one in questions.of(look, name)]
    state = look.state(name)
    if state and state.until > look.at:
        found.append(f"a limit: {state.why}")
    return found


def _landed(look: Look, since: float) -> dict[str, list[str]]:
    """Member → what it landed since then, oldest first, by the trunk's own commits."""
    found: dict[str, list[str]] = {}
    times = trunk.landed_at(look.project, list(look.landed.values()))
    for card, commit in sorted(look.landed.items(), key=lambda one: times[one[1]]):
        if times[commit] >= since:
            member = trunk.landing_facts(look.project, commit).get("member", "")
            known = look.card(card)
            found.setdefault(member, []).append(f"{card} {known.title if known else commit[:10]}")
    return found


def _named(card: Card) -> str:
    return f"{card.id or '(no id yet)'} {card.title}"
