"""batty-hooks status: who does what, what waits, and what needs you."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click

from batty_hooks.moves import overview
from batty_hooks.moves.base import Look, needs
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import screen

_AGAIN_SECONDS = 2.0
_WITH_REASON = ("asking", "limit", "gone")


@click.command()
@click.option("--watch", "again", is_flag=True, help="Draw it again every two seconds.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: members, queue, needs_you, ripe.")
def command(again: bool, as_json: bool) -> int:
    """Show every member, the queue, and what needs you.

    The exit code is 1 when something needs you.
    """
    project = project_map.here()
    while True:
        code = _json(project) if as_json else _show(project, again)
        if not again:
            return code
        time.sleep(_AGAIN_SECONDS)


def _json(project: Project) -> int:
    look = Look(project)
    members, queue, needed = overview.member_rows(look), overview.queue_rows(look), needs.of(look)
    data = {
        "members": [asdict(row) for row in members],
        "queue": [asdict(row) for row in queue],
        "needs_you": [asdict(need) for need in needed],
        "ripe": [{"move": move, **asdict(item)} for move, item in overview.ripe(look)],
        "trunk": {"branch": look.trunk, "commit": look.tip},
        "paused": look.paused,
    }
    click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    return 1 if needed else 0


def _show(project: Project, clear: bool) -> int:
    look, now = Look(project), time.time()
    members, queue, needed = overview.member_rows(look), overview.queue_rows(look), needs.of(look)
    ripe = overview.ripe(look)
    if clear:
        screen.clear()
    screen.line(f"{look.team.name or project.root.name}: trunk {look.trunk} at {look.tip[:10]}"
                f"{', paused' if look.paused else ''}", "bold")  # fmt: skip
    if members:
        print()
        screen.table(
            ("member", "state", "for", "card", "ahead", "behind", "dirty", "verdict", "unread"),
            [
                (m.name, m.state, screen.ago(now - m.since) if m.since else "", m.card, _n(m.ahead), _n(m.behind),
                 _n(m.dirty), m.verdict, _n(m.unread))
                for m in members
            ],
            ["green" if m.state == "working" else "" for m in members],
        )  # fmt: skip
        for m in members:
            if m.state in _WITH_REASON and m.why:
                screen.line(f"  {m.name} ({m.state}): {m.why}{_until(m.until)}", "yellow")
            if m.first:
                screen.line(f"  {m.name}: {m.first}", "yellow")
    if queue:
        screen.heading("queue")
        rows = [
            (str(q.place), q.card or q.branch, q.member, screen.ago(now - q.since), q.stage,
             "" if q.wait is None else f"in about {screen.ago(q.wait)}")
            for q in queue
        ]  # fmt: skip
        screen.table(("", "what", "by", "for", "stage", "verdict"), rows)
    if ripe:
        screen.heading("ripe (the next step makes these moves)")
        screen.table(("move", "what"), [(move, item.says) for move, item in ripe])
    if needed:
        screen.heading("needs you")
        for need in needed:
            age = f" (for {screen.ago(now - need.since)})" if need.since else ""
            screen.parts((f"  {need.what}{age}\n", "yellow"), (f"    → {need.command}", "bold"))
    elif not queue and not ripe:
        screen.line("\nnothing waits, nothing needs you", "dim")
    return 1 if needed else 0


def _until(moment: float) -> str:
    return f", until {time.strftime('%H:%M', time.localtime(moment))}" if moment else ""


def _n(number: int) -> str:
    return str(number) if number else ""
