"""Cards that a formatter has wrapped or joined.

Prettier and mdformat take a card's line and the text below it for one paragraph, and break that where their width
says: owner and id go to the next line, or stay on the first with the text behind them. A formatter takes no claim away:
a board that was known before says which line is whose.

Of a card that was typed just now no version knows. That its paragraph was broken by a formatter is seen by the width:
there is one at which every line is as long as it can be. Then owner and fields at its end are those of the card. In
lines that a person has broken as he liked they are words of the specification, as ever.

Of such a card whose text stood right below its line, owner and fields are in the middle of the paragraph now. Where a
sentence begins behind them, that is where the line ended.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from batty_hooks.state.board import card_line, fields
from batty_hooks.state.board.text import Board, Card
from batty_hooks.system import late

_NARROWEST = 70  # columns: nobody has a formatter wrap prose at less
# What a paragraph ends before.
_BEGINS = late.pattern(r"[ \t]*(?:[-*+>](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$)|#{1,6}(?:[ \t]|$)|`{3}|~{3}|$)")
_ENDS_EARLY = late.pattern(rb"\)[^\r\n)]*[ \t]\S")  # an owner with words behind it
_ID = late.pattern(rb"\^[A-Za-z0-9]")
# An owner in brackets, what may stand behind it on a card's line, and a sentence that begins there.
_OWNED = late.pattern(
    r"[ \t]\\?\(@?([\w.\\-]+)\)(?:[ \t]+(?:\\?\[[A-Za-z][\w-]*::[^\]]*\]|#[\w/-]+))*[ \t]+(?=([^\W\d_]))"
)
_NO_WORD = late.pattern(r"[\W_]+")
_ESCAPED = late.pattern(r"\\([!-/:-@\[-`{-~])")
_BULLET = late.pattern(r"^(\s*)[*+](?=\s)", re.MULTILINE)
_EMPHASIS = late.pattern(r"(?<![\w*_])[*_]{1,3}(?=[^\s*_])|(?<=[^\s*_])[*_]{1,3}(?![\w*_])")


def unwrapped(known: bytes, save: bytes, members: Collection[str]) -> bytes:
    """``save`` with every card on one line again whose id ``known`` has at the end of a line and it has elsewhere (a
    line may end in the id of another card as well: `after ^t1`), and every one without an id whose owner or fields were
    wrapped onto another line."""
    now = Board.parse(save, members)
    if _ID.search(known):
        before = Board.parse(known, members)
        found = {card.id for card in now.cards}
        for card in before.cards:
            if card.id and card.id not in found and f"^{card.id}".encode() in save:
                _unwrap(before, card, now)
    for card in reversed(now.cards):  # (what is put on one line moves up only what is below it)
        if card.body and not card.id:
            _join(now, card)
    if _ENDS_EARLY.search(now.raw):  # (a large board is not parsed for that)
        for card in reversed(now.cards):
            if not card.id and not card.owner:
                _part(now, card)
    return now.raw


def without_marks(text: str) -> str:
    """A text in the one way in which all formatters' versions of it are alike: `*a*` becomes `_a_` with one, `a_`
    becomes `a\\_` with another, and `* item` `- item` with both."""
    return _EMPHASIS.sub("", _BULLET.sub(r"\1-", _ESCAPED.sub(r"\1", text)))


def _unwrap(before: Board, known: Card, now: Board) -> None:
    mark = re.compile(rf"(?<![\w^])\^{re.escape(known.id)}(?![\w-])")
    for card in now.cards:
        lines = [line.rstrip("\r\n") for line in now.lines_of(card)]
        at = next((number for number, line in enumerate(lines) if mark.search(line)), None)
        if card.id or at is None:
            continue
        place = mark.search(lines[at])
        end = place.end() if place else 0
        first = " ".join([lines[0][:end] if at == 0 else lines[0], *(line.strip() for line in lines[1:at])])
        if at:
            first = f"{first} {lines[at][:end].strip()}"
        parts = card_line.parse(first, now.members)
        if parts.id == known.id and _words(parts.title) == _words(known.title):
            now.rewrite(card, [first, *_body(before, known, lines[at][end:], lines[at + 1 :])])
            return


def _join(now: Board, card: Card) -> None:
    """Put the first paragraph of a card on one line, if it was wrapped and says more of the card so."""
    lines = [line.rstrip("\r\n") for line in now.lines_of(card)]
    end = next((at for at, line in enumerate(lines) if at and _BEGINS.match(line)), len(lines))
    if end < 2 or not _is_wrapped(lines[:end]):
        return
    line = " ".join([lines[0], *(line.strip() for line in lines[1:end])])
    alone, whole = card_line.parse(lines[0], now.members), card_line.parse(line, now.members)
    kinds = {token.kind for token in whole.tokens} & {"id", "after", fields.OWNER, *fields.KEYS}
    if kinds > {token.kind for token in alone.tokens}:
        now.rewrite(card, [line, *lines[end:]])


def _part(now: Board, card: Card) -> None:
    """Put the text behind the owner in the first paragraph of a card below its line, where it was before a formatter
    joined them."""
    lines = [line.rstrip("\r\n") for line in now.lines_of(card)]
    end = next((at for at, line in enumerate(lines) if at and _BEGINS.match(line)), len(lines))
    if end > 1 and not _is_wrapped(lines[:end]):
        end = 1
    whole = " ".join([lines[0], *(line.strip() for line in lines[1:end])])
    for place in _OWNED.finditer(whole):
        first = whole[: place.end()].rstrip(" \t")
        parts = card_line.parse(first, now.members)
        if parts.owner and parts.title and not place[2].islower():
            now.rewrite(card, [first, f"  {whole[place.end() :]}", *lines[end:]])
            return


def _is_wrapped(lines: list[str]) -> bool:
    """Whether there is a width at which each line is broken where it has to be: not one is longer, and each would be
    with the next word."""
    most = max(len(line) for line in lines)
    least = min(len(line) + 1 + len(below.split()[0]) for line, below in pairwise(lines))
    is_hard = any(line.endswith(("  ", "\\")) for line in lines[:-1])
    return max(most, _NARROWEST) < least and not is_hard


def _body(before: Board, known: Card, rest: str, below: list[str]) -> list[str]:
    """The lines below the first one: as they were, where a formatter has only broken them in other places."""
    old = [line.rstrip("\r\n") for line in before.lines_of(known)[1:]]
    if _words(rest, *below) == _words(*old):
        return old
    return [f"  {rest.strip()}", *below] if rest.strip() else below


def _words(*lines: str) -> str:
    return _NO_WORD.sub("", "".join(lines).casefold())
