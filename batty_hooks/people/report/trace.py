"""The timeline in Chrome's trace format, which Perfetto (ui.perfetto.dev) and chrome://tracing open.

A JSON object with `traceEvents`: complete events (`ph` X, with `ts` and `dur` in microseconds) on a thread for each
lane, instant events (`i`) for landings and reds, and metadata (`M`) that name the process and the threads.
"""

from __future__ import annotations

from typing import Any

from batty_hooks.people.report.gathering import Report
from batty_hooks.rules.timeline import Lane
from batty_hooks.rules.timeline.records import Span

_PROCESS = 1


def as_data(report: Report) -> dict[str, Any]:
    """The whole trace; times count from the beginning of what is shown."""
    found = report.timeline
    lanes = [*found.members, *found.slots, found.trunk]
    told: list[dict[str, Any]] = [_name("process_name", 0, report.name)]
    for thread, lane in enumerate(lanes, 1):
        told += [_name("thread_name", thread, lane.name), {**_name("thread_sort_index", thread, ""),
                 "args": {"sort_index": thread}}]  # fmt: skip
        told += _spans(lane, thread, found.begin)
    for mark in found.marks:
        if mark.at >= found.begin:
            told.append({
                "name": f"{mark.label} {mark.kind}", "cat": mark.kind, "ph": "i", "s": "t",
                "ts": _micro(mark.at - found.begin), "pid": _PROCESS, "tid": len(lanes),
                "args": {"card": mark.card, "commit": mark.commit, "text": mark.text},
            })  # fmt: skip
    return {"traceEvents": told, "displayTimeUnit": "ms", "otherData": {"project": report.name}}


def _spans(lane: Lane, thread: int, begin: float) -> list[dict[str, Any]]:
    return [_span(span, thread, begin) for span in lane.spans if span.end > begin]


def _span(span: Span, thread: int, begin: float) -> dict[str, Any]:
    since = max(span.begin, begin)
    return {
        "name": f"{span.card} {span.state}".strip(), "cat": span.state, "ph": "X", "ts": _micro(since - begin),
        "dur": _micro(span.end - since), "pid": _PROCESS, "tid": thread,
        "args": {"card": span.card, "text": span.text},
    }  # fmt: skip


def _name(what: str, thread: int, name: str) -> dict[str, Any]:
    return {"name": what, "ph": "M", "pid": _PROCESS, "tid": thread, "args": {"name": name}}


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)
