"""Bare `batty-hooks`: where you stand, and the next one to three commands."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import launching
from batty_hooks.people import identity, needs, overview
from batty_hooks.rules import branch_owner
from batty_hooks.rules.advice import blocked_words
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, watcher
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
    member = identity.sender(look, Path.cwd())
    if member == look.team.human:
        _for_the_human(look)
    else:
        _for_a_member(look, member)


def _for_the_human(look: Look) -> None:
    needed, coming = needs.of(look), overview.next_words(look)
    watching = watcher.alive(look.project) is not None
    number = "nothing needs" if not needed else "1 thing needs" if len(needed) == 1 else f"{len(needed)} things need"
    head = f"{overview.headline(look)}.\n{number} you; {'a' if watching else 'no'} watcher is running."
    steps = [(need.command, need.what) for need in needed[:2]]
    if look.paused:
        steps.append(("batty-hooks resume", "nothing new is begun until then"))
    elif look.panes:
        steps.append(("batty-hooks attach", "the team in tmux"))
    elif any(launching.adapter(look, member) for member in look.team.members):
        steps.append(("batty-hooks start --attach", "the team is not running"))
    elif coming and not watching:
        steps.append(("batty-hooks watch", f"does what is next: {coming[0]}"))
    if not look.cards:
        steps.append(("edit kanban.md", "write a card under ## TODO: `- [ ] what is to be done`"))
    everything = f"all {len(needed)} things that need you, " if needed[2:] else "what needs you, "
    _say(head, *steps[:3], ("batty-hooks status", f"{everything}every member, the queue"))


def _for_a_member(look: Look, member: str) -> None:
    card = branch_owner.card_here(look, member, Path.cwd())
    unread = inbox.count_waiting(look.project, member)
    at = f"working on {card.id}: {card.title}." if card and not card.blocked else "without a card that can go on."
    head = f"You are {member}, {at if card else 'without a card.'}"
    if card and card.blocked:
        screen.line(f"{blocked_words(look, card)}.", "yellow")
    steps = [("batty-hooks read", f"{unread} unread message{'s' if unread > 1 else ''}")] if unread else []
    if card and not card.blocked:
        steps += [("batty-hooks done", "when it is committed"), ('batty-hooks blocked "why"', "if you cannot go on")]
    steps.append(("batty-hooks board", "the cards"))
    _say(head, *steps[:3])


def _say(head: str, *steps: tuple[str, str]) -> None:
    screen.line(head, "bold")
    width = max(len(command) for command, _ in steps)
    for command, why in steps:
        screen.parts((f"  {command.ljust(width)}  ", "green"), (why, "dim"))
