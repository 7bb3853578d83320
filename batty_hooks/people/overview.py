"""Where everything stands, for `status`, `doctor` and the bare command: derived anew each time. Only reads."""

from __future__ import annotations

import contextlib
from typing import Any

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.interface import Item, moves
from batty_hooks.people.needs import approvals
from batty_hooks.rules import pulls, serving
from batty_hooks.rules.batch import Batch, plan
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import (
    ALTERED,
    BROKEN,
    CHECKED,
    CLOSED,
    DAMAGED,
    HELD,
    IN_REVIEW,
    PASSED,
    PROPOSED,
    PROTECTED,
    REVIEW,
    SHALLOW,
    TRUNK_FAILS,
    WAITING,
    standing,
)
from batty_hooks.state import events, inbox, members, panes, setup
from batty_hooks.state import pulls as pulls_known
from batty_hooks.state.board import hand
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.state.team import Role
from batty_hooks.system import screen, threads
from batty_hooks.system.git import refs
from batty_hooks.system.git import worktrees as git_worktrees
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import happened

_ABOUT_WIDTH = 12
TESTED = "tested, waits for "  # and what for: the server
_STAGES = {
    BROKEN: "test command broken",
    DAMAGED: "git cannot read it",
    SHALLOW: "cannot be merged in a shallow clone",
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
    blocked: bool = False  # the card
    waiting: tuple[str, ...] = ()  # other cards of its that can go on when it is done with this one


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
    if not look.names:
        return []
    heads = [home.head for name, home in look.homes.items() if name in names]
    if heads and look.team.gate.command:
        look.foresee(heads)  # once, not once a thread
    counts = refs.ahead_behind(look.project.root, look.tip, heads) if heads else {}
    return threads.each(lambda name: _member_row(look, name, counts), names, 4)


def _member_row(look: Look, name: str, counts: dict[str, tuple[int, int]]) -> MemberRow:
    project, home = look.project, look.homes.get(name)
    role = next((member.role for member in look.team.members if member.name == name), None)
    known = members.state(project, name)
    working = members.is_running(project, name)
    if setup.is_going(project, name):
        known = members.State("setting up", 0.0, "its worktree is being made ready")
    said = known.state if known else "-"
    state = members.WORKING if working else said if said != members.WORKING or panes.of(project, name) else "-"
    card = look.in_hand(name)
    ahead, behind, dirty, verdict = 0, 0, 0, None
    if home:
        ahead, behind = counts[home.head]
        with contextlib.suppress(FatalError):  # git cannot tell; the move that needs it says why
            dirty = 0 if look.is_past else len(git_worktrees.dirty_paths(home.path))
            verdict = look.verdict(look.candidate(home.head)) if ahead and look.team.gate.command else None
    return MemberRow(
        name, role.name if role else "-", role.role_type if role else "-", _agent(project, name, role), state,
        known.since if known else 0.0, card.id if card else "", (home.branch or "") if home else "", ahead,
        behind, dirty, verdict.result if verdict else "", verdict.first if verdict else "",
        inbox.count_waiting(project, name),
        known.why if known else "", known.until if known else 0.0, bool(card and card.blocked),
        tuple(one.id for one in hand.cards_of(look.cards, name) if one.id and one != card and not one.blocked),
    )  # fmt: skip


def _agent(project: Project, name: str, role: Role | None) -> str:
    """The agent a member runs, which may be another one than it began with."""
    pane = panes.of(project, name) if role and role.also else None
    return pane.agent if pane else role.agent if role else "-"


def queue_rows(look: Look) -> list[QueueRow]:
    """The queue in its order, each offer with its stage."""
    offers, run = look.offers, _run_seconds(look)
    return [
        QueueRow(number, offer.key, offer.card, offer.branch, offer.member, stage(look, offer),
                 events.seconds(offer.at), _expected_wait(look, offer, number, run))
        for number, offer in enumerate(offers, 1)
    ]  # fmt: skip


def _run_seconds(look: Look) -> float | None:
    """How long the test of what landed last took; None when nobody knows."""
    last = look.verdict(look.itself) if look.team.gate.command else None
    return last.seconds if last else None


def _expected_wait(look: Look, offer: Offer, place: int, run: float | None) -> float | None:
    """As many test runs as there are batches up to its own, each as long as that of what landed last."""
    if run is None or standing(look, offer).row != WAITING:
        return None
    begun = min((run.since for run in look.running.values()), default=look.at)
    rounds = (place - 1) // plan(look).cap + 1
    return max(0.0, rounds * run - (look.at - begun))


def stage(look: Look, offer: Offer) -> str:
    """What an offer is waiting for, in a few words."""
    now, waits = standing(look, offer), waits_for_server(look, offer)
    if waits:
        return f"{TESTED}{waits.words}"
    if now.row in (WAITING, PASSED) and (run := _run_of(look, offer)):
        others = [other.label for other in run.offers if other != offer]
        return f"testing with {', '.join(others)}" if others else "testing"
    if now.row == WAITING and now.verdict:
        return "red once, to be made sure of"
    known = pulls_known.get(look.project, offer.key) if now.row == PASSED and look.team.remote else None
    if known and pulls.waits_for_queue(known, offer.commit):
        return f"{TESTED}{pulls.name_of(known)}, which is in the server's queue"
    if now.row in (PROPOSED, CHECKED, CLOSED, ALTERED) and (pull := pulls_known.get(look.project, offer.key)):
        said = pulls.words(pull) if now.row == PROPOSED else now.row
        return f"tested, {pulls.name_of(pull)} ({said})"
    if now.row == HELD:
        return f"passed, held by {', '.join(now.held_by)}"
    if now.row in (IN_REVIEW, REVIEW, PROTECTED):
        return approvals.stage(now)
    return _STAGES.get(now.row, now.row)


def waits_for_server(look: Look, offer: Offer) -> serving.Hindrance | None:
    """What keeps an offer that is tested from landing on the server; None when nothing does."""
    if look.team.remote and look.team.remote.land == "pr":
        return serving.hindrance(look, (offer.commit,)) if standing(look, offer).row == PASSED else None
    if serving.is_suspect(look, offer.commit) and standing(look, offer).row in (WAITING, PASSED):
        return serving.hindrance(look, (offer.commit,))
    held = plan(look).held if look.team.remote else None
    return serving.hindrance(look, held.commits) if held and offer in held.offers else None


def _run_of(look: Look, offer: Offer) -> Batch | None:
    """The run that is under way for an offer."""
    runs = plan(look).test if look.running else ()
    return next((run for run in runs if run.key in look.running and offer in run.offers), None)


def last_test(look: Look, label: str, commit: str = "") -> dict[str, str] | None:
    """How the newest test of a card, branch or commit ended, and its ``log``; None when there was none lately."""
    for event in reversed(events.recent(look.project)):
        about = {event.get("card"), event.get("label"), event.get("commit")}
        if str(event["event"]).startswith(happened.GATE) and about & {label, commit or label}:
            return {"result": str(event["event"]).removeprefix(happened.GATE), "log": str(event.get("log", ""))}
    return None


def ripe(look: Look) -> list[tuple[str, Item]]:
    """Every move that could be made now, with its move's name; of the past nobody asks."""
    return [] if look.is_past else [(move.NAME, item) for move in moves() for item in move.ripe(look)]


def next_words(look: Look) -> list[str]:
    """What happens next, a line for each kind of move, in the order in which they are made."""
    kinds: dict[str, list[str]] = {}
    for name, item in ripe(look):
        kinds.setdefault(name, []).append(item.says)
    return [said[0] + (f" (and {len(said) - 1} more like it)" if said[1:] else "") for said in kinds.values()]


def cards(look: Look) -> dict[str, int]:
    """How many cards are to do, in progress, done, and blocked wherever they are."""
    counts = {lane: sum(card.lane == lane for card in look.cards) for lane in ("todo", "in progress", "done")}
    return {**counts, "blocked": sum(_blocked(look, lane) for lane in ("todo", "in progress"))}


def _blocked(look: Look, lane: str) -> int:
    return sum(bool(card.blocked) for card in look.cards if card.lane == lane)


def headline(look: Look) -> str:
    """The project, how many cards are where, and the trunk."""
    count = cards(look)
    each = {"todo": f"{count['todo']} to do", "in progress": f"{count['in progress']} in progress"}
    said = [
        f"{words} ({_blocked(look, lane)} blocked)" if _blocked(look, lane) else words for lane, words in each.items()
    ]
    return (
        f"{look.team.name}: {', '.join(said)}, {count['done']} done; "
        f"trunk {look.trunk} at {look.tip[:10]}{', paused' if look.paused else ''}"
    )


def _on(event: dict[str, Any]) -> str:
    return f" on {event['host']}" if event.get("host") else ""


def event_line(event: dict[str, Any]) -> str:
    """One event as one line for people; with its day when that is not today."""
    about = str(next(filter(None, map(event.get, ("card", "label", "member", "branch"))), ""))
    rest = [str(event[name]) for name in ("title", "text") if event.get(name)]
    if len(about) > _ABOUT_WIDTH and "," in about:  # a run of many: the columns of the others stay where they are
        rest.insert(0, about)
        about = screen.counted(about.count(",") + 1, "offer")
    if event.get("member") and event["member"] != about:
        rest.insert(0, f"({event['member']})")
    if event.get("by"):
        rest.append(f"[by {event['by']}]")
    if event["event"].startswith(happened.GATE):
        rest.append(f"[{event.get('seconds', 0)} s{_on(event)}]")
    elif event.get("host"):
        rest.append(f"[{_on(event).strip()}]")
    if event.get("commit") and event["event"] in (happened.LANDED, happened.OFFERED):
        rest.append(str(event["commit"])[:10])
    when = events.seconds(str(event.get("ts", "")))
    clock = screen.moment(when, seconds=True) if when else "--:--:--"
    return f"{clock}  {about:<{_ABOUT_WIDTH}} {event['event']:<22} {' '.join(rest)}".rstrip()
