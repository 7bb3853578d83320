"""With several slots: which of the waiting are to be landed or tested next, decided from verdicts alone, no effects.

Further sets are tested before the outcome of the earlier ones is known. Which ones is a matter of what they are likely
to be worth, in some two hundred made-up *worlds*: in each of them it is settled by lot who is red, as likely as
everything known says (worlds.py). A set is worth what would land by it in those worlds in which what is being tested
already lands less, and what it would tell about who is red. Nothing else is decided here: that a clean line is one set,
that whoever comes is tested on top of those before him, that a red set is cut into pieces, and that many slots try some
alone beside the whole, all follow from it. docs/gate.md has pictures.

A green set lands at once, whatever is still unknown about the rest: verdicts belong to trees, so what was found stays
true when the trunk has moved by exactly that set. So a set that lacks somebody who lands before its test is over is
worth only what it tells. (Speculation over the line is Zuul's and SubmitQueue's, group tests are Dorfman's; to choose
the next experiment by what it is expected to tell is Lindley's.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from math import log2
from typing import Generic, TypeVar

from batty_hooks.rules.worlds import Red, Worlds
from batty_hooks.system.records import dataclass

T = TypeVar("T")

# Chosen by tests/bench/simulate.py. All but the first in changes landed.
_PATIENCE = 4.0  # who has waited for so many tests counts twice
_TELLS = 2.0  # what is worth knowing who is red of as many as a bit settles
_LANDS = 0.4  # so much has to land by a set that may take the last slot …
_LIKELY = 0.2  # … and so likely
_WORTH = 1.0  # so much has to land by, or be told by, any other,
_SPARE = 0.5  # and such take this share of the slots: who comes next finds one


@dataclass(frozen=True)
class Advice(Generic[T]):
    """``land``: a green set, to be landed now. ``test``: those under test that may still land, and what else to test,
    the most fruitful first. Never both."""

    land: tuple[T, ...] = ()
    test: tuple[tuple[T, ...], ...] = ()


@dataclass(frozen=True)
class Knowledge(Generic[T]):
    """What is known of sets of the line, each in the order of the line.

    ``passed``: a set's verdict on today's trunk (None: not tested). ``green``, ``running``: the sets that are known to
    pass on it, and those under test. ``red``: who is left of red ones, on whatever trunk. ``proven``: who has been part
    of something green. ``lately``: how many came back red, and how many did not. ``waited``: for how many lengths of a
    test.
    """

    passed: Callable[[tuple[T, ...]], bool | None]
    green: Sequence[tuple[T, ...]] = ()
    running: Sequence[tuple[T, ...]] = ()
    red: Sequence[Red[T]] = ()
    proven: Collection[T] = ()
    lately: tuple[float, float] = (0.5, 9.5)
    waited: Callable[[T], float] = lambda one: 0.0


def advise(line: Sequence[T], known: Knowledge[T], slots: int) -> Advice[T]:
    """What to do next about a line, first in first out, of things that merge with the trunk and with each other.

    ``slots`` is how many sets can be tested side by side. The same is advised whenever the same is known.
    """
    if known.green:
        return Advice(land=max(known.green, key=len))
    if not line:
        return Advice()
    worlds = Worlds(line, known.lately, known.red, known.proven)
    running = [one for one in known.running if worlds.share_red(worlds.mask(one)) < 1.0]
    if len(running) >= slots:
        return Advice(test=tuple(running))
    weights = [1.0 + known.waited(one) / _PATIENCE for one in line]
    weighing = _Weighing(worlds, weights, known.lately[0] / sum(known.lately))
    taken = {worlds.mask(one) for one in running}
    for mask in taken:
        weighing.take(mask)
    choices = [mask for mask in dict.fromkeys(_sets(worlds)) if mask and mask not in taken]
    chosen: list[tuple[T, ...]] = []
    while len(running) + len(chosen) < slots:
        best = _best(choices, weighing, is_first=not running and not chosen,
                     is_spare=len(running) + len(chosen) < _SPARE * slots)  # fmt: skip
        if not best:
            break
        choices.remove(best)
        members = tuple(one for place, one in enumerate(line) if best >> place & 1)
        if known.passed(members) is None:
            chosen.append(members)
            weighing.take(best)
    return Advice(test=(*running, *chosen))


def _best(choices: Sequence[int], weighing: _Weighing, is_first: bool, is_spare: bool) -> int:
    """The set that is worth most of those that are worth a run; 0: none is."""
    best, most = 0, 0.0
    for mask in choices:
        lands, tells = weighing.lands(mask), weighing.tells(mask)
        is_due = lands >= _LANDS and weighing.chance(mask) >= _LIKELY
        is_worth_it = is_first or is_due or (is_spare and lands + tells >= _WORTH)
        if is_worth_it and (lands + tells > most or not best):
            best, most = mask, lands + tells
    return best


def _sets(worlds: Worlds[T]) -> Iterator[int]:
    """The sets that may be worth a test: beginnings and ends of the line, with and without those that are suspected;
    parts of what is red, and everybody else beside them; everybody alone, and all but one. Who was red alone is only
    asked about alone."""
    alone = sum(mask for mask in worlds.smallest if mask.bit_count() == 1)
    everybody = (1 << worlds.width) - 1 & ~alone
    bits = [1 << place for place in range(worlds.width) if everybody >> place & 1]
    suspicion = [worlds.share_red(bit) if bit & worlds.suspects else 0.0 for bit in bits]
    for most in (1.0, 0.5, 0.25, 0.0):
        kept = [bit for bit, share in zip(bits, suspicion, strict=True) if share <= most]
        yield from _beginnings(kept)
        yield from _beginnings(kept[::-1])
    for mask in worlds.smallest:
        for part in _beginnings([bit for bit in bits if bit & mask]):
            yield part
            yield mask & ~part
            yield part | everybody & ~worlds.suspects
    for place in range(worlds.width):
        yield 1 << place
        yield everybody & ~(1 << place)


def _beginnings(bits: list[int]) -> Iterator[int]:
    found = 0
    for bit in bits:
        found |= bit
        yield found


class _Weighing:
    """What one more set is worth beside those that are taken. A set is a number, with a bit for each place in the line;
    so is a set of worlds, with a bit for each of them."""

    def __init__(self, worlds: Worlds[T], weights: list[float], chance: float) -> None:
        self.worlds, self.weights = worlds, weights
        self.bit = _TELLS / max(0.02, entropy(chance))  # how many changes a bit settles
        self.cells = [worlds.all]  # worlds that the sets taken do not tell from each other
        self.landed = {0: (0.0, worlds.all)}  # by what lands: its value, and in which worlds
        self._known: dict[int, tuple[int, float, float]] = {}

    def _facts(self, mask: int) -> tuple[int, float, float]:
        """In which worlds a set passes, its value, and the mean weight of one in it."""
        if mask not in self._known:
            value, left = 0.0, mask
            while left:
                value += self.weights[(left & -left).bit_length() - 1]
                left &= left - 1
            self._known[mask] = (self.worlds.all & ~self.worlds.red_in(mask), value, value / mask.bit_count())
        return self._known[mask]

    def chance(self, mask: int) -> float:
        """How likely a set passes."""
        return self._facts(mask)[0].bit_count() / self.worlds.count

    def lands(self, mask: int) -> float:
        """How much more is likely to land by it."""
        green, value, _ = self._facts(mask)
        found = 0.0
        for less, (before, where) in self.landed.items():
            if not less & ~mask:
                found += (value - before) * (green & where).bit_count()
        return found / self.worlds.count

    def tells(self, mask: int) -> float:
        """What it is likely to tell that the others do not."""
        green, _, weight = self._facts(mask)
        bits = 0.0
        for cell in self.cells:
            size = cell.bit_count()
            bits += size * entropy((cell & green).bit_count() / size)
        return bits * self.bit * weight / self.worlds.count

    def take(self, mask: int) -> None:
        """It is being tested, too."""
        green, value, _ = self._facts(mask)
        self.cells = [part for cell in self.cells for part in (cell & green, cell & ~green) if part]
        by_it, now = 0, {}
        for less, (before, where) in self.landed.items():
            if not less & ~mask:
                by_it |= where & green
                where &= ~green
            if where:
                now[less] = (before, where)
        self.landed = {**now, mask: (value, by_it)} if by_it else now


def entropy(chance: float) -> float:
    """How many bits an outcome of that chance tells."""
    return -chance * log2(chance) - (1 - chance) * log2(1 - chance) if 0 < chance < 1 else 0.0
