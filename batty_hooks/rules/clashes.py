"""Which cards may get in each other's way, by the files they are said to touch: those go last, nothing is locked.

A card says so itself (`[files:: src/auth/**, README.md]`), before anybody has written a line. What is in the worktrees
is another matter: see `collisions`. Whether two patterns can mean the same file is decided in favour of yes: a card
that waits a little for nothing costs less than a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from batty_hooks.state.board import fields

if TYPE_CHECKING:
    from batty_hooks.state.board.card import Card

_ANY = "**"
_WILD = "*?["
_AT_WORK = "in progress"


def declared(card: Card) -> tuple[str, ...]:
    """The patterns of the files a card is to touch; () when it does not say."""
    return fields.words(card.mark(fields.FILES))


def in_order(cards: Iterable[Card], everything: Iterable[Card]) -> list[Card]:
    """Cards that may be begun, those last whose files overlap with work in hand among ``everything``, or with a card
    before them. One that is assigned to somebody keeps its place: a person has said so."""
    taken = [pattern for card in everything if card.lane == _AT_WORK for pattern in declared(card)]
    first: list[Card] = []
    last: list[Card] = []
    for card in cards:
        files = declared(card)
        if files and not card.owner and _meeting(files, taken):
            last.append(card)
        else:
            first.append(card)
            taken += files
    return first + last


def in_the_way(card: Card, everything: Iterable[Card]) -> list[tuple[str, str]]:
    """(id, pattern) of each card in hand whose files overlap with those of a card that waits, and by which pattern of
    the latter."""
    files = declared(card)
    busy = [other for other in everything if other.lane == _AT_WORK and other.id != card.id] if files else []
    return [(other.id, met) for other in busy if (met := _meeting(files, declared(other)))]


def _meeting(files: Sequence[str], others: Sequence[str]) -> str:
    """The first of ``files`` that overlaps with one of ``others``; "" when none does."""
    return next((one for one in files if any(overlap(one, other) for other in others)), "")


@lru_cache(maxsize=4096)
def overlap(one: str, other: str) -> bool:
    """Whether two patterns can mean the same file. `*` and `?` stay within a name, `**` goes through directories, a
    directory means all that is in it, and a pattern of names alone (`*.py`) counts in every directory."""
    return _meet(_parts(one), _parts(other))


def _parts(pattern: str) -> tuple[str, ...]:
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    if len(parts) == 1 and "/" not in pattern.rstrip("/") and any(letter in pattern for letter in _WILD):
        return (_ANY, *parts)
    return parts


@lru_cache(maxsize=4096)
def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return True  # the one is a directory that the other leads into, or the same file
    if one[0] == _ANY:
        # A name with an ending is no directory that `**` goes on in: `*.py` would mean the same as every file.
        goes_on = len(other) > 1 or not one[1:] or "." not in other[0] or other[0] == _ANY
        return _meet(one[1:], other) or (goes_on and _meet(one, other[1:]))
    if other[0] == _ANY:
        return _meet(other, one)
    return _names_meet(one[0], other[0]) and _meet(one[1:], other[1:])


@lru_cache(maxsize=4096)
def _names_meet(one: str, other: str) -> bool:
    """Whether one name can match both."""
    if "[" in one or "[" in other:  # (which letters those are is not looked into)
        one, other = _without_sets(one), _without_sets(other)
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _names_meet(one[1:], other) or _names_meet(one, other[1:])
    if other[0] == "*":
        return _names_meet(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _names_meet(one[1:], other[1:])


def _without_sets(name: str) -> str:
    head, found, rest = name.partition("[")
    end = rest.find("]", 2 if rest.startswith(("!", "^")) else 1)
    if not found:
        return head
    return f"{head}?{_without_sets(rest[end + 1 :])}" if end > 0 else f"{head}*"
