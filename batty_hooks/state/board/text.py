"""The board as text that is edited in place: every byte that no edit concerns stays as it was."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.board import checks, head, outline, places
from batty_hooks.state.board import lanes as lane_names
from batty_hooks.state.board.lanes import DONE, PROGRESS, TODO

__all__ = ["DONE", "PROGRESS", "TODO", "Board", "Card", "NewId"]

NewId = Callable[[], str]


@dataclass(frozen=True)
class Card:
    """A card as it stands in the file.

    ``id`` and ``owner`` are "" when there is none, ``title`` is without box, owner, id and fields, ``lane`` is
    "todo", "in progress", "done" or another lane's title in lower case, ``blocked`` the reason, ``body`` the
    indented lines, dedented, ``line`` counts from 1, ``priority`` is "high", "low" or whatever else stands there.
    """

    id: str
    title: str
    lane: str
    owner: str
    depends: tuple[str, ...]
    blocked: str
    body: str
    checked: bool
    line: int
    priority: str = ""


class Board:
    """One version of the board. ``doubt`` says in one line why the file on disk is not this text ("" normally)."""

    def __init__(self, lines: list[str], members: Collection[str]) -> None:
        self.members = frozenset(members)
        self.doubt = ""
        self._lines = lines
        self._cards: list[Card] | None = None
        self._look()

    @classmethod
    def parse(cls, raw: bytes, members: Collection[str]) -> Board:
        """Read a board; bytes that are no UTF-8 come through unharmed."""
        return cls(outline.split(raw.decode("utf-8", "surrogateescape")), members)

    @property
    def raw(self) -> bytes:
        """The file's bytes."""
        return "".join(self._lines).encode("utf-8", "surrogateescape")

    @property
    def is_board(self) -> bool:
        """Whether there is a lane that means something here."""
        return any(lane.name in (TODO, PROGRESS, DONE) for lane in self._outline.lanes)

    @property
    def swallowed(self) -> bool:
        """Whether lanes are hidden in a fence or comment that never ends."""
        return self._outline.swallowed

    @property
    def lanes(self) -> list[str]:
        """The names of the lanes, in file order."""
        return [lane.name for lane in self._outline.lanes]

    @property
    def cards(self) -> list[Card]:
        """All cards, in file order."""
        if self._cards is None:
            self._cards = [self._card(item) for item in self._items]
        return self._cards

    def count(self, without: Collection[str] = ()) -> int:
        """How many cards there are outside the lanes ``without``."""
        return sum(self._outline.lanes[item.lane].name not in without for item in self._items)

    def card(self, id: str) -> Card | None:
        """The card of that id."""
        return next((card for card in self.cards if card.id == id), None) if id else None

    def find(self, word: str) -> Card:
        """The card a person means: an id, a title, or the beginning of one. Raises FatalError when it is none or
        several."""
        return checks.find(self.cards, word)

    def problems(self) -> list[str]:
        """What is wrong with the board, one line each, with the line's number."""
        return checks.problems(self.cards, self._outline.faults)

    def depends_in_circle(self, card: Card) -> bool:
        """Whether a card waits for itself, by way of others."""
        return bool(card.id) and card.id in checks.circle(self.cards)

    # what is done to cards: each changes this board and returns the card as it is then

    def claim(self, card: Card, owner: str, new_id: NewId) -> Card:
        """Give a card to a member: to the end of IN PROGRESS, `[x]`, ` (owner)`, and an id when it has none."""
        line = head.with_owner(head.with_box(self._first(card), "x"), self.members | {owner}, owner)
        if not card.id:
            line = head.with_id(line, self.members, new_id())
        self.members |= {owner}
        return self._settle(card, line, PROGRESS)

    def release(self, card: Card) -> Card:
        """Take a card from its owner: to the top of TODO, `[ ]`; it keeps its id."""
        line = head.with_owner(head.with_box(self._first(card), " "), self.members, "")
        return self._settle(card, line, TODO, top=True)

    def move(self, card: Card, lane: str) -> Card:
        """Put a card at the end of another lane, named by us or by its title. Raises FatalError when there is no
        such lane."""
        name = lane_names.canonical(lane) or lane_names.plain(lane)
        if name not in self.lanes and name not in (TODO, PROGRESS, DONE):
            name = checks.nearest_lane(lane, self.lanes)
        boxes = {TODO: " ", PROGRESS: "x", DONE: "x"}
        line = head.with_box(self._first(card), boxes[name]) if name in boxes else self._first(card)
        return self._settle(card, line, name)

    def set_owner(self, card: Card, owner: str) -> Card:
        """Write another owner ("" for none) where the card stands."""
        line = head.with_owner(self._first(card), self.members | {owner}, owner)
        self.members |= {owner} if owner else frozenset()
        return self._settle(card, line)

    def block(self, card: Card, reason: str) -> Card:
        """Write ` [blocked:: reason]`."""
        reason = head.one_line(reason) or "no reason given"
        return self._settle(card, head.with_field(self._first(card), self.members, "blocked", reason))

    def unblock(self, card: Card) -> Card:
        """Take the reason away."""
        return self._settle(card, head.with_field(self._first(card), self.members, "blocked", ""))

    def depend(self, card: Card, ids: Iterable[str]) -> Card:
        """Write ` [depends:: t3, t4]`; no ids take it away."""
        value = ", ".join(dict.fromkeys(id.removeprefix("^") for id in ids))
        return self._settle(card, head.with_field(self._first(card), self.members, "depends", value))

    def identify(self, card: Card, new_id: NewId) -> Card:
        """Give a card an id, if it has none."""
        if card.id:
            return card
        return self._settle(card, head.with_id(self._first(card), self.members, new_id()))

    def add(self, title: str, lane: str = TODO, body: str = "", depends: Iterable[str] = ()) -> Card:
        """Write a new card at the end of a lane; a lane that is missing gets its heading."""
        name = lane_names.canonical(lane) or lane_names.plain(lane)
        box = "x" if name in (PROGRESS, DONE) else " "
        line = f"{self._bullet()} [{box}] {' '.join(title.split())}"
        needed = ", ".join(depends)
        if needed:
            line = head.with_field(line, self.members, "depends", needed)
        return self.insert([line, *self._as_body(body)], name)

    # whole cards, as lines (merges work with these)

    def lines_of(self, card: Card) -> list[str]:
        """A card's lines as they stand in the file, with their endings."""
        item = self._item(card)
        return self._lines[item.start : item.end]

    @property
    def prose(self) -> list[str]:
        """The lines outside cards and headings that are not blank."""
        taken = {n for item in self._outline.items for n in range(item.start, item.end)}
        taken |= {n for lane in self._outline.lanes for n in range(lane.start, lane.top)}
        lines = (line.strip() for n, line in enumerate(self._lines) if n not in taken)
        return [line for line in lines if line]

    def rewrite(self, card: Card, lines: list[str], lane: str = "", top: bool = False) -> Card:
        """Put other lines in the place of a card's, or into another lane; lines without an ending get the file's."""
        if lane and lane != card.lane:
            return self._move(card, lines, lane, top)
        item = self._item(card)
        if lines != self._lines[item.start : item.end]:
            self._lines[item.start : item.end] = places.ended(lines, self._lines, item.start, item.end)
            self._look()
        return self._at(item.start)

    def remove(self, card: Card) -> list[str]:
        """Take a card off the board: its lines."""
        item = self._item(card)
        block = places.remove(self._lines, item.start, item.end)
        self._look()
        return block

    def insert(self, lines: list[str], lane: str, top: bool = False) -> Card:
        """Put a card's lines into a lane, at its end or its top; a lane that is missing gets its heading."""
        number = self._lane(lane)
        place = places.in_lane(self._lines, self._outline, number, top)
        return self._put(place, lines, place.at)

    # inside

    def _look(self) -> None:
        self._outline = outline.read(self._lines)
        self._items = [item for item in self._outline.items if item.lane >= 0 and not item.empty]
        self._cards = None

    def _lane(self, name: str) -> int:
        """The number of a lane; a lane that is missing gets its heading."""
        if name not in self.lanes:
            places.add_lane(self._lines, self._outline, name)
            self._look()
        return self.lanes.index(name)

    def _move(self, card: Card, lines: list[str], lane: str, top: bool) -> Card:
        number = self._lane(lane)
        item = self._item(card)
        place = places.in_lane(self._lines, self._outline, number, top)
        before = len(self._lines)
        places.remove(self._lines, item.start, item.end)
        gone = before - len(self._lines)
        return self._put(place, lines, place.at - gone if item.start < place.at else place.at)

    def _put(self, place: places.Place, lines: list[str], at: int) -> Card:
        places.insert(self._lines, replace(place, at=at), places.indented(lines, place.indent))
        self._look()
        return self._at(at + place.before)

    def _card(self, item: outline.Item) -> Card:
        parts = head.parse(self._lines[item.start].rstrip("\r\n"), self.members)
        body = self._body(item) if item.end > item.start + 1 else ""
        lane = self._outline.lanes[item.lane].name
        checked = parts.box[1:2] in ("x", "X")
        return Card(
            parts.id, parts.title, lane, parts.owner, parts.depends, parts.blocked, body, checked, item.start + 1,
            parts.priority,
        )  # fmt: skip

    def _body(self, item: outline.Item) -> str:
        lines = [line.rstrip("\r\n") for line in self._lines[item.start + 1 : item.end]]
        depth = min((outline.indent_of(line) for line in lines if outline.indent_of(line)), default=0)
        return head.clean("\n".join(_dedented(line, depth) for line in lines)).strip("\n")

    def _item(self, card: Card) -> outline.Item:
        """Where a card stands now: edits before it have moved it."""
        number = bisect(self._items, card.line - 1, key=lambda item: item.start) - 1
        if number >= 0 and self._items[number].start == card.line - 1:
            item = self._items[number]
            if _same(card, self._card(item)):
                return item
        now = [(item, found) for item, found in zip(self._items, self.cards, strict=True) if _same(card, found)]
        if not now:
            raise FatalError(f"the card “{card.title}” is not on the board any more", "see `batty-hooks board`")
        return min(now, key=lambda pair: (pair[1].lane != card.lane, abs(pair[1].line - card.line)))[0]

    def _at(self, line: int) -> Card:
        number = bisect(self._items, line, key=lambda item: item.start) - 1
        if number >= 0 and self._items[number].start == line:
            return self._card(self._items[number])
        raise FatalError("a card cannot be written so that it stays one", "give it a title of plain words", USAGE)

    def _first(self, card: Card) -> str:
        return self._lines[self._item(card).start].rstrip("\r\n")

    def _settle(self, card: Card, line: str, lane: str = "", top: bool = False) -> Card:
        """Write a card's first line, and the card into another lane unless it is there already."""
        old = self.lines_of(card)
        return self.rewrite(card, [line + outline.ending(old[0]), *old[1:]], lane, top)

    def _bullet(self) -> str:
        bullet = self._lines[self._items[-1].start].lstrip(" \t")[0] if self._items else "-"
        return bullet if bullet in "-*+" else "-"

    def _as_body(self, body: str) -> list[str]:
        indent = "  "
        for item in self._items:
            if item.end > item.start + 1:
                line = self._lines[item.start + 1]
                indent = line[: len(line) - len(line.lstrip(" \t"))] or indent
                break
        lines = outline.split(body.strip("\r\n"))
        return [f"{indent}{text}" if text else "" for text in (line.rstrip("\r\n") for line in lines)]


def _dedented(line: str, depth: int) -> str:
    """The line without up to ``depth`` columns of blanks."""
    rest = line.lstrip(" \t")
    return " " * max(outline.indent_of(line) - depth, 0) + rest if rest else ""


def _same(card: Card, found: Card) -> bool:
    return card.id == found.id if card.id else not found.id and card.title == found.title
