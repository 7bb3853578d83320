"""Which card of one version is which card of another: by id, else by words and lane, else by words, else as a line
that was typed on in its place, else by likeness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from batty_hooks.state.board.text import Card

_LIKE = 0.6
_MOST_COMPARISONS = 40_000


def pair(first: Sequence[Card], second: Sequence[Card], loosely: bool = True) -> dict[int, int]:
    """Indices of ``second`` by indices of ``first``; ``loosely`` pairs cards that were typed on or reworded too
    (likeness of 0.6)."""
    found: dict[int, int] = {}
    taken: set[int] = set()
    keys: tuple[Callable[[Card], Hashable], ...] = (
        lambda card: card.id or None,
        lambda card: (card.title.casefold(), card.lane),
        lambda card: card.title.casefold(),
    )
    for key in keys:
        _pair_by(key, first, second, found, taken)
    if loosely:
        _pair_grown(first, second, found, taken)
        _pair_alike(first, second, found, taken)
    return found


def _pair_by(
    key: Callable[[Card], Hashable],
    first: Sequence[Card],
    second: Sequence[Card],
    found: dict[int, int],
    taken: set[int],
) -> None:
    """Pair cards of one key in file order; two ids that differ are two cards."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for number in range(len(second) - 1, -1, -1):
        if number not in taken:
            waiting[key(second[number])].append(number)
    for number, card in enumerate(first):
        wanted = key(card)
        if number in found or wanted is None:
            continue
        for other in reversed(waiting.get(wanted, ())):
            if not _differ(card, second[other]):
                found[number] = other
                taken.add(other)
                waiting[wanted].remove(other)
                break


def _pair_grown(first: Sequence[Card], second: Sequence[Card], found: dict[int, int], taken: set[int]) -> None:
    """Pair a card with the one in its place whose title begins with its own, or the other way round: an editor that
    saves every second writes half a line first, and whose words are then few is like nothing."""
    left = [number for number in range(len(first)) if number not in found]
    right = [number for number in range(len(second)) if number not in taken]
    if len(left) * len(right) > _MOST_COMPARISONS:
        return
    for number in left:
        for other in (other for other in right if other not in taken):
            if _is_grown(first[number], second[other]) and _same_place(first, second, found, number, other):
                found[number] = other
                taken.add(other)
                break


def _is_grown(card: Card, other: Card) -> bool:
    if card.lane != other.lane or _differ(card, other):
        return False
    short, long = sorted((card.title.casefold(), other.title.casefold()), key=len)
    return long.startswith(short)


def _same_place(first: Sequence[Card], second: Sequence[Card], found: dict[int, int], number: int, other: int) -> bool:
    """Whether the card before one is the card before the other, or the one after it; or both are the lane's first."""
    before, before_other = _neighbour(first, number, -1), _neighbour(second, other, -1)
    after, after_other = _neighbour(first, number, 1), _neighbour(second, other, 1)
    if before is None and before_other is None:
        return True
    pairs = ((before, before_other), (after, after_other))
    return any(one is not None and its is not None and found.get(one) == its for one, its in pairs)


def _neighbour(cards: Sequence[Card], number: int, step: int) -> int | None:
    """The card next to one in its lane."""
    beside = number + step
    return beside if 0 <= beside < len(cards) and cards[beside].lane == cards[number].lane else None


def _pair_alike(first: Sequence[Card], second: Sequence[Card], found: dict[int, int], taken: set[int]) -> None:
    left = [number for number in range(len(first)) if number not in found]
    right = [number for number in range(len(second)) if number not in taken]
    if not left or not right or len(left) * len(right) > _MOST_COMPARISONS:
        return
    scores = [(_likeness(first[a], second[b]), a, b) for a in left for b in right if not _differ(first[a], second[b])]
    for score, a, b in sorted(scores, key=lambda entry: (-entry[0], entry[1:])):
        if score >= _LIKE and a not in found and b not in taken:
            found[a] = b
            taken.add(b)


def _likeness(first: Card, second: Card) -> float:
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, first.title.casefold(), second.title.casefold(), autojunk=False)
    if matcher.real_quick_ratio() < _LIKE or matcher.quick_ratio() < _LIKE:
        return 0.0
    same_lane = 0.001 if first.lane == second.lane else 0.0
    return matcher.ratio() + same_lane


def _differ(first: Card, second: Card) -> bool:
    return bool(first.id and second.id and first.id != second.id)
