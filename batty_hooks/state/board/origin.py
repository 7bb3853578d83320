"""Which version of the board a text was most likely made from: the base of its merge."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from batty_hooks.system import late

_ID = late.pattern(rb"\^[A-Za-z0-9-]+(?=[ \t\r]*$)")
_IDENTICAL = (0, -1)
_ONE_LINE = 1.5  # what a line that was typed on counts less than the two it is: less than one that is new
_PATIENCE = 8
_MOST_COMPARISONS = 400


def nearest(versions: Sequence[bytes], text: bytes, is_typed_on: bool = True) -> int:
    """The version that ``text`` was most likely made from: its index, the oldest one of equals.

    An id in the text that a version lacks speaks against it before anything else, for ids are given by us alone. Then
    lines count that are in one only; while somebody is at it (``is_typed_on``) one that goes on where another one ends
    counts less than a new one, for an editor that saves by itself saves half lines. Then pairs of neighbouring lines,
    then how far lines begin alike.
    """
    lines = text.split(b"\n")
    known = frozenset(lines)
    scores: dict[int, tuple[int, float]] = {}
    worse = 0
    for number in range(len(versions) - 1, -1, -1):
        scores[number] = _distance(versions[number], text, known, is_typed_on)
        # Ids only become more: a run of versions that lack one has nothing but such versions before it.
        worse = worse + 1 if scores[number][0] > min(scores.values())[0] else 0
        if worse == _PATIENCE:
            break
    best = min(scores.values())
    equal = sorted(number for number, score in scores.items() if score == best)
    if len(equal) == 1 or best == _IDENTICAL:
        return equal[0]
    pairs = frozenset(pairwise(lines))
    apart = {number: len(pairs.symmetric_difference(_pairs(versions[number]))) for number in equal}
    equal = [number for number in equal if apart[number] == min(apart.values())]
    return max(equal, key=lambda number: (_alike(versions[number], known), -number)) if equal[1:] else equal[0]


def _distance(version: bytes, text: bytes, known: frozenset[bytes], is_typed_on: bool) -> tuple[int, float]:
    if version == text:
        return _IDENTICAL
    lines = set(version.split(b"\n"))
    new, gone = known - lines, lines - known
    grown = _grown(new, gone) if is_typed_on else 0
    return (len(_ids(new) - _ids(gone)), len(new) + len(gone) - _ONE_LINE * grown)


def _grown(new: Collection[bytes], gone: Collection[bytes]) -> int:
    """How many of the lines that are ``gone`` were typed on, or shortened, to one that is ``new``; one that would have
    lost its id so is a copy that was given none."""
    if len(new) * len(gone) > _MOST_COMPARISONS:
        return 0
    both = ((line, other) for other in gone for line in new if line and other)
    pairs = [(line, other) for line, other in both if line.startswith(other) or _is_shortened(other, line)]
    return min(len({line for line, _ in pairs}), len({other for _, other in pairs}))


def _is_shortened(line: bytes, to: bytes) -> bool:
    return line.startswith(to) and (_ID.search(to) is not None or _ID.search(line) is None)


def _alike(version: bytes, known: frozenset[bytes]) -> int:
    """How many letters the lines that are in the text alone have in common, from their beginning, with one that is in
    the version alone."""
    old = set(version.split(b"\n"))
    new, gone = known - old, old - known
    if len(new) * len(gone) > _MOST_COMPARISONS:
        return 0
    return sum(max((_common(line, other) for other in gone), default=0) for line in new)


def _common(line: bytes, other: bytes) -> int:
    """How many letters two lines begin with alike."""
    pairs = enumerate(zip(line, other, strict=False))
    return next((at for at, (one, its) in pairs if one != its), min(len(line), len(other)))


def _ids(lines: Collection[bytes]) -> set[bytes]:
    return {id for line in lines if b"^" in line for id in _ID.findall(line)}


def _pairs(raw: bytes) -> set[tuple[bytes, bytes]]:
    lines = raw.split(b"\n")
    return set(pairwise(lines))
