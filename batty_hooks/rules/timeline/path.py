"""The critical path of a run: which card each landing waited for, from the last landing back to the beginning.

Before a card come the landings of the cards that it depends on, and what its engineer landed before it; the last one
of these is what it was held up by. Who makes a card on this path faster makes the run faster; any other card has time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batty_hooks.rules.timeline.records import Card, Step

DEPENDS, MEMBER = "depends", "member"
_SLACK = 1.0  # seconds: a card is claimed as soon as another has landed, by another process and clock reading


def critical(cards: Sequence[Card], depends: Mapping[str, tuple[str, ...]]) -> tuple[Step, ...]:
    """The path, first card first; () where nothing has landed."""
    landed = {card.id: card for card in cards if card.landed}
    if not landed:
        return ()
    path: list[Step] = []
    card = max(landed.values(), key=lambda one: one.landed)
    seen = set()
    while True:
        seen.add(card.id)
        begun = _begun(card)
        before = [(landed[id].landed, DEPENDS, landed[id]) for id in depends.get(card.id, ()) if id in landed]
        before += [(one.landed, MEMBER, one) for one in landed.values() if one.member and one.member == card.member]
        found = [one for one in before if one[2].id not in seen and one[0] <= begun + _SLACK]
        if not found:
            path.append(Step(card.id, card.begin, card.landed))
            return tuple(reversed(path))
        at, why, earlier = max(found, key=lambda one: (one[0], one[1]))
        path.append(Step(card.id, max(card.begin, min(at, card.landed)), card.landed, earlier.id, why))
        card = earlier


def _begun(card: Card) -> float:
    """When it first had an owner."""
    return next((one.begin for one in card.stages if one.member), card.begin)
