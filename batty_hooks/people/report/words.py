"""Lengths of time, shares and the sentence of the day, as people say them. What is not known is said so."""

from __future__ import annotations

from datetime import datetime

from batty_hooks.rules.timeline.figures import Figures
from batty_hooks.system.screen import counted

UNKNOWN = "not known"
_UNITS: tuple[tuple[float, int, str, int, str], ...] = (
    (3600, 60, "min", 1, "s"), (86400, 3600, "h", 60, "min"), (float("inf"), 86400, "d", 3600, "h"),
)  # fmt: skip


def length(seconds: float | None) -> str:
    """A length of time: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    _, size, unit, rest, small = next(one for one in _UNITS if whole < one[0])
    parts = whole % size // rest
    return f"{whole // size} {unit}" + (f" {parts} {small}" if parts else "")


def share(number: float | None) -> str:
    """A share of one in percent."""
    return UNKNOWN if number is None else f"{number:.0%}"


def rate(number: float | None) -> str:
    """So many an hour."""
    return UNKNOWN if number is None else f"{number:.1f}"


def clock(at: float, with_day: bool = False, with_seconds: bool = False) -> str:
    """A time as this machine's clock has it."""
    then = datetime.fromtimestamp(at).astimezone()
    return f"{then:%Y-%m-%d} " * with_day + (f"{then:%H:%M:%S}" if with_seconds else f"{then:%H:%M}")


def of_the_day(found: Figures) -> str:
    """What landed, what came back, how long people were waited for, in one sentence."""
    said = [f"{counted(found.landed, 'card')} landed", f"{found.came_back} came back"]
    if found.first_decided:
        said.append(f"{found.first_green} of {counted(found.first_decided, 'first attempt')} were green")
    said.append(f"the gate stopped {counted(found.stopped, 'bad merge')}")
    return f"{', '.join(said)}; {waited(found)}."


def waited(found: Figures) -> str:
    """How long people were waited for."""
    if not (found.answers or found.open or found.unknown_ends):
        return "nobody waited for you"
    said = f"you were waited for {length(found.waited_for)}"
    if found.open:
        said += f", {counted(found.open, 'thing')} still {'waits' if found.open == 1 else 'wait'}"
    return said


def at_stop(found: Figures, is_since_start: bool) -> str:
    """The same in one line, for when the team is stopped: of the time since its start, or of the last part of it."""
    time = "since its start" if is_since_start else f"in the last {length(found.ended - found.began)}"
    first = f", {share(found.first_share)} green at first" if found.first_decided else ""
    stopped = f"bad merges stopped: {found.stopped}"
    return f"{time}: {counted(found.landed, 'card')} landed{first}; {stopped}; {waited(found)} (`batty-hooks report`)"


def day(at: float) -> str:
    """The day of a time, for an axis."""
    return f"{datetime.fromtimestamp(at).astimezone():%b %-d}"


def offset(at: float) -> float:
    """How far this machine's clock is before UTC at that time, in seconds: ticks are to stand at its full hours."""
    away = datetime.fromtimestamp(at).astimezone().utcoffset()
    return away.total_seconds() if away else 0.0


def zone(at: float) -> str:
    """The name of this machine's time zone."""
    return f"{datetime.fromtimestamp(at).astimezone():%Z}" or "UTC"
