"""What is wrong with a plan, and who can mend it: cards that nobody may take, and dependencies that never come true.

The planner of a card is who put it on the board, as far as that is known, else the architect, else the human. A card
that is held back is being planned still, and a blocked one waits for somebody already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batty_hooks.rules import clashes, dispatching, own_files, routing, taken_back
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, planners, told
from batty_hooks.state.board import checks
from batty_hooks.state.board.card import Card
from batty_hooks.state.board.lanes import DONE, PROGRESS
from batty_hooks.state.team import MANUAL
from batty_hooks.state.team.model import ARCHITECT
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import ids


@dataclass(frozen=True)
class Mistake:
    """A card that cannot be begun as planned: why, how to mend it, and the ``planner`` who may. ``is_listed``: the
    board's own checks find it too."""

    card: Card
    why: str
    mend: str
    planner: str
    is_listed: bool = False

    @property
    def label(self) -> str:
        """What the card is called: its id, or its title."""
        return self.card.id or f"“{self.card.title}”"

    @property
    def id(self) -> str:
        """By what it is known: told once, and again when it is another one."""
        return ids.planned(self.card.id or ids.hash_of(self.card.title), self.why)


def mistakes(look: Look) -> list[Mistake]:
    """What is wrong, in the order of the board; of what is wrong with one card all at once."""
    return look.once("mistakes", _mistakes)


def planner(look: Look, card: Card) -> str:
    """Who is told what is wrong with a card."""
    known = look.once("planners", lambda look: planners.of(look.project)).get(card.id, "")
    if known == look.team.human or look.team.member(known):
        return known
    architects = [member.name for member in look.team.members if member.role.role_type == ARCHITECT]
    return (architects or [look.team.human])[0]


def untold(look: Look) -> dict[str, list[Mistake]]:
    """What those planners are to be told who are no human, all of it at once; the human's own stands under "needs
    you"."""
    found: dict[str, list[Mistake]] = {}
    for mistake in mistakes(look):
        who = mistake.planner
        if who != look.team.human and mistake.id not in known(look, who):
            found.setdefault(who, []).append(mistake)
    return found


def known(look: Look, planner: str) -> dict[str, float]:
    """Which mistakes a planner was told, and when."""
    return {key: at for key, at in told.of(look.project, planner).items() if ids.is_planned(key)}


def message_id(look: Look, planner: str, found: Iterable[Mistake]) -> str:
    """The id of the message that tells those; the same mistakes, made again after they were mended, have another."""
    keys = [mistake.id for mistake in found]
    been, id = own_files.keys(look, planner), ids.plan(planner, keys, 0)
    return ids.plan(planner, keys, sum(bool(flags) for key, flags in been.items() if f"{key}.".startswith(f"{id}.")))


def mended(look: Look, planner: str) -> tuple[set[str], list[str]]:
    """What a planner was told and is so no more, and the unread messages of which nothing is left."""
    standing, keys = {mistake.id for mistake in mistakes(look)}, known(look, planner)
    left = {at for key, at in keys.items() if key in standing}
    unread = [key for key, flags in own_files.keys(look, planner).items() if not flags and ids.is_planned(key)]
    gone = [key for key in unread if inbox.written_at(look.project, planner, key) not in left]
    return keys.keys() - standing, gone


def why_waiting(look: Look, card: Card) -> str:
    """Why a card that stands where cards are begun from is not begun yet, or not at once; "" for one that only waits
    its turn, and for any other."""
    mode = dispatching.lanes_of(look).get(card.lane)
    if mode is None:
        return ""
    if card.cancelled:
        return "cancelled (`[-]`)"
    if card.hold:
        return f"held back: {card.hold}"
    if before := dispatching.waits_for(look, card):
        gone = taken_back.needed(look)
        return f"waits for {', '.join(f'{id} (taken back)' if id in gone else id for id in before)}"
    if trouble := routing.of(look.team, card).trouble:
        return f"nobody can take it: {trouble}"
    if mode == MANUAL and not card.owner:
        return "waits to be assigned"
    busy = clashes.in_the_way(card, look.cards)
    return f"goes last: {', '.join(f'{id} is at {pattern}' for id, pattern in busy)}" if busy else ""


def told_elsewhere(look: Look) -> set[tuple[int, str]]:
    """What the board's own checks find of dependencies (line, what) that somebody else than the human is told of."""
    found = checks.of_dependencies(look.cards, look.landed) if any(card.depends for card in look.cards) else []
    cards = {card.line: card for card in look.cards}
    return {(line, what) for line, what in found if planner(look, cards[line]) != look.team.human}


def _mistakes(look: Look) -> list[Mistake]:
    lanes = dispatching.lanes_of(look)
    open_ones = [
        card for card in look.cards if card.lane in lanes and not (card.blocked or card.hold or card.cancelled)
    ]
    found = [mistake for card in open_ones if _is_marked(card) for mistake in _of_route(look, card)]
    if any(card.depends for card in open_ones):
        found += [*_of_dependencies(look, {card.line: card for card in open_ones}), *_of_parked(look, open_ones)]
    return sorted(found, key=lambda mistake: mistake.card.line)


def _of_route(look: Look, card: Card) -> Iterator[Mistake]:
    route, who = routing.of(look.team, card), planner(look, card)
    if route.trouble and not card.owner == who == look.team.human:  # (what he keeps for himself is no mistake)
        yield Mistake(card, route.trouble, route.mend, who)


def _of_dependencies(look: Look, cards: dict[int, Card]) -> Iterator[Mistake]:
    """Dependencies that never come true; a circle once, though each of its cards waits for itself."""
    circles: set[frozenset[str]] = set()
    for line, why in checks.of_dependencies(look.cards, look.landed):
        circle = frozenset(why.rpartition(": ")[2].split(" → ")) if " → " in why else frozenset()
        if line in cards and circle not in circles:
            circles |= {circle} - {frozenset()}
            card = cards[line]
            mend = "take a dependency off it, or put on the board what it waits for"
            yield Mistake(card, why, mend, planner(look, card), is_listed=True)


def _of_parked(look: Look, cards: Iterable[Card]) -> Iterator[Mistake]:
    """Dependencies on what is cancelled, or stands in a lane that nothing is begun from."""
    lanes, there = {*dispatching.lanes_of(look), PROGRESS, DONE}, {card.id: card for card in look.cards if card.id}
    for card in cards:
        for id in card.depends:
            other = there.get(id)
            if other and id not in look.landed and (other.cancelled or other.lane not in lanes):
                where = "is cancelled" if other.cancelled else f"is in {other.lane.upper()}, where nothing is begun"
                mend = f"move {id} to TODO, or take the dependency off"
                yield Mistake(card, f"it waits for {id}, which {where}", mend, planner(look, card))


def _is_marked(card: Card) -> bool:
    return bool(card.owner or card.marks or "#" in card.title)
