"""Cumulative flow: how many cards were where, at each moment at which that changed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from batty_hooks.rules.timeline.records import ENGINEER, GATE, QUEUE, REVIEW, WORK, YOU, Card, Flow

_PLACES = {ENGINEER: 0, WORK: 1, QUEUE: 2, GATE: 2, REVIEW: 3, YOU: 3}
_LANDED = 4


def flow(cards: Iterable[Card], begin: float, end: float, most: int = 400) -> tuple[Flow, ...]:
    """From ``begin`` to ``end``, no more than ``most`` points: of more changes every so many seconds' last one."""
    changes: dict[float, list[int]] = {}

    def count(at: float, place: int, number: int) -> None:
        changes.setdefault(max(at, begin), [0] * 5)[place] += number

    for card in cards:
        for stage in card.stages:
            count(stage.begin, _PLACES[stage.stage], 1)
            if stage.end < end or card.landed:  # (what goes on is cut off by now, and is still there)
                count(stage.end, _PLACES[stage.stage], -1)
        for stage, after in pairwise(card.stages):
            if after.begin > stage.end:  # landed, and put back on the board
                count(stage.end, _LANDED, 1)
                count(after.begin, _LANDED, -1)
        if card.landed:
            count(card.landed, _LANDED, 1)
    now, found = [0] * 5, {}
    width = (end - begin) / most if end > begin else 1.0
    for at in sorted(changes):
        if at > end:
            break
        now = [one + more for one, more in zip(now, changes[at], strict=True)]
        slot = int((at - begin) / width) if len(changes) > most else at
        found[slot] = Flow(at, *now)
    points = list(found.values())
    if points and points[-1].at < end:
        points.append(points[-1]._replace(at=end))
    return tuple(points)
