"""An id is one card's, and a card's for good: what a save does to ids by the way is taken back.

People copy a card's line to write the next one, and its id comes along; they move a card by copying it and deleting
the first one later; they delete an id with the end of a line, or number their cards anew. The branch, the brief, the
attempts and the landing of a card are known by its id alone, so what lost it would be begun anew, and two cards of one
id would stop each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from batty_hooks.state.board import card_line, pairing
from batty_hooks.state.board.lanes import DONE, PROGRESS
from batty_hooks.state.board.merge import Notice
from batty_hooks.state.board.outline import ending
from batty_hooks.state.board.text import Board, Card
from batty_hooks.system import late

_ID = late.pattern(rb"\^[A-Za-z0-9-]+")


def without_copies(known: bytes, save: bytes, members: Collection[str]) -> tuple[bytes, list[Notice]]:
    """``save`` in which no two cards have one id: it stays with the card that is most like the one that has it in
    ``known``, the last known version; the others get one of their own when they are claimed. Who has typed it twice
    himself is told."""
    board = Board.parse(save, members)
    of_id: dict[str, list[Card]] = defaultdict(list)
    for card in board.cards:
        if card.id:
            of_id[card.id.casefold()].append(card)
    several = {id: cards for id, cards in of_id.items() if cards[1:]}
    if not several:
        return save, []
    had = {card.id.casefold(): card for card in reversed(Board.parse(known, members).cards) if card.id}
    notices = []
    for id, cards in several.items():
        first = _original(had.get(id), cards)
        others = [card for card in cards if card is not first]
        if id not in had:
            named = ", ".join(f"“{card.title}”" for card in others)
            notices.append(Notice(f"kanban.md: ^{first.id} is the id of “{first.title}”; {named} gets one of its own"))
        for card in others:
            _rewrite(board, card, "")
    return board.raw, notices


def with_kept_ids(known: bytes, save: bytes, members: Collection[str]) -> tuple[bytes, list[Notice]]:
    """``save`` in which a card that has lost its id has it again, and one that is in somebody's hand has the one it is
    known by there; whoever gave that another one is told."""
    if not {*_ID.findall(known)} - {*_ID.findall(save)}:
        return save, []  # (a large board is not parsed for that)
    before, board = Board.parse(known, members), Board.parse(save, members)
    there = {card.id for card in board.cards}
    lost = [card for card in before.cards if card.id and card.id not in there and card.lane != DONE]
    nameless = [card for card in board.cards if not card.id]
    again = pairing.pair(lost, nameless, loosely=False)
    for number, other in again.items():
        _rewrite(board, nameless[other], lost[number].id)
    known_ids = {card.id for card in before.cards}
    renamed = dict(_renamed([card for number, card in enumerate(lost) if number not in again], board, known_ids))
    for id, card in renamed.items():
        _rewrite(board, card, id)
    return board.raw, [
        Notice(f"{id} “{card.title}” is in the hands of {card.owner}, so it keeps its id: ^{card.id} was taken back")
        for id, card in renamed.items()
    ]


def _renamed(lost: Sequence[Card], board: Board, known_ids: Collection[str]) -> Iterator[tuple[str, Card]]:
    """(the id it had, the card as it is now) of cards in progress whose id alone is another one."""
    by_words: Mapping[tuple[str, str, str], Card] = {
        (card.title, card.owner, card.lane): card for card in board.cards if card.id and card.id not in known_ids
    }
    for card in lost:
        now = by_words.get((card.title, card.owner, card.lane))
        if now and card.owner and card.lane == PROGRESS:
            yield card.id, now


def _original(had: Card | None, cards: Sequence[Card]) -> Card:
    """Which of the cards of one id is the one that had it before; of those that nobody knows, the one farthest on."""

    def likeness(card: Card) -> tuple[bool, ...]:
        if had is None:
            return (card.lane == PROGRESS, card.lane == DONE)
        return (card.id == had.id, card.lane == had.lane, card.owner == had.owner, card.title == had.title,
                card.body == had.body)  # fmt: skip

    return max(cards, key=likeness)


def _rewrite(board: Board, card: Card, id: str) -> None:
    """Give a card another id ("": none) where it stands."""
    lines = board.lines_of(card)
    line = card_line.without_id(lines[0].rstrip("\r\n"), board.members)
    if id:
        line = card_line.with_id(line, board.members, id)
    board.rewrite(card, [line + ending(lines[0]), *lines[1:]])
