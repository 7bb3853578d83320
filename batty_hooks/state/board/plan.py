"""A plan: several cards in the board's own format, read whole and put on the board as one change.

A card is begun the moment it stands on the board, and the one it waits for may come only ten lines later: so what an
architect writes as one text is on the board as a whole, or not at all. Ids in a plan are names within it (`^a`): they
are looked up there first, and become ids that no card ever had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from batty_hooks.state.board import card_line, checks, fields, outline, typos
from batty_hooks.state.board import lanes as lane_names
from batty_hooks.state.board.lanes import DONE, PROGRESS, TODO
from batty_hooks.state.board.text import Board, Card, NewId
from batty_hooks.system.records import dataclass

_HEAD = "## TODO\n"  # a plan needs no heading; lines are counted without this one


@dataclass(frozen=True)
class Entry:
    """One card of a plan, on which ``line`` it begins there (from 1), and its ``words``: the line without its box, its
    name and what it depends on."""

    card: Card
    line: int
    words: str


@dataclass(frozen=True)
class Plan:
    """What a text says: its ``name`` ("": it has none), its cards, and what is wrong, by line."""

    name: str
    entries: tuple[Entry, ...]
    faults: tuple[tuple[int, str], ...]


def read(raw: bytes, members: Collection[str], known: Collection[str]) -> Plan:
    """The plan in a text; ``known`` are the ids of cards outside of it, which its cards may wait for."""
    text = _HEAD + raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    board = Board.parse(text.encode("utf-8", "surrogateescape"), members)
    lines = [line.rstrip("\r\n") for line in outline.split(text)]
    found = outline.read(lines, board.titles)
    entries = tuple(Entry(card, card.line - 1, _words(lines[card.line - 1], board.members)) for card in board.cards)
    faults = [*found.faults, *_outside(found, lines), *_of_cards(entries, lines, board.members)]
    faults += [(line - 1, what.replace("the board", "the board or in the plan"))
               for line, what in checks.of_dependencies(board.cards, known)]  # fmt: skip
    if not entries:
        faults.append((1, "there is no card in it: one begins with `- [ ] `"))
    titles = (lane.title for lane in found.lanes[1:] if not lane_names.canonical(lane.title, board.titles))
    return Plan(next(titles, ""), entries, tuple(sorted(dict.fromkeys(faults))))


def put(board: Board, new_id: NewId, plan: Plan, marks: Mapping[int, Mapping[str, str]]) -> list[Card]:
    """Write the cards of a plan at the end of TODO, in its order; ``marks`` are further fields, by a card's line."""
    ids = [new_id() for _ in plan.entries]
    names = {entry.card.id: id for entry, id in zip(plan.entries, ids, strict=True) if entry.card.id}
    return [
        board.add(f"{entry.words} ^{id}", TODO, entry.card.body,
                  {fields.DEPENDS: ", ".join(names.get(one, one) for one in entry.card.depends), **marks[entry.line]})
        for entry, id in zip(plan.entries, ids, strict=True)
    ]  # fmt: skip


def _words(line: str, members: frozenset[str]) -> str:
    bare = card_line.without_id(card_line.with_field(line, members, fields.DEPENDS, ""), members)
    return card_line.parse(bare, members).text


def _of_cards(entries: tuple[Entry, ...], lines: list[str], members: frozenset[str]) -> Iterator[tuple[int, str]]:
    """What is wrong with single cards: nearly right words, names given twice, cards that are no plan any more."""
    first: dict[str, int] = {}
    for entry in entries:
        card = entry.card
        yield from ((entry.line, said) for said in typos.of_card(lines[entry.line], members))
        if card.id and first.setdefault(card.id, entry.line) != entry.line:
            yield entry.line, f"the name ^{card.id} is given already in line {first[card.id]}"
        if card.lane in (PROGRESS, DONE) or card.checked:
            yield entry.line, f"“{card.title}” is under way or done: a plan has what is to be begun"
        if not card.title:
            yield entry.line, "a card without a title"


def _outside(found: outline.Outline, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines below the first card that belong to none: an engineer would never see them."""
    begun = min((item.start for item in found.items), default=len(lines))
    taken = {at for part in (*found.items,) for at in range(part.start, part.end)}
    taken |= {at for lane in found.lanes for at in range(lane.start, lane.top)}
    for at, line in enumerate(lines):
        if at > begun and at not in taken and not outline.is_blank(line) and not outline.is_rule(line):
            yield at, f"“{card_line.clean(line.strip()[:40])}” belongs to no card: indent it below one"
