"""The board as text that is edited in place: every byte that no edit concerns stays as it was."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Iterable, Mapping

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.board import card_line, checks, fields, outline, places, sections, typos
from batty_hooks.state.board import lanes as lane_names
from batty_hooks.state.board.card import Card
from batty_hooks.state.board.lanes import DONE, PROGRESS, TODO
from batty_hooks.system.records import replace

__all__ = ["DONE", "PROGRESS", "TODO", "Board", "Card", "NewId"]

NewId = Callable[[], str]
_NONE: Mapping[str, str] = {}
_KEPT = 4  # texts: before and after a save, and what was merged


class Board:
    """One version of the board. ``doubt`` says in one line why the file on disk is not this text ("" normally)."""

    def __init__(self, lines: list[str], members: Collection[str]) -> None:
        self.members = frozenset(members)
        self.titles, self.roles = lane_names.titles_in(members), lane_names.roles_in(members)
        self.doubt = ""
        self._lines = lines
        self._cards: list[Card] | None = None
        self._look()

    @classmethod
    def parse(cls, raw: bytes, members: Collection[str]) -> Board:
        """Read a board; bytes that are no UTF-8 come through unharmed. The last few texts are kept: a look reads the
        same one a dozen times."""
        key = (raw, lane_names.known(members))
        kept = _kept.pop(key, None) or cls(outline.split(raw.decode("utf-8", "surrogateescape")), members)
        _kept[key] = kept
        for oldest in list(_kept)[:-_KEPT]:
            _kept.pop(oldest, None)
        return kept._copy()

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
    def sections(self) -> list[sections.Section]:
        """The lanes as headings that may stand below each other."""
        return sections.of(self._outline.lanes)

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
        """The card a person means by an id, or a title or its beginning. Raises FatalError for none and for several."""
        return checks.find(self.cards, word)

    def problems(self, landed: Collection[str] = ()) -> list[str]:
        """What is wrong with the board, one line each, with the line's number; ``landed`` as for `checks.problems`."""
        return checks.problems(self.cards, [*self._outline.faults, *self.typos()], landed)

    def typos(self) -> list[tuple[int, str]]:
        """What nearly means something: the index of its line, and what is wrong."""
        starts = [item.start for item in self._items if self._outline.lanes[item.lane].name != DONE]
        lines = {at: self._lines[at].rstrip("\r\n") for at in starts}
        found = [(at, said) for at, line in lines.items() for said in typos.on_board(line, self.members, self.roles)]
        return [*typos.of_lanes(self._outline.lanes, self.titles), *found]

    def depends_in_circle(self, card: Card) -> bool:
        """Whether a card waits for itself, by way of others."""
        return bool(card.id) and card.id in checks.circle(self.cards)

    # what is done to cards: each changes this board and returns the card as it is then

    def claim(self, card: Card, owner: str, new_id: NewId) -> Card:
        """Give a card to a member: to the end of IN PROGRESS, `[x]`, ` (owner)`, and an id when it has none."""
        line = card_line.with_owner(card_line.with_box(self._first(card), "x"), self.members | {owner}, owner)
        if not card.id:
            line = card_line.with_id(line, self.members, new_id())
        self.members |= {owner}
        return self._settle(card, line, PROGRESS)

    def release(self, card: Card) -> Card:
        """Take a card from its owner: to the top of TODO, `[ ]` (or `[-]`); it keeps its id."""
        line = card_line.with_box(self._first(card), "-" if card.cancelled else " ")
        line = card_line.with_owner(line, self.members, "")
        return self._settle(card, line, TODO, top=True)

    def move(self, card: Card, lane: str) -> Card:
        """Put a card at the end of another lane, named by us or by its title. Raises FatalError where there is none."""
        name = lane_names.canonical(lane, self.titles) or lane_names.plain(lane)
        if name not in self.lanes and name not in (TODO, PROGRESS, DONE):
            name = checks.nearest_lane(lane, self.lanes)
        boxes = {TODO: " ", PROGRESS: "x", DONE: "x"}
        line = card_line.with_box(self._first(card), boxes[name]) if name in boxes else self._first(card)
        return self._settle(card, line, name)

    def set_owner(self, card: Card, owner: str) -> Card:
        """Write another owner ("" for none) where the card stands."""
        line = card_line.with_owner(self._first(card), self.members | {owner}, owner)
        self.members |= {owner} if owner else frozenset()
        return self._settle(card, line)

    def block(self, card: Card, reason: str) -> Card:
        """Write ` [blocked:: reason]`."""
        return self.mark(card, fields.BLOCKED, reason.strip() or "no reason given")

    def unblock(self, card: Card) -> Card:
        """Take the reason away."""
        return self.mark(card, fields.BLOCKED, "")

    def depend(self, card: Card, ids: Iterable[str]) -> Card:
        """Write ` [depends:: t3, t4]`; no ids take it away."""
        return self.mark(card, fields.DEPENDS, ", ".join(dict.fromkeys(id.removeprefix("^") for id in ids)))

    def mark(self, card: Card, key: str, value: str) -> Card:
        """Write ` [key:: value]` (see fields.py); an empty value takes it away."""
        line = card_line.with_field(self._first(card), self.members, key, card_line.one_line(value))
        return self._settle(card, line)

    def identify(self, card: Card, new_id: NewId) -> Card:
        """Give a card an id, if it has none."""
        if card.id:
            return card
        return self._settle(card, card_line.with_id(self._first(card), self.members, new_id()))

    def add(self, title: str, lane: str = TODO, body: str = "", marks: Mapping[str, str] = _NONE) -> Card:
        """Write a new card, with ``marks`` as its fields, at the end of a lane; a missing lane gets its heading."""
        name = lane_names.canonical(lane, self.titles) or lane_names.plain(lane)
        line = f"{self._bullet()} [{'x' if name in (PROGRESS, DONE) else ' '}] {' '.join(title.split())}"
        for key, value in marks.items():
            line = card_line.with_field(line, self.members, key, card_line.one_line(value)) if value else line
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

    def _copy(self) -> Board:
        """The same text, to be edited."""
        copy = Board.__new__(Board)
        copy.__dict__ |= self.__dict__
        copy._lines, copy._cards = list(self._lines), list(self.cards)
        return copy

    def _look(self) -> None:
        self._outline = outline.read(self._lines, self.titles)
        self._items = [item for item in self._outline.items if item.lane >= 0 and not item.empty]
        self._cards = None

    def _lane(self, name: str) -> int:
        """The number of a lane; a lane that is missing gets its heading."""
        if name not in self.lanes:
            places.add_lane(self._lines, self._outline, name, self.titles)
            self._look()
        return self.lanes.index(name)

    def _move(self, card: Card, lines: list[str], lane: str, top: bool) -> Card:
        start, before = self._item(card).start, len(self._lines)
        number = self._lane(lane)
        if self._outline.lanes[number].start <= start:  # the lane, if it is new, stands above it
            start += len(self._lines) - before
        item = next(item for item in self._items if item.start == start)
        place = places.in_lane(self._lines, self._outline, number, top)
        all_lines = len(self._lines)
        places.remove(self._lines, item.start, item.end)
        return self._put(place, lines, place.at - (all_lines - len(self._lines)) * (item.start < place.at))

    def _put(self, place: places.Place, lines: list[str], at: int) -> Card:
        places.insert(self._lines, replace(place, at=at), places.indented(lines, place.indent))
        self._look()
        return self._at(at + place.before)

    def _card(self, item: outline.Item) -> Card:
        parts = card_line.parse(self._lines[item.start].rstrip("\r\n"), self.members)
        body = self._body(item) if item.end > item.start + 1 else ""
        lane = self._outline.lanes[item.lane].name
        checked = parts.box[1:2] in ("x", "X")
        return Card(
            parts.id, parts.title, lane, parts.owner, parts.depends, parts.blocked, body, checked, item.start + 1,
            parts.priority, parts.marks, parts.box[1:2] == "-",
        )  # fmt: skip

    def _body(self, item: outline.Item) -> str:
        lines = [line.rstrip("\r\n") for line in self._lines[item.start + 1 : item.end]]
        depth = min((outline.indent_of(line) for line in lines if outline.indent_of(line)), default=0)
        return card_line.clean("\n".join(outline.dedented(line, depth) for line in lines)).strip("\n")

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


def _same(card: Card, found: Card) -> bool:
    return card.id == found.id if card.id else not found.id and card.title == found.title


_kept: dict[tuple[object, ...], Board] = {}  # none of them is ever edited
