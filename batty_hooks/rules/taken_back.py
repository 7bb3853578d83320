"""Landings that the trunk does not hold any more: a person took it back (`git reset --hard origin/main`), and the board
says done of work that is nowhere to be seen.

What a person does with the trunk is his own business, so nothing is undone and nothing is stopped. Work that is there
under another commit (`git pull --rebase`, a squash at the remote) is not missed: merging the landing again would change
nothing. Where git cannot merge it any more nobody can tell, and nothing is said. Whoever wants it gone takes its card
off the board.

What depends on such a card waits for it again, and on one whose landing was reverted (`git revert -m 1`) too: it was
planned to stand on that work. Only the card itself counts, not what it was built on: that stands, tested, on the trunk.
A card that is in hand already is not taken away; its boss is told.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.rules.look import Look
from batty_hooks.state import trunk
from batty_hooks.state.board.card import Card
from batty_hooks.state.board.lanes import DONE, PROGRESS
from batty_hooks.system.records import dataclass

_NAMED = 5  # cards in one line
_BACK = "brings it back; to have it done anew: batty-hooks task release "


@dataclass(frozen=True)
class Lost:
    """A landing that was taken back: the cards that depend on it, and the commits that revert it (none: the trunk does
    not hold it)."""

    above: tuple[Card, ...]
    reverts: tuple[str, ...]


def landings(look: Look) -> dict[str, str]:
    """The cards in DONE whose work the trunk lacks, with the merge commits they had landed with; the last of these
    holds all that landed before it."""
    done = {card.id for card in look.cards if card.id and card.lane == DONE}
    landed = {id: commit for id, commit in look.landed.items() if id in done}
    held = trunk.landed(look.project, look.tip) if landed else {}
    if landed and look.team.remote:  # (what is here is offered to the server, unless it was taken off there)
        held |= trunk.landed(look.project, look.local_tip)
    gone = {id: commit for id, commit in landed.items() if id not in held}
    if not gone:
        return {}
    at = trunk.landed_at(look.project, list(gone.values()))
    return {id: commit for id, commit in sorted(gone.items(), key=lambda one: at[one[1]]) if _is_missed(look, commit)}


def needs(look: Look) -> Iterator[tuple[str, str]]:
    """What a person should know of what was taken back, and the command that brings it back: what the trunk lacks, and
    what was reverted where a card depends on it."""
    gone = landings(look)
    if gone:
        above = "".join(f"; {words}" for words in (_above(look, id) for id in gone) if words)
        yield f"{look.trunk} does not hold what had landed any more: {_some(list(gone))}{above}", _merge(look, gone)
    for id, lost in needed(look).items():
        if id not in gone:
            reverts = " ".join(commit[:12] for commit in lost.reverts)
            mend = f"git{_there(look)} revert --no-edit {reverts}  ({_BACK}{id})"
            what = f"{id} had landed and was taken back from {look.trunk}; {_above(look, id)}"
            yield what, mend if reverts else _merge(look, {id: look.landed[id]})


def needed(look: Look) -> dict[str, Lost]:
    """The cards that had landed, are taken back, and that cards not yet done depend on."""
    return look.once("taken back and needed", _needed)


def in_hand(look: Look) -> list[tuple[Card, str]]:
    """The cards that are worked on though one they depend on (its id) was taken back."""
    return [(card, id) for id, lost in needed(look).items() for card in lost.above if _is_in_hand(card)]


def _merge(look: Look, gone: dict[str, str]) -> str:
    """The last of those landings, merged where the trunk is checked out."""
    card, commit = list(gone.items())[-1]
    return f"git{_there(look)} merge {commit[:12]}  ({_BACK}{card})"


def _above(look: Look, id: str) -> str:
    """What of the board depends on a card that was taken back, in words; "" for nothing."""
    above = needed(look)[id].above if id in needed(look) else ()
    at_work = [card.id or card.title for card in above if _is_in_hand(card)]
    others = [card.id or card.title for card in above if not _is_in_hand(card)]
    parts = {f"waiting for {id}": others, "in hand all the same": at_work}
    return "; ".join(f"{what}: {_some(ids)}" for what, ids in parts.items() if ids)


def _some(ids: list[str]) -> str:
    return f"{', '.join(ids[:_NAMED])}{' …' if ids[_NAMED:] else ''}"


def _there(look: Look) -> str:
    place = look.trunk_place
    return f" -C {shlex.quote(str(place))}" if place and place != look.project.root else ""


def _is_in_hand(card: Card) -> bool:
    return card.lane == PROGRESS and bool(card.owner)


def _needed(look: Look) -> dict[str, Lost]:
    above: dict[str, list[Card]] = {}
    for card in look.cards:
        for id in card.depends if card.lane != DONE else ():
            if id in look.landed:
                above.setdefault(id, []).append(card)
    if len(above) > 1:
        look.foresee(look.landed[id] for id in above)  # one git for all
    held = {id for id in above if look.contains(look.landed[id])}
    reverted = look.reverted([look.landed[id] for id in above if id in held])
    return {id: Lost(tuple(cards), tuple(reverted.get(look.landed[id], ()))) for id, cards in above.items()
            if look.landed[id] in reverted or (id not in held and _is_missed(look, look.landed[id]))}  # fmt: skip


def _is_missed(look: Look, commit: str) -> bool:
    candidate = look.candidate(commit)
    return not candidate.conflicts and candidate.tree != look.itself.tree
