"""Which of the waiting are to be landed, tested or looked into next: decided from known verdicts alone, no effects.

The whole line is tested as one candidate. Red, it is narrowed down with as few runs as possible: first those whom the
failing run's own log names (by the paths they change) step behind the others; where it names nobody, the longest green
prefix is searched by halving. The hint decides the order, never a verdict. A green set lands at once, whatever is still
unknown about the rest: verdicts belong to trees, so what was found stays true when the trunk has moved by exactly that
set. (The search is bors' and Zuul's; the numbers behind it were measured against a bare script, mergetrain and others.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

from batty_hooks.system.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True)
class Advice(Generic[T]):
    """``land``: a green set, to be landed now. ``test``: sets to test, the most fruitful first. ``red``: the one that
    fails by itself on today's trunk. At most one of the three is filled; nothing at all when the line is empty."""

    land: tuple[T, ...] = ()
    test: tuple[tuple[T, ...], ...] = ()
    red: T | None = None


@dataclass(frozen=True)
class Knowledge(Generic[T]):
    """What is known of sets: ``passed`` (None: not tested yet), whom a red run's log ``named``, who is ``doomed`` (has
    failed alone on an earlier trunk), and which sets are under test now."""

    passed: Callable[[tuple[T, ...]], bool | None]
    named: Callable[[tuple[T, ...]], Collection[T]]
    doomed: Callable[[T], bool]
    running: Callable[[tuple[T, ...]], bool]


def advise(line: Sequence[T], known: Knowledge[T], probes: int = 1) -> Advice[T]:
    """What to do next about a line, first in first out, of things that merge with the trunk and with each other.

    ``probes`` is how many sets can be tested side by side.
    """
    if all(map(known.doomed, line)):
        line = line[:1]  # nothing can be hoped of them together
    prefixes = [tuple(line[:length]) for length in range(1, len(line) + 1)]
    if not prefixes:
        return Advice()
    red = next((prefix for prefix in prefixes if known.passed(prefix) is False), ())
    if not red and not _doomed(prefixes[-1], known):
        return _whole(prefixes, known)
    part, behind = _peeled(red or prefixes[-1], known)
    seen = [*prefixes, part, *(part[:length] for length in range(1, len(part)))]
    green = max((one for one in seen if known.passed(one)), key=len, default=())
    if green:
        return Advice(land=green)
    if known.passed(part) is None:
        ahead = [(*part, one) for one in behind]  # what is asked next if the part is green
        return Advice(test=(part, *(more for more in ahead if known.passed(more) is None))[:probes])
    return _halved(part, known, probes)


def _whole(prefixes: list[tuple[T, ...]], known: Knowledge[T]) -> Advice[T]:
    """No prefix is red: land the longest green one, or test everybody; who comes while that is running waits."""
    green = [prefix for prefix in prefixes if known.passed(prefix)]
    if green:
        return Advice(land=green[-1])
    running = [prefix for prefix in prefixes if known.running(prefix)]
    return Advice(test=((running or prefixes)[-1],))


def _doomed(part: tuple[T, ...], known: Knowledge[T]) -> tuple[T, ...]:
    return tuple(one for one in part if known.doomed(one))


def _peeled(part: tuple[T, ...], known: Knowledge[T]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """``part`` without those that its red runs name, one run after the other, and those."""
    behind: tuple[T, ...] = ()
    while True:
        accused = set(_doomed(part, known))
        if known.passed(part) is False:
            accused |= set(known.named(part))
        kept = tuple(one for one in part if one not in accused)
        if len(kept) in (0, len(part)) or known.passed(part):
            return part, behind
        part, behind = kept, (*(one for one in part if one in accused), *behind)


def _halved(part: tuple[T, ...], known: Knowledge[T], probes: int) -> Advice[T]:
    """A red set that names nobody: its first red prefix is found by halving, or by cutting it into more pieces."""
    short = next(length for length in range(1, len(part) + 1) if known.passed(part[:length]) is False)
    if short == 1:
        return Advice(red=part[0])
    cuts = sorted({short * number // (probes + 1) for number in range(1, probes + 1)} - {0}) or [1]
    middle = sorted(cuts, key=lambda length: abs(length - short / 2))
    return Advice(test=tuple(part[:length] for length in middle))
