"""The page that `batty-hooks status` shows, and the same for scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from batty_hooks.people import needs, overview, served
from batty_hooks.people.needs import Need
from batty_hooks.people.overview import MemberRow, QueueRow
from batty_hooks.rules import collisions, crowding, dispatching
from batty_hooks.rules.look import Look
from batty_hooks.state import watcher
from batty_hooks.state.board.lanes import PROGRESS, TODO
from batty_hooks.state.clashes import Clash
from batty_hooks.system import screen
from batty_hooks.system.records import asdict

if TYPE_CHECKING:
    from batty_hooks.people.hosts import HostRow

_MANY = 9  # members that are each given a row, whatever they do
_WITH_REASON = ("asking", "limit", "gone")


def as_json(look: Look) -> bool:
    """Print it for scripts; whether something needs a person."""
    members, queue, needed = overview.member_rows(look), overview.queue_rows(look), needs.of(look)
    data = {
        "needs_you": [asdict(need) for need in needed],
        "members": [asdict(row) for row in members],
        "queue": [asdict(row) for row in queue],
        "hosts": [asdict(row) for row in _hosts(look)],
        "ripe": [{"move": move, **asdict(item)} for move, item in overview.ripe(look)],
        "next": overview.next_words(look),
        "clashes": [asdict(one) for one in collisions.standing(look)],
        "cards": overview.cards(look),
        "trunk": {"branch": look.trunk, "commit": look.tip},
        "server": asdict(row) if (row := served.row(look)) else None,
        "paused": look.paused,
    }
    click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    return bool(needed)


def show(look: Look, clear: bool) -> bool:
    """Print the page, on a screen that is cleared first or after what stands there; whether something needs a
    person."""
    members, queue, needed = overview.member_rows(look), overview.queue_rows(look), needs.of(look)
    coming = overview.next_words(look)
    number = screen.counted(len(needed), "thing") + (" needs" if len(needed) == 1 else " need")
    with screen.sheet(f"{number} you: at the top" if needed else "", "`batty-hooks status`" if clear else ""):
        if clear:
            screen.clear()
        _draw(look, members, queue, needed, coming)
    return bool(needed)


def _draw(look: Look, members: list[MemberRow], queue: list[QueueRow], needed: list[Need], coming: list[str]) -> None:
    screen.line(overview.headline(look), "bold")
    if look.team.remote and (words := served.words(look)):
        screen.line(words, "dim", hang=2)
    if words := crowding.words(look):
        screen.line(words, "dim", hang=2)
    if look.paused:
        screen.line("nothing new is begun until `batty-hooks resume`", "yellow")
    if needed:
        _say_needs(needed, look.at)
    else:
        waits = queue or coming or any(card.lane in (TODO, PROGRESS) for card in look.cards)
        screen.line(f"nothing needs you{'' if waits else ', and nothing waits'}", "dim")
    for words in dispatching.waiting_words(look):
        screen.line(words, "dim", hang=2)
    if members:
        _say_members(members, collisions.standing(look), [need.what for need in needed], look.at)
    if queue:
        _say_queue(queue, look.at)
    _say_hosts(_hosts(look), look.at)
    if coming:
        who = "the watcher does it" if watcher.alive(look.project) is not None else "with `batty-hooks step`, or soon"
        screen.heading(f"next ({who})")
        for words in coming:
            screen.line(f"  {words}", hang=4)


def _say_needs(needed: list[Need], now: float) -> None:
    screen.heading(f"needs you ({len(needed)})")
    for need in needed:
        age = screen.ago(now - need.since) if need.since else ""
        screen.parts((f"{age:>5}  ", ""), (need.what, "yellow"))
        screen.typed(need.command, lead="       → ")


def _say_members(members: list[MemberRow], clashing: list[Clash], told: list[str], now: float) -> None:
    """Who does what; ``told`` is what was said of them above, and is said once."""
    screen.heading("members")
    idle = with_nothing(members) if screen.is_terminal() else []
    members = [one for one in members if one not in idle]
    screen.table(
        ("member", "state", "for", "card", "ahead", "behind", "dirty", "verdict", "unread"),
        [
            (m.name, m.state, screen.ago(now - m.since) if m.since else "", m.card + " blocked" * m.blocked,
             _n(m.ahead), _n(m.behind), _n(m.dirty), m.verdict, _n(m.unread))
            for m in members
        ],
        ["green" if m.state == "working" else "" for m in members],
    )  # fmt: skip
    if idle:
        screen.line(f"{len(idle)} more have nothing in hand: {', '.join(one.name for one in idle)}", "dim", hang=2)
    for m in members:
        is_told = any(what.startswith((f"{m.name} ", f"{m.name}'s ")) and m.why in what for what in told)
        if m.state in _WITH_REASON and m.why and not is_told:
            screen.line(f"  {m.name} ({m.state}): {m.why}{_until(m.until)}", "yellow", hang=4)
        if m.waiting:
            screen.line(f"  {m.name}: {', '.join(m.waiting)} waits until it is done with {m.card}", "dim", hang=4)
        for one in clashing:
            if m.card and m.card in (one.card, one.other):
                screen.line(f"  {m.name}: {m.card} {collisions.words(one, m.card)}", "yellow", hang=4)
        if m.first:
            screen.line(f"  {m.name}: {m.first}", "yellow", hang=4)


def with_nothing(members: list[MemberRow]) -> list[MemberRow]:
    """Of a team too large for a screen, those whose rows would be empty: on a terminal they are named in one line."""
    idle = [
        one for one in members if not (one.card or one.ahead or one.dirty or one.unread) and one.state in ("-", "ready")
    ]
    return idle if len(members) > _MANY and len(idle) > 1 else []


def _say_queue(queue: list[QueueRow], now: float) -> None:
    screen.heading("queue")
    rows = [
        (str(q.place), q.card or q.branch, q.member, screen.ago(now - q.since), q.stage,
         "" if q.wait is None else f"in about {screen.ago(q.wait)}" if q.wait >= 1 else "at any moment")
        for q in queue
    ]  # fmt: skip
    screen.table(("", "what", "by", "for", "stage", "verdict"), rows)


def _hosts(look: Look) -> list[HostRow]:
    """The other machines, where team.yaml names some."""
    if not look.team.gate.far.elsewhere:
        return []
    from batty_hooks.people import hosts

    return hosts.rows(look)


def _say_hosts(rows: list[HostRow], now: float) -> None:
    """The other machines on which candidates are tested; nothing where there are none."""
    if not rows:
        return
    screen.heading("hosts")
    screen.table(
        ("host", "state", "for", "kind", "busy", "testing"),
        [(h.name, h.state, screen.ago(now - h.since) if h.since else "", h.kind, f"{h.busy} of {h.slots}",
          "; ".join(h.testing)) for h in rows],
    )  # fmt: skip
    for host in rows:
        if host.why:
            screen.line(f"  {host.name}: {host.why}", "yellow", hang=4)
        if host.mend:
            screen.typed(host.mend, lead="    → ")


def _until(moment: float) -> str:
    return f", until {screen.moment(moment)}" if moment else ""


def _n(number: int) -> str:
    return str(number) if number else ""
