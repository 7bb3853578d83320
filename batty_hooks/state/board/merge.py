"""Card by card, three ways: a person's save from an old buffer, and what has happened to the board since.

Method and policies were chosen by 400 random interleavings: with the version *nearest to the save* as the base, and
our changes replayed onto the save, nothing is lost; "the save wins" and a merge line by line each spoil more than
half of them.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from batty_hooks.state.board import card_line, pairing
from batty_hooks.state.board.outline import ending
from batty_hooks.state.board.text import DONE, TODO, Board, Card
from batty_hooks.system.records import dataclass, replace


class Way(Enum):
    """How a save came about."""

    LATE = "from an older version, which people may have changed since"
    UNDONE = "it is an older version, and all that has changed since was saved by people"
    INSISTED = "it was saved before, and told then what it undoes"
    LEFT = "nobody saved it: a writer was killed before it wrote"


@dataclass(frozen=True)
class Notice:
    """What the ``members`` named, and the human (unless ``human`` is False: `status` says it already), must be told of
    a save."""

    text: str
    members: tuple[str, ...] = ()
    human: bool = True


@dataclass(frozen=True)
class Merged:
    """The board that holds both sides' changes. ``restored``: something was put back that the save undoes."""

    raw: bytes
    notices: tuple[Notice, ...] = ()
    restored: bool = False


def merge(base: bytes, ours: bytes, theirs: bytes, members: Collection[str], way: Way = Way.LATE) -> Merged:
    """Replay what happened from ``base`` to ``ours`` (the last known version) onto ``theirs``, a save made from
    ``base``."""
    if ours == theirs or (base == ours and way is not Way.INSISTED):
        return Merged(theirs)
    replay = _Replay(Board.parse(base, members), Board.parse(ours, members), Board.parse(theirs, members), way)
    if base != theirs:
        return replay.run()
    if way is Way.UNDONE and not replay.added:
        return Merged(theirs)
    return replay.unmade(ours) if replay.only_adds else replay.run()


class _Replay:
    """One merge: ``result`` begins as the save and takes our changes one card at a time."""

    def __init__(self, base: Board, ours: Board, result: Board, way: Way) -> None:
        self.base, self.ours, self.result, self.way = base, ours, result, way
        self.exact = base.raw == result.raw
        self.theirs = list(result.cards)
        self.notices: list[Notice] = []
        self.restored = False
        self.in_ours = pairing.pair(base.cards, ours.cards)
        self.in_theirs = pairing.pair(base.cards, self.theirs)
        old = set(self.in_ours.values())
        self.added = [card for number, card in enumerate(ours.cards) if number not in old]

    @property
    def only_adds(self) -> bool:
        """Whether nothing was taken off the board since, and no card was reworded."""
        if len(self.in_ours) != len(self.base.cards):
            return False
        pairs = [(self.base.cards[old], self.ours.cards[new]) for old, new in self.in_ours.items()]
        return all(_core(self.base, old) == _core(self.ours, new) and old.body == new.body for old, new in pairs)

    def unmade(self, ours: bytes) -> Merged:
        """The save equals an old version: an old buffer, or what a killed writer left; at most a removal of what is
        new."""
        kept = self._kept(self.ours)
        return Merged(ours, (*map(_back, self.added), *kept), bool(self.added or kept))

    def run(self) -> Merged:
        for number, old in enumerate(self.base.cards):
            new = self.ours.cards[self.in_ours[number]] if number in self.in_ours else None
            if number not in self.in_theirs:
                if new and self._changed(old, new):
                    self._restore(new, told=True)
            elif new and self._touched(old, new, self.theirs[self.in_theirs[number]]):
                self._combine(old, new, self.theirs[self.in_theirs[number]])
            elif new is None:
                self._resurrected(old)
        self._add()
        self._compare_prose()
        if self.exact:
            self.notices += self._kept(self.result)
            self.restored = self.restored or bool(self._kept(self.result))
        return Merged(self.result.raw, tuple(dict.fromkeys(self.notices)), self.restored)

    def _kept(self, result: Board) -> list[Notice]:
        """The word to who saved an older version once more: which cards, known to it by their ids, stay as they are
        where the save has them elsewhere. A line without an id is older than its claim, and is not meant."""
        if self.way is Way.LEFT:
            return []
        saved = {card.id: card for card in self.theirs if card.id}
        moved = [
            f"{_name(card)} stays in {card.lane.upper()}{f' ({card.owner})' if card.owner else ''}"
            for card in result.cards
            if card.id in saved and (card.lane, card.owner) != (saved[card.id].lane, saved[card.id].owner)
        ]
        text = f"kanban.md was saved as it was before; {'; '.join(moved)}. Save it so once more if you meant it"
        return [Notice(text)] if moved else []

    def _add(self) -> None:
        """Cards that came to the board since; the save may have got the same ones."""
        known = set(self.in_theirs.values())
        free = [card for number, card in enumerate(self.theirs) if number not in known]
        twins = pairing.pair(self.added, free, loosely=False)
        for number, card in enumerate(self.added):
            if number in twins:
                self._combine(None, card, free[twins[number]])
            else:
                self._restore(card, told=self.exact)

    def _touched(self, old: Card, new: Card, save: Card) -> bool:
        return old.lane != new.lane or old.id != save.id or self.base.lines_of(old) != self.ours.lines_of(new)

    def _changed(self, old: Card, new: Card) -> bool:
        """Whether a card that the save lacks was claimed or reworded since: only then is it brought back."""
        claimed = bool(new.owner) and (new.owner, new.lane) != (old.owner, old.lane)
        return claimed or _core(self.base, old) != _core(self.ours, new) or old.body != new.body

    def _restore(self, card: Card, told: bool) -> None:
        self.result.insert(_bare(self.ours.lines_of(card)), card.lane, top=self._is_first(card))
        if told:
            self.restored = True
            self.notices.append(_back(card))

    def _resurrected(self, old: Card) -> None:
        """Deleted since, but still in the save: whether by undo or from an old buffer, losing it would be worse."""
        self.notices.append(Notice(f"{_name(old)} was deleted from kanban.md, and a later save brought it back"))

    def _is_first(self, card: Card) -> bool:
        first = next(other for other in self.ours.cards if other.lane == card.lane)
        return card.lane == TODO and first.line == card.line

    def _combine(self, old: Card | None, new: Card, save: Card) -> None:
        """Take what changed from ``old`` to ``new`` over to the card as it is in the save."""
        lines = self.result.lines_of(save)
        # Nobody takes an id away: a line without it is older than its claim, whatever version the rest was made from.
        older = bool(old and old.id and not save.id)
        line, words = self._words(lines[0].rstrip("\r\n"), None if older else old, new)
        line = self._fields(line, old, new, save)
        owner, lane = self._claim(old, new, save)
        line = card_line.with_owner(line, self.result.members, owner)
        is_new_there = (owner, lane) != (save.owner, save.lane) and not save.cancelled
        if is_new_there or (old and save.checked == old.checked != new.checked):
            line = card_line.with_box(line, "x" if new.checked else " ")
        if new.id and not save.id:
            line = card_line.with_id(line, self.result.members, new.id)
        body = self._body(lines[1:], old, new)
        extra = [f"  {words}"] if words and words not in map(str.strip, body) else []
        self.result.rewrite(save, [line + ending(lines[0]), *body, *extra], lane, top=self._is_first(new))

    def _words(self, line: str, old: Card | None, new: Card) -> tuple[str, str]:
        """The first line with our words, or with the save's, and ours that are to stand below."""
        ours = _core(self.ours, new)
        before = _core(self.base, old) if old else None
        theirs = card_line.parse(line, self.result.members).core
        if ours in (before, theirs):
            return line, ""
        if theirs == before:
            self._tell_newer(new)
            return card_line.with_core(line, self.result.members, ours), ""
        self.notices.append(Notice(f"{_name(new)} was reworded twice at the same time: both texts are in the card"))
        return line, ours

    def _fields(self, line: str, old: Card | None, new: Card, save: Card) -> str:
        before = (old.blocked, old.depends) if old else ("", ())
        if new.blocked != before[0] and save.blocked == before[0]:
            line = card_line.with_field(line, self.result.members, "blocked", new.blocked)
        if new.depends != before[1] and save.depends == before[1]:
            line = card_line.with_field(line, self.result.members, "depends", ", ".join(new.depends))
        return line

    def _claim(self, old: Card | None, new: Card, save: Card) -> tuple[str, str]:
        """Owner and lane. Where both sides changed them, the claim that was written down first wins."""
        if old is None:
            return (new.owner, new.lane) if new.owner else (save.owner, save.lane)
        if old.id and not save.id:
            old = replace(old, owner="", lane=save.lane)
        owner = _three_ways(old.owner, new.owner, save.owner, ours_wins=bool(new.owner))
        lane = _three_ways(old.lane, new.lane, save.lane, ours_wins=bool(new.owner) or new.lane == DONE)
        if save.owner not in (old.owner, owner) or (save.lane not in (old.lane, lane)):
            told = tuple(dict.fromkeys(member for member in (owner, save.owner) if member))
            before = f"was given to {owner}" if owner else "was moved"
            text = f"{_name(new)} {before} before a save of kanban.md said otherwise: it is in {lane.upper()}"
            self.notices.append(Notice(text, told))
        return owner, lane

    def _body(self, theirs: list[str], old: Card | None, new: Card) -> list[str]:
        ours = _bare(self.ours.lines_of(new)[1:])
        before = _bare(self.base.lines_of(old)[1:]) if old else []
        bare = _bare(theirs)
        if ours in (before, bare):
            return theirs
        if bare == before:
            self._tell_newer(new)
            return ours
        return theirs + [line for line in ours if line not in before and line not in bare]

    def _tell_newer(self, new: Card) -> None:
        """Words are changed by people alone: who saves the older ones again may have taken the newer ones back."""
        if self.way is Way.LEFT:
            return
        self.restored = True
        text = f"kanban.md was saved with the older text of {_name(new)}; the newer one stands"
        self.notices.append(Notice(f"{text}. Save it so once more if you meant it"))

    def _compare_prose(self) -> None:
        lost = [line for line in self.ours.prose if line not in self.base.prose and line not in self.result.prose]
        if lost:
            text = f"kanban.md: a save from an older version lacked text outside the cards: “{lost[0]}”"
            self.notices.append(Notice(f"{text}; the version that has it is in .batty/board/"))


def _three_ways(old: str, ours: str, theirs: str, ours_wins: bool) -> str:
    if ours == old or (theirs != old and not ours_wins):
        return theirs
    return ours


def _core(board: Board, card: Card) -> str:
    return card_line.parse(board.lines_of(card)[0].rstrip("\r\n"), board.members).core


def _bare(lines: list[str]) -> list[str]:
    return [line.rstrip("\r\n") for line in lines]


def _name(card: Card) -> str:
    return f"{card.id} “{card.title}”" if card.id else f"“{card.title}”"


def _back(card: Card) -> Notice:
    if card.owner:
        text = f"{_name(card)} was missing in a save of kanban.md, but {card.owner} has claimed it: it is back"
        return Notice(f"{text}. Delete it again if you meant it", (card.owner,))
    text = f"{_name(card)} was missing in a save of kanban.md that looks like an older version: it is back"
    return Notice(f"{text}. Delete it again if you meant it")
