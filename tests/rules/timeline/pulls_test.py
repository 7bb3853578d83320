"""Where a card is while it is offered as a pull request: with those who look at it on the server, or with you."""

from __future__ import annotations

from batty_hooks.rules import timeline
from batty_hooks.rules.timeline.records import ENGINEER, QUEUE, REVIEW, WORK, YOU, Facts
from batty_hooks.state import events
from batty_hooks.vocabulary import happened

BEGIN = 1_800_000_000.0
TOLD = (
    (0, happened.CLAIMED), (10, happened.STARTED), (20, happened.OFFERED), (30, happened.PULL_OPENED),
    (40, happened.PULL_CLOSED), (50, happened.PULL_REOPENED), (60, happened.OFFERED), (70, happened.PULL_RENEWED),
    (80, happened.PULL_MERGED), (90, happened.LANDED),
)  # fmt: skip


def test_who_has_it() -> None:
    lines = [
        {"ts": events.stamp(BEGIN + at), "id": f"t1.{at}", "event": name, "card": "t1", "member": "engineer-1"}
        for at, name in TOLD
    ]
    [card] = timeline.read(lines, Facts(BEGIN + 100)).cards
    stages = [(stage.stage, round(stage.begin - BEGIN)) for stage in card.stages]
    assert stages == [
        (ENGINEER, 0), (WORK, 10), (QUEUE, 20), (REVIEW, 30), (YOU, 40), (REVIEW, 50), (QUEUE, 60), (REVIEW, 70),
        (QUEUE, 80),
    ]  # fmt: skip
