"""The timeline as a drawing: a lane for each member, each gate slot and the trunk.

Places and widths are percents of the drawing, so zooming makes it wider and draws nothing anew. Times stand at ticks of
several finenesses; which are shown goes by the zoom. A span that is too short to be seen has at least its border.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from batty_hooks.people.report import states, words
from batty_hooks.people.report.html import Safe, disclosed, joined, percent, table, tag
from batty_hooks.rules.timeline import Lane, Timeline, gate
from batty_hooks.rules.timeline.records import LANDED, Span

HEIGHT, BAR, TOP = 30, 20, 22
_STEPS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 7 * 86400, 28 * 86400)
_TICKS = 5  # at most so many in a drawing that is not zoomed; a phone has room for them
ZOOMS = (1, 4, 16, 64)
_KEYS = "Timeline: arrow keys scroll, plus and minus zoom, n and p go from mark to mark"


def drawing(found: Timeline, tails: Callable[[str], str]) -> Safe:
    """The whole section: legend, lanes, the same as a table. ``tails`` gives the last lines of a run's log."""
    logs = {(run.slot, run.begin): run.log for run in found.runs if run.log and run.result in gate.RED}
    lanes = [_Drawn(lane, states.MEMBER, {}) for lane in found.members]
    for slot in found.slots:
        number = int(slot.name.removeprefix("gate-"))
        red = {span: tails(logs[number, span.begin]) for span in slot.spans if (number, span.begin) in logs}
        lanes.append(_Drawn(slot, states.RUN, red))
    lanes.append(_Drawn(found.trunk, states.TRUNK, {}))
    height = TOP + HEIGHT * len(lanes)
    drawn = [
        tag("g", *_bars(lane, found), transform=f"translate(0 {TOP + HEIGHT * number + (HEIGHT - BAR) // 2})",
            class_="thin" if lane.lane is found.trunk else None)
        for number, lane in enumerate(lanes)
    ]  # fmt: skip
    drawn += [tag("g", *_path(found)), tag("g", *_marks(found, len(lanes) - 1))]
    names = [tag("li", tag("span", one.lane.name, title=one.lane.name)) for one in lanes]
    picture = tag("svg", *_ticks(found, height), *drawn, width="100%", height=height, id="lanes", role="img",
                  aria_label=f"Timeline of {len(lanes)} lanes; the same as a table below")  # fmt: skip
    frame = tag("div", picture, class_="scroll", id="scroll", tabindex=0, role="region", aria_label=_KEYS)
    return joined([
        _legend(found), _buttons(), tag("div", tag("ul", *names, class_="names"), frame, class_="lanes"),
        tag("p", "", id="said", class_="said", role="status"),
        disclosed("The timeline as tables", *_tables(found), id="lanes-table"),
    ])  # fmt: skip


class _Drawn(NamedTuple):
    """A lane, what its states are called, and the last lines of what ended badly in it."""

    lane: Lane
    said: dict[str, str]
    tails: dict[Span, str]


def _legend(found: Timeline) -> Safe:
    shown = {span.state for lane in found.members for span in lane.spans if span.end > found.begin}
    line = tag("svg", tag("path", d="M0 6h18", class_="path"), width=18, height=12, aria_hidden="true")
    runs = {span.state for lane in found.slots for span in lane.spans if span.end > found.begin}
    return joined([
        states.legend(states.MEMBER, shown, tag("li", line, "critical path")),
        states.legend(states.RUN, runs, states.marks_legend(), before="Gate and trunk:"),
    ])  # fmt: skip


def _buttons() -> Safe:
    said = (("out", "−", "Zoom out"), ("in", "+", "Zoom in"), ("fit", "Fit", "Fit: show all of it"))
    return tag("p", *(tag("button", sign, type="button", data_zoom=name, aria_label=label)
                      for name, sign, label in said), class_="zoom")  # fmt: skip


def place(found: Timeline, at: float) -> float:
    """Where a time stands in the drawing, from 0 to 1."""
    width = found.end - found.begin
    return min(1.0, max(0.0, (at - found.begin) / width)) if width > 0 else 0.0


def _bars(drawn: _Drawn, found: Timeline) -> Iterator[Safe]:
    """The spans of a lane; their height is the style's, for there are thousands of them."""
    yield tag("rect", y=-4, width="100%", class_="lane")
    for span in drawn.lane.spans:
        if span.end < found.begin:
            continue
        begin, end = place(found, span.begin), place(found, span.end)
        yield tag(
            "rect", tag("title", _told(span, drawn)), x=percent(begin), width=percent(end - begin),
            class_=f"f-{states.look(span.state)}", data_c=span.card.partition(",")[0] or None,
        )  # fmt: skip


def _told(span: Span, drawn: _Drawn) -> str:
    about = f"{span.card}: " if span.card else ""
    since, until = (words.clock(at, with_seconds=True) for at in (span.begin, span.end))
    lines = (
        f"{drawn.lane.name}: {about}{drawn.said.get(span.state, span.state)}",
        f"{since} – {until} ({words.length(span.end - span.begin)})",
        span.text,
        drawn.tails.get(span, ""),
    )
    return "\n".join(filter(None, lines))


def _path(found: Timeline) -> Iterator[Safe]:
    """The critical path, a line under the lanes of those who were on it."""
    lanes = {lane.name: number for number, lane in enumerate(found.members)}
    owners = {card.id: card.member for card in found.cards}
    for step in found.path:
        number = lanes.get(owners.get(step.card, ""))
        if number is not None and step.end > found.begin:
            y = TOP + HEIGHT * (number + 1) - 3
            yield tag("line", tag("title", f"critical path: {step.card}"), x1=percent(place(found, step.begin)),
                      x2=percent(place(found, step.end)), y1=y, y2=y, class_="path")  # fmt: skip


def _marks(found: Timeline, number: int) -> Iterator[Safe]:
    y = TOP + HEIGHT * number + HEIGHT // 2
    for mark in found.marks:
        if mark.at >= found.begin:
            what = "landed" if mark.kind == LANDED else "stopped by the gate"
            told = f"{mark.label} {what} at {words.clock(mark.at, with_seconds=True)}\n{mark.text}"
            yield tag("use", tag("title", told.strip()), href=f"#m-{mark.kind}", x=percent(place(found, mark.at)), y=y,
                      class_=f"m-{mark.kind}", data_c=mark.card or None)  # fmt: skip


def _ticks(found: Timeline, height: int) -> Iterator[Safe]:
    """Lines and times; each fineness leaves out what a coarser one shows."""
    width = found.end - found.begin
    fitting = [step for step in _STEPS if width / step <= _TICKS] or [_STEPS[-1]]
    shown: set[int] = set()
    for level, zoom in enumerate(ZOOMS):
        step = next((one for one in _STEPS if width / zoom / one <= _TICKS), fitting[-1])
        offset = words.offset(found.begin)
        first = int((found.begin + offset) // step + 1) * step - offset
        times = [at for at in _steps(int(first), found.end, step) if at not in shown]
        shown.update(times)
        yield tag("g", *(_tick(found, at, step, height) for at in times), class_=f"tick z{level}")


def _steps(first: int, end: float, step: int) -> Iterable[int]:
    return range(first, int(end) + 1, step) if end - first < step * 1000 else range(first, int(end) + 1, step * 10)


def _tick(found: Timeline, at: int, step: int, height: int) -> Safe:
    x = percent(place(found, at))
    said = words.clock(at, with_seconds=step < 60) if step < 86400 else words.day(at)
    return joined([tag("line", x1=x, x2=x, y1=16, y2=height), tag("text", said, x=x, y=12, dx=2)])


def _tables(found: Timeline) -> Iterator[Safe]:
    """How long each lane was in what, and each mark."""
    for lanes, said, caption in (
        (found.members, states.MEMBER, "How long each member did what"),
        (found.slots, states.RUN, "How long each gate slot was in use, by how the runs ended"),
    ):
        there = [state for state in said if any(span.state == state for lane in lanes for span in lane.spans)]
        rows = [[lane.name, *(words.length(_spent(lane, state, found)) for state in there)] for lane in lanes]
        yield table(["Lane", *(said[state] for state in there)], rows, caption)
    marks = [
        [words.clock(mark.at, True, True), mark.label, "landed" if mark.kind == LANDED else "stopped", mark.text]
        for mark in found.marks
        if mark.at >= found.begin
    ]
    yield table(["When", "What", "How it ended", "Why, or its title"], marks, "Landings, and what the gate stopped")


def _spent(lane: Lane, state: str, found: Timeline) -> float:
    return sum(max(0.0, span.end - max(span.begin, found.begin)) for span in lane.spans if span.state == state)
