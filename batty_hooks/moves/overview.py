"""Where everything stands, for `status`, `doctor` and the bare command: derived anew each time. Only reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batty_hooks.moves.base import (
    Batch,
    Item,
    Look,
    asking,
    moves,
    plan,
    standing,
)
from batty_hooks.moves.base.standing import BROKEN, HELD, PASSED, PROTECTED, REVIEW, TRUNK_FAILS, WAITING
from batty_hooks.state import events, inbox, members, outfit, panes
from batty_hooks.state.board.text import Card
from batty_hooks.state.queue import Offer
from batty_hooks.system.git import refs
from batty_hooks.system.git import worktrees as git_worktrees

_RUNS_LATELY = 10
_STAGES = {
    BROKEN: "test command broken",
    TRUNK_FAILS: "red, as the trunk itself is",
}


@dataclass(frozen=True)
class MemberRow:
    """One member: state and since when (seconds since the epoch), card, and how its worktree stands to the trunk."""

    name: str
    role: str
    role_type: str
    agent: str
    state: str
    since: float
    card: str
    branch: str
    ahead: int
    behind: int
    dirty: int
    verdict: str
    first: str
    unread: int
    why: str = ""
    until: float = 0.0


@dataclass(frozen=True)
class QueueRow:
    """One offer: its place in the line, its stage (waiting, testing, passed, failed, conflict, held …), and in how many
    seconds it should have its verdict (None: nobody can tell)."""

    place: int
    key: str
    card: str
    branch: str
    member: str
    stage: str
    since: float
    wait: float | None = None


def member_rows(look: Look) -> list[MemberRow]:
    """One row per member that has a worktree or a role."""
    team = [member.name for member in look.team.members]
    names = [*team, *sorted(name for name in look.homes if name in look.names and name not in team)]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda name: _member_row(look, name), names)) if look.names else []


def _member_row(look: Look, name: str) -> MemberRow:
    project, home = look.project, look.homes.get(name)
    role = next((member.role for member in look.team.members if member.name == name), None)
    known = members.state(project, name)
    working = members.is_running(project, name)
    if outfit.is_going(project, name):
        known = members.State("setting up", 0.0, "its worktree is being made ready")
    said = known.state if known else "-"
    state = members.WORKING if working else said if said != members.WORKING or panes.of(project, name) else "-"
    card = next((c.id for c in _cards_of(look, name) if not c.blocked), "") or next(
        (c.id for c in _cards_of(look, name)), ""
    )
    ahead, behind, dirty, verdict = 0, 0, 0, None
    if home:
        ahead, behind = refs.ahead_behind(project.root, look.tip, home.head)
        dirty = len(git_worktrees.dirty_paths(home.path))
        verdict = look.verdict(look.candidate(home.head)) if ahead else None
    return MemberRow(
        name, role.name if role else "-", role.role_type if role else "-", role.agent if role else "-", state,
        known.since if known else 0.0, card, (home.branch or "") if home else "", ahead, behind, dirty,
        verdict.result if verdict else "", verdict.first if verdict else "", inbox.count_waiting(project, name),
        known.why if known else "", known.until if known else 0.0,
    )  # fmt: skip


def _cards_of(look: Look, name: str) -> Iterator[Card]:
    if look.project.board_file.exists():
        yield from (card for card in look.board.cards if card.lane == "in progress" and card.owner == name)


def queue_rows(look: Look) -> list[QueueRow]:
    """The queue in its order, each offer with its stage."""
    offers = look.offers
    if offers:
        plan(look)  # once, not once a thread
    with ThreadPoolExecutor(4) as pool:
        stages = list(pool.map(lambda offer: stage(look, offer), offers)) if offers else []
    return [
        QueueRow(number, offer.key, offer.card, offer.branch, offer.member, where, events.seconds(offer.at),
                 _expected_wait(look, offer, number))
        for number, (offer, where) in enumerate(zip(offers, stages, strict=True), 1)
    ]  # fmt: skip


def _expected_wait(look: Look, offer: Offer, place: int) -> float | None:
    """As many test runs as there are batches up to its own, each as long as they took lately."""
    times = [
        float(event.get("seconds", 0))
        for event in events.recent(look.project)
        if event["event"] in ("gate passed", "gate failed")
    ][-_RUNS_LATELY:]
    if standing(look, offer).row != WAITING or not times:
        return None
    begun = min((run.since for run in look.running.values()), default=time.time())
    rounds = (place - 1) // plan(look).cap + 1
    return max(0.0, rounds * sum(times) / len(times) - (time.time() - begun))


def stage(look: Look, offer: Offer) -> str:
    """What an offer is waiting for, in a few words."""
    now = standing(look, offer)
    if now.row in (WAITING, PASSED) and (run := _run_of(look, offer)):
        others = [other.label for other in run.offers if other != offer]
        return f"testing with {', '.join(others)}" if others else "testing"
    if now.row == WAITING and now.verdict:
        return "red once, to be made sure of"
    if now.row == HELD:
        return f"passed, held by {', '.join(now.held_by)}"
    if now.row in (REVIEW, PROTECTED):
        return asking.stage(now)
    return _STAGES.get(now.row, now.row)


def _run_of(look: Look, offer: Offer) -> Batch | None:
    """The run that is under way for an offer."""
    return next((run for run in plan(look).test if run.key in look.running and offer in run.offers), None)


def last_test(look: Look, label: str, commit: str = "") -> dict[str, str] | None:
    """How the newest test of a card, branch or commit ended, and its ``log``; None when there was none lately."""
    for event in reversed(events.recent(look.project)):
        about = {event.get("card"), event.get("label"), event.get("commit")}
        if str(event["event"]).startswith("gate ") and about & {label, commit or label}:
            return {"result": str(event["event"]).removeprefix("gate "), "log": str(event.get("log", ""))}
    return None


def ripe(look: Look) -> list[tuple[str, Item]]:
    """Every move that could be made now, with its move's name."""
    return [(move.NAME, item) for move in moves() for item in move.ripe(look)]


def event_line(event: dict[str, Any]) -> str:
    """One event as one line for people."""
    about = str(event.get("card") or event.get("label") or event.get("member") or "")
    rest = [str(event[name]) for name in ("title", "text") if event.get(name)]
    if event.get("member") and event["member"] != about:
        rest.insert(0, f"({event['member']})")
    if event.get("by"):
        rest.append(f"[by {event['by']}]")
    if event["event"].startswith("gate "):
        rest.append(f"[{event.get('seconds', 0)} s]")
    if event.get("commit") and event["event"] in ("landed", "offered"):
        rest.append(str(event["commit"])[:10])
    when = events.seconds(str(event.get("ts", "")))
    clock = datetime.fromtimestamp(when).strftime("%H:%M:%S") if when else "--:--:--"
    return f"{clock}  {about:<12} {event['event']:<22} {' '.join(rest)}".rstrip()
