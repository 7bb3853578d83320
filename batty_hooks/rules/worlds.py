"""Who may be red: some two hundred worlds, drawn by lot as likely as everything known says.

A set of worlds is a number, one bit for each: who is red in which worlds is one number a change, and in which a set of
changes is red is their union. That is why many sets can be weighed in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from batty_hooks.system.records import dataclass

if TYPE_CHECKING:
    import random

T = TypeVar("T")

_COUNT = 192
_SWEEPS = 2
_MOST = 24  # red runs that are gone by
_FLAKE = 0.02  # how likely a run is red though nobody is
_NAMED, _UNNAMED = 16.0, 0.2  # how much likelier it is somebody whom a red log names, or does not name
_PROVEN = 0.1  # how much less likely somebody who has been part of something green


@dataclass(frozen=True)
class Red(Generic[T]):
    """Who is left of a set that was red; and whom its log names."""

    members: frozenset[T]
    named: frozenset[T] = frozenset()


class Worlds(Generic[T]):
    """The worlds of a line: ``all`` of them, ``count`` many; ``width`` is the length of the line. ``smallest`` are the
    red sets of which no part is known to be red, ``suspects`` everybody in them.

    ``lately``: how many came back red, and how many did not. ``reds``: red sets. ``proven``: who has been part of
    something green.
    """

    def __init__(
        self, line: Sequence[T], lately: tuple[float, float], reds: Sequence[Red[T]], proven: Collection[T] = ()
    ) -> None:
        self.count, self.all, self.width = _COUNT, (1 << _COUNT) - 1, len(line)
        self.place = {one: number for number, one in enumerate(line)}
        odds = [_PROVEN if one in proven else 1.0 for one in line]
        for red in reds:
            for one in red.members if red.named else ():
                odds[self.place[one]] *= _NAMED if one in red.named else _UNNAMED
        masks = sorted((self.mask(red.members) for red in reds), key=int.bit_count)
        self.smallest: list[int] = []
        for mask in masks:
            if all(less & ~mask for less in self.smallest):
                self.smallest.append(mask)
        self.suspects = 0
        for mask in self.smallest:
            self.suspects |= mask
        telling = sorted(masks, key=lambda mask: mask not in self.smallest)[:_MOST]
        self.red = _columns(_drawn(odds, lately, telling), len(line))

    def mask(self, members: Collection[T]) -> int:
        """A set as a number: a bit for each place in the line."""
        return sum(1 << self.place[one] for one in members)

    def red_in(self, mask: int) -> int:
        """The worlds in which a set is red."""
        found = 0
        while mask:
            found |= self.red[(mask & -mask).bit_length() - 1]
            mask &= mask - 1
        return found

    def share_red(self, mask: int) -> float:
        """How likely a set is red."""
        return self.red_in(mask).bit_count() / self.count


def _drawn(factors: list[float], lately: tuple[float, float], reds: list[int]) -> list[int]:
    """The worlds, each a number with a bit for everybody who is red in it, given that those sets were red: each of
    them first explained by somebody, then everybody drawn anew given all others (Gibbs).

    How often work is red is not known either: each world has its own share, as likely as what was seen ``lately`` and
    who is red in it say. ``factors``: how much likelier each is to be red than others.
    """
    import random

    dice = random.Random(0)  # the same for the same question
    everybody = [
        (1 << place, factor, [mask for mask in reds if mask >> place & 1]) for place, factor in enumerate(factors)
    ]
    rows = []
    for _ in range(_COUNT):
        row = _anew(dice, 0, _odds(dice, lately), [(bit, factor, []) for bit, factor, _ in everybody])
        for mask in reds:
            if not row & mask:
                row |= _somebody(factors, mask, dice.random)
        for _ in range(_SWEEPS if reds else 0):
            seen = row.bit_count()
            row = _anew(dice, row, _odds(dice, (lately[0] + seen, lately[1] + len(factors) - seen)), everybody)
        rows.append(row)
    return rows


def _odds(dice: random.Random, seen: tuple[float, float]) -> float:
    share = dice.betavariate(*seen)
    return share / (1 - share)


def _anew(dice: random.Random, row: int, odds: float, everybody: list[tuple[int, float, list[int]]]) -> int:
    """Draw one after the other anew: red sets that nobody else explains make it likelier that it is he."""
    lot = dice.random
    for bit, factor, within in everybody:
        row &= ~bit
        his = odds * factor
        for mask in within:
            if not row & mask:
                his /= _FLAKE
        if lot() * (1 + his) < his:
            row |= bit
    return row


def _somebody(factors: list[float], mask: int, lot: Callable[[], float]) -> int:
    """One of a set, by lot, the likelier one rather."""
    places = [place for place in range(mask.bit_length()) if mask >> place & 1]
    left = lot() * sum(factors[place] for place in places)
    for place in places:
        left -= factors[place]
        if left <= 0:
            return 1 << place
    return 1 << places[-1]


def _columns(rows: list[int], width: int) -> list[int]:
    found = [0] * width
    for number, row in enumerate(rows):
        while row:
            found[(row & -row).bit_length() - 1] |= 1 << number
            row &= row - 1
    return found
