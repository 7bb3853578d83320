"""Report pages of days that were simulated, with what a project would have beside the events."""

from __future__ import annotations

from day import BEGIN, Day
from recorded import recorded

from batty_hooks.people.needs import Need
from batty_hooks.people.report import page
from batty_hooks.people.report.gathering import Report
from batty_hooks.rules import timeline
from batty_hooks.state import events
from batty_hooks.state.inbox import Message

COMMITS = "https://example.org/team/parcels/commit/"
_BODY = "Do this as it is written: {0}.\n" * 20


def report_of(day: Day, name: str = "parcels", **facts: object) -> Report:
    """What `gathering.gather` would find."""
    return _report(timeline.read(day.events, day.facts(**facts)), name)


def recorded_report() -> Report:
    """The same of a day that was lived."""
    known, told = recorded()
    facts = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    facts |= {name: frozenset(known[name]) for name in ("on_board", "open_questions")}
    return _report(timeline.read(told, timeline.Facts(**facts)), "parcels")


def _report(found: timeline.Timeline, name: str) -> Report:
    messages = {
        card.id: tuple(_message(card.id, card.member, number) for number in range(1, len(card.attempts) + 2))
        for card in found.cards
    }
    needs = (Need("t9 is blocked: which of <them> & why", BEGIN + 60.0, "batty-hooks task unblock t9"),)
    bodies = {card.id: _BODY.format(card.id) for card in found.cards}
    return Report(name, "main", "0123456789abcdef", False, "human", COMMITS, needs, found, messages, bodies, "/logs")


def _message(card: str, member: str, number: int) -> Message:
    text = _BODY.format(card)
    return Message(f"{card}.gate.{number}", "batty-hooks", member, f"{card} came back: <b>FAILED</b>", text, "failed",
                   card, events.stamp(BEGIN + number))  # fmt: skip


def page_of(day: Day) -> str:
    """The whole page."""
    return page.page(report_of(day))


class Hostile(Day):
    """A day whose names, titles and texts are markup, scripts and worse."""

    SCRIPT = "</script><script>alert(1)</script>"
    NAME = "<img src=x onerror=alert(1)>\"'&\u202egnp.exe\x1b[31m\x00"

    def say(self, event: str, id: str, **says: object) -> None:
        for field in ("title", "text", "label", "branch", "commit"):
            if says.get(field):
                says[field] = f"{self.SCRIPT}]]><!--{says[field]}{self.NAME}\udce9"
        super().say(event, id, **says)


def hostile() -> Hostile:
    """That day, with members called so too."""
    found = Hostile(4, engineers=2, hours=2)
    found.names = [f"{Hostile.NAME}{number}" for number in range(2)]
    return found
