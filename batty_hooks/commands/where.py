"""Bare `batty-hooks`: where you stand, and the next one to three commands."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import overview, people, runner
from batty_hooks.moves.base import Look, launching, needs
from batty_hooks.state import inbox
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


@click.command(hidden=True)
def command() -> None:
    """Say where you stand and what to do next."""
    try:
        project = project_map.find(Path.cwd())
    except FatalError:
        _say("This is not a git repository.", ("batty-hooks demo", "see the whole loop in a scratch repository"))
        return
    if not project.prepared:
        _say(
            f"batty-hooks is not installed in {project.root}.",
            ("batty-hooks install", "hooks, board and test gate, no team"),
            ("batty-hooks init --template pair", "a team: an architect and an engineer"),
            ("batty-hooks demo", "see the whole loop in a scratch repository first"),
        )
        return
    look = Look(project)
    member = people.sender(look, Path.cwd())
    if member == look.team.human:
        _for_the_human(look)
    else:
        _for_a_member(look, member)


def _for_the_human(look: Look) -> None:
    needed, ripe = needs.of(look), overview.ripe(look)
    cards = look.board.cards if look.project.board_file.exists() else []
    counts = {lane: sum(card.lane == lane for card in cards) for lane in ("todo", "in progress", "done")}
    watching = runner.watcher_alive(look.project) is not None
    head = (
        f"{look.project.root.name}: {counts['todo']} to do, {counts['in progress']} in progress, "
        f"{counts['done']} done; trunk {look.trunk} at {look.tip[:10]}; "
        f"{'a watcher is running' if watching else 'no watcher is running'}."
    )
    steps = [(need.command, need.what) for need in needed[:2]]
    if look.panes:
        steps.append(("batty-hooks attach", "the team in tmux"))
    elif any(launching.adapter(look, member) for member in look.team.members):
        steps.append(("batty-hooks start --attach", "the team is not running"))
    elif ripe and not watching:
        steps.append(("batty-hooks watch", f"{len(ripe)} move(s) are ripe"))
    if not cards:
        steps.append(("edit kanban.md", "write a card under ## TODO: `- [ ] what is to be done`"))
    steps.append(("batty-hooks status", "every member, the queue, what needs you"))
    _say(head, *steps[:3])


def _for_a_member(look: Look, member: str) -> None:
    card = people.card_in_hand(look, member)
    unread = inbox.count_waiting(look.project, member)
    head = f"You are {member}, " + (f"working on {card.id}: {card.title}." if card else "without a card.")
    steps = [("batty-hooks read", f"{unread} unread message(s)")] if unread else []
    if card:
        steps += [("batty-hooks done", "when it is committed"), ('batty-hooks blocked "why"', "if you cannot go on")]
    steps.append(("batty-hooks board", "the cards"))
    _say(head, *steps[:3])


def _say(head: str, *steps: tuple[str, str]) -> None:
    screen.line(head, "bold")
    width = max(len(command) for command, _ in steps)
    for command, why in steps:
        screen.parts((f"  {command.ljust(width)}", "green"), (f"  {why}", "dim"))
