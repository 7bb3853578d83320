"""What a member did in the last hour, as a row of signs: the height says how much of that time it worked, the sign what
it waited for otherwise. Each sign stands for itself: without colours nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.rules.timeline.records import (
    ASKING,
    GATE,
    GONE,
    IDLE,
    LIMIT,
    OFF,
    REVIEW,
    UNKNOWN,
    WORKING,
    YOU,
    Span,
)

SECONDS = 3600.0
_HEIGHTS = "▁▂▃▄▅▆▇█"
SIGNS = {
    GATE: ("·", "cyan"),
    REVIEW: ("r", "cyan"),
    YOU: ("?", "yellow"),
    ASKING: ("?", "yellow"),
    LIMIT: ("!", "magenta"),
    GONE: ("x", "red"),
    IDLE: ("_", "dim"),
    OFF: (" ", ""),
    UNKNOWN: (" ", ""),
}
WORKED = "green"
LEGEND = """\
▁ to █   at work, for a little or all of that time     _   nothing to do
·        its work waits for the gate                   r   for a review
?        it asks, or its work waits for you
!        it has reached a limit                        x   it is gone"""
# A short wait for a person, or an end, is to be seen beside much work.
_WEIGHTS = {YOU: 2.0, ASKING: 2.0, LIMIT: 2.0, GONE: 2.0}


def cells(spans: Sequence[Span], now: float, count: int) -> list[tuple[str, str]]:
    """``count`` signs with their styles, the last one for the time until ``now``. What the last span says goes on."""
    size = SECONDS / max(count, 1)
    begin = now - size * count
    shares: list[dict[str, float]] = [{} for _ in range(count)]
    for number, span in enumerate(spans):
        end = span.end if number < len(spans) - 1 else max(span.end, now)
        first, last = max(span.begin, begin), min(end, now)
        for place in range(max(0, int((first - begin) // size)), count):
            cell = begin + place * size
            part = min(last, cell + size) - max(first, cell)
            if part <= 0:
                break
            shares[place][span.state] = shares[place].get(span.state, 0.0) + part / size
    return [_sign(share) for share in shares]


def _sign(share: dict[str, float]) -> tuple[str, str]:
    if not share:
        return SIGNS[UNKNOWN]
    most = max(share, key=lambda state: share[state] * _WEIGHTS.get(state, 1.0))
    if most != WORKING and (most not in (IDLE, OFF, UNKNOWN) or share.get(WORKING, 0.0) < 1 / 16):
        return SIGNS.get(most, SIGNS[UNKNOWN])
    part = min(1.0, share[WORKING])
    return _HEIGHTS[max(0, min(len(_HEIGHTS) - 1, round(part * len(_HEIGHTS)) - 1))], WORKED
