"""What each state is called on the page, and which pattern it has (templates/report/report.css has the colours)."""

from __future__ import annotations

from collections.abc import Iterable

from batty_hooks.people.report.html import Safe, joined, tag
from batty_hooks.rules.timeline import gate, trunk
from batty_hooks.rules.timeline.records import (
    ASKING,
    ENGINEER,
    GATE,
    GONE,
    IDLE,
    LIMIT,
    OFF,
    QUEUE,
    RED,
    REVIEW,
    UNKNOWN,
    WORK,
    WORKING,
    YOU,
)
from batty_hooks.vocabulary import happened

MEMBER = {
    WORKING: "working",
    GATE: "waiting for the gate",
    REVIEW: "waiting for a review",
    YOU: "waiting for you",
    ASKING: "asking in its pane",
    LIMIT: "at a limit",
    GONE: "gone",
    IDLE: "nothing to do",
    OFF: "stopped",
    UNKNOWN: "not known",
}
CARD = {
    ENGINEER: "waiting for an engineer",
    WORK: "work",
    QUEUE: "in the queue",
    GATE: "tested by the gate",
    REVIEW: "waiting for a review",
    YOU: "waiting for you",
}
RUN = {
    gate.PASSED: "green",
    gate.FAILED: "red",
    gate.TIMEOUT: "red, out of time",
    gate.BROKEN: "could not be started",
    gate.FLAKY: "flaky",
    gate.IN_VAIN: happened.IN_VAIN,
    gate.RUNNING: "running",
}
TRUNK = {trunk.GREEN: "green", RED: "red", UNKNOWN: "not known"}
# state → the class of its fill; who waits and what is waited for have the same one.
_LOOKS = {
    WORKING: "work", WORK: "work", QUEUE: "queue", GATE: "gate", REVIEW: "review", YOU: "you", ENGINEER: "engineer",
    ASKING: "asking", LIMIT: "limit", GONE: "gone", IDLE: "idle", OFF: "off", UNKNOWN: "unknown",
    gate.PASSED: "work", trunk.GREEN: "work", gate.FAILED: "red", gate.TIMEOUT: "red", RED: "red",
    gate.BROKEN: "gone", gate.FLAKY: "asking", gate.IN_VAIN: "limit", gate.RUNNING: "gate",
}  # fmt: skip
# The pattern of each: what is drawn on a tile of eight by eight over its colour.
_TILES = {
    "queue": "M0 4h8",
    "gate": "M2 2h2v2h-2z",
    "review": "M0 8L8 0",
    "you": "M0 0L8 8M8 0L0 8",
    "engineer": "M4 0v8",
    "asking": "M0 0L8 8",
    "limit": "M0 2h8M0 6h8",
    "gone": "M0 0L8 8M8 0L0 8M4 0v8",
    "red": "M0 0L8 8",
    "unknown": "M3 3h2v2h-2z",
    "off": "M1 0v2",
}


def look(state: str) -> str:
    """The class of a state's fill."""
    return _LOOKS.get(state, "unknown")


def patterns() -> Safe:
    """The patterns, once a page; charts fill with them by name."""
    tiles = [
        tag("pattern", tag("rect", width=8, height=8, class_=f"c-{name}"), tag("path", d=lines, class_=f"l-{name}"),
            id=f"p-{name}", width=8, height=8, patternUnits="userSpaceOnUse")
        for name, lines in _TILES.items()
    ]  # fmt: skip
    landed = tag("symbol", tag("path", d="M0-7L7 0 0 7-7 0z"), id="m-landed", overflow="visible")
    red = tag(
        "symbol", tag("path", d="M-7-4L-4-7 0-3 4-7 7-4 3 0 7 4 4 7 0 3-4 7-7 4-3 0z"), id="m-red", overflow="visible"
    )
    return tag("svg", tag("defs", *tiles, landed, red), width=0, height=0, class_="defs", aria_hidden="true")


def legend(words: dict[str, str], shown: Iterable[str], *more: Safe, before: str = "") -> Safe:
    """The states that a chart shows, each with its fill; ``before`` says what they are of."""
    there = set(shown)
    lead = (tag("li", before),) if before else ()
    items = [tag("li", swatch(state), said) for state, said in words.items() if state in there]
    return tag("ul", *lead, *items, *more, class_="legend")


def swatch(state: str) -> Safe:
    """A small field with a state's fill."""
    return tag("svg", tag("rect", width=18, height=12, class_=f"f-{look(state)}"), width=18, height=12,
               aria_hidden="true")  # fmt: skip


def mark(kind: str) -> Safe:
    """A landing's or a red's sign, for a legend."""
    return tag("svg", tag("use", href=f"#m-{kind}", x=9, y=8, class_=f"m-{kind}"), width=18, height=16,
               aria_hidden="true")  # fmt: skip


def marks_legend() -> Safe:
    """What the signs on the trunk's lane mean."""
    said = {"landed": "landed", "red": "stopped by the gate"}
    return joined(tag("li", mark(kind), words) for kind, words in said.items())
