"""Everything that needs a person, of the whole project: what `status` lists last, and `notify:` tells. Only reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from batty_hooks.moves.base import asking, attention, cards, guarding, outfitting, questions
from batty_hooks.moves.base.look import Look
from batty_hooks.moves.base.standing import BROKEN, HELD, PASSED, standing
from batty_hooks.state import events, githooks, inbox, queue, verdicts
from batty_hooks.state.queue import Offer


@dataclass(frozen=True)
class Need:
    """Something only a person can mend: what, since when, and the exact command."""

    what: str
    since: float
    command: str


def of(look: Look) -> list[Need]:
    """All of it, oldest first."""
    found = [*_of_trunk(look), *_of_queue(look)]
    sources = (cards.needs, attention.needs, questions.needs, asking.needs)
    found += [Need(*one) for source in sources for one in source(look)]
    open_ones = {question.id for question in questions.open_ones(look)}  # (each has a line of its own)
    unread = [one for one in inbox.waiting(look.project, look.team.human) if one.id not in open_ones]
    if unread:
        found.append(
            Need(f"{len(unread)} unread message(s), the first: {unread[0].subject}", events.seconds(unread[0].date),
                 "batty-hooks read")
        )  # fmt: skip
    if not look.team.gate.command:
        found.append(Need("no test command is set, so nothing can land", 0.0,
                          "set gate.command in .batty/team_config/team.yaml"))  # fmt: skip
    found += [Need(*facts) for facts in outfitting.not_ready(look)]
    found += [Need(problem, 0.0, "batty-hooks install") for problem in githooks.problems(look.project)]
    return sorted(found, key=lambda need: need.since or time.time())


def refused(look: Look, offer: Offer) -> str:
    """What git said when an offer that may land was to be landed last, in one line; "" when it said nothing."""
    said = ""
    for event in events.recent(look.project):
        if event["event"] == "landing waits" and event.get("label") == offer.label and event["ts"] >= offer.at:
            said = " ".join(str(event.get("text", "")).split())
    return said


def _of_trunk(look: Look) -> Iterator[Need]:
    """A trunk that was moved past the gate; one that is red itself: red work is nobody's fault then."""
    past = guarding.bypass(look)
    if past:
        about = [event for event in events.recent(look.project) if event.get("id") == past.id]
        yield Need(past.what, events.seconds(str(about[0]["ts"])) if about else 0.0, past.command)
        return
    itself = look.verdict(look.itself) if look.team.gate.command else None
    if itself and itself.result in (verdicts.FAILED, verdicts.TIMEOUT):
        why = itself.first or f"{itself.result}, exit {itself.exit}"
        yield Need(f"{look.trunk} itself fails its test at {look.tip[:10]}: {why}", events.seconds(itself.at),
                   f"mend {look.trunk}, or test it again: batty-hooks gate --again {look.trunk}")  # fmt: skip


def _of_queue(look: Look) -> Iterator[Need]:
    for offer in look.offers:
        now, since = standing(look, offer), events.seconds(offer.at)
        if now.row == BROKEN:
            yield Need(f"{offer.label}: {outfitting.why_broken(look, now.verdict)}", since,
                       f"mend it, then: batty-hooks gate {offer.label}")  # fmt: skip
        elif now.row == HELD:
            yield Need(f"{offer.label} passed and waits to land: {', '.join(now.held_by)}", since,
                       "commit, put away or finish that; it lands by itself")  # fmt: skip
        elif now.row == PASSED and (said := refused(look, offer)):
            yield Need(f"{offer.label} passed, but git refused to land it: {said}", since,
                       "mend that, then: batty-hooks step")  # fmt: skip
    for problem in queue.problems(look.project):
        yield Need(problem, 0.0, "look at the file; delete it if it is not yours")
