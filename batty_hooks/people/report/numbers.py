"""The report for scripts: the same numbers as on the page. Lengths are in seconds, times as events write them, and what
is not known is null."""

from __future__ import annotations

from typing import Any

from batty_hooks.people.report.gathering import Report
from batty_hooks.rules.timeline import Card, Lane, Run, Wait
from batty_hooks.state import events
from batty_hooks.system.records import asdict

VERSION = 1


def as_data(report: Report) -> dict[str, Any]:
    """All of it; fields are only ever added."""
    found = report.timeline
    return {
        "v": VERSION,
        "name": report.name,
        "trunk": {"branch": report.trunk, "commit": report.tip},
        "since": events.stamp(found.begin),
        "until": events.stamp(found.end),
        "events": found.events,
        "needs_you": [asdict(need) for need in report.needs],
        "figures": {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in found.figures._asdict().items()
            if name not in ("began", "ended")
        },
        "members": [_lane(lane, found.begin) for lane in found.members],
        "cards": [_card(card) for card in found.cards if card.end >= found.begin],
        "path": [
            {**step._asdict(), "begin": events.stamp(step.begin), "end": events.stamp(step.end)} for step in found.path
        ],
        "waits": [_wait(wait) for wait in found.waits if (wait.end or found.end) >= found.begin],
        "runs": [_run(run) for run in found.runs if run.end >= found.begin],
        "red_tests": [{"test": test, "times": times} for test, times in found.red_tests],
        "flow": [{**point._asdict(), "at": events.stamp(point.at)} for point in found.flow],
    }


def _lane(lane: Lane, begin: float) -> dict[str, Any]:
    seconds: dict[str, float] = {}
    for span in lane.spans:
        lasted = max(0.0, span.end - max(span.begin, begin))
        seconds[span.state] = seconds.get(span.state, 0.0) + lasted
    return {"member": lane.name, "seconds": {state: round(number, 3) for state, number in seconds.items() if number}}


def _card(card: Card) -> dict[str, Any]:
    return {
        "card": card.id,
        "title": card.title,
        "member": card.member,
        "begin": events.stamp(card.begin) if card.is_dated else None,
        "landed": events.stamp(card.landed) if card.landed else None,
        "commit": card.commit,
        "life": round(card.life, 3),
        "lost": round(card.lost, 3),
        "spent": {stage: round(seconds, 3) for stage, seconds in card.spent.items()},
        "attempts": [
            {
                "number": one.number,
                "offered": events.stamp(one.begin),
                "ended": events.stamp(one.end) if one.end else None,
                "result": one.result or None,
                "why": one.text,
                "log": one.log,
            }
            for one in card.attempts
        ],
    }


def _wait(wait: Wait) -> dict[str, Any]:
    ended = events.stamp(wait.end) if wait.end else None
    return {**wait._asdict(), "begin": events.stamp(wait.begin), "end": ended}


def _run(run: Run) -> dict[str, Any]:
    return {**run._asdict(), "begin": events.stamp(run.begin), "end": events.stamp(run.end), "cards": list(run.cards)}
