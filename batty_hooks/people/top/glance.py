"""One look at the team for `top`: what `status` shows, and what each member did in the last hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batty_hooks.people import needs, overview
from batty_hooks.people.needs import Need
from batty_hooks.people.overview import MemberRow, QueueRow
from batty_hooks.rules import questions, timeline
from batty_hooks.rules.look import Look
from batty_hooks.rules.timeline.records import Facts, Span
from batty_hooks.state import events, watcher
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened

_LATELY = 40


class Glance(NamedTuple):
    """``hours``: what each member did; ``commits``: the label of an offer → the commit that waits; ``questions``: the
    id of an open question → whether it lies in the human's inbox, and its text; ``lately``: the newest events in words,
    the newest first."""

    at: float
    headline: str
    is_paused: bool
    is_watched: bool
    needs: tuple[Need, ...]
    members: tuple[MemberRow, ...]
    queue: tuple[QueueRow, ...]
    hours: Mapping[str, tuple[Span, ...]]
    panes: frozenset[str]
    commits: Mapping[str, str]
    questions: Mapping[str, tuple[bool, str]]
    lately: tuple[str, ...]


def taken(project: Project) -> Glance:
    """Look now. Raises FatalError where nobody could (team.yaml half typed, say)."""
    look = Look(project)
    told = events.recent(project)
    asked = questions.open_ones(look)
    facts = Facts(
        look.at, 0.0, look.team.human, tuple(member.name for member in look.team.members),
        on_board=frozenset(card.id or card.title for card in look.cards if card.lane != "done")
        if look.has_board else None,
        open_questions=frozenset(one.id for one in asked),
        running=tuple((0, run.label, run.since) for run in look.running.values()),
    )  # fmt: skip
    rows = overview.member_rows(look)
    return Glance(
        look.at, overview.headline(look), look.paused, watcher.alive(project) is not None, tuple(needs.of(look)),
        tuple(rows), tuple(overview.queue_rows(look)),
        {lane.name: lane.spans for lane in timeline.read(told, facts).members},
        frozenset(pane.member for pane in look.panes), {offer.label: offer.commit for offer in look.offers},
        {one.id: (one.to == look.team.human, one.body) for one in asked},
        tuple(overview.event_line(event) for event in reversed(told[-_LATELY:]) if event["event"] != happened.STATE),
    )  # fmt: skip
