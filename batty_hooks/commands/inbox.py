"""batty-hooks inbox: what has been written to a member."""

from __future__ import annotations

import json
from pathlib import Path

import click

from batty_hooks.moves import people
from batty_hooks.moves.base import Look
from batty_hooks.state import inbox
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


@click.command()
@click.argument("who", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what has been read.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def command(who: str | None, everything: bool, as_json: bool) -> None:
    """List the unread messages of WHO (yourself, when not said)."""
    project = project_map.here()
    look = Look(project)
    name = people.known(look, who) if who else people.sender(look, Path.cwd())
    messages = inbox.listed(project, name) if everything else inbox.waiting(project, name)
    if as_json:
        fields = ("id", "sender", "subject", "kind", "card", "date", "unread")
        click.echo(json.dumps([{field: getattr(message, field) for field in fields} for message in messages], indent=1))
        return
    if not messages:
        click.echo(f"no {'' if everything else 'unread '}messages for {name}")
        return
    rows = [(m.id, m.sender, m.date[11:16], "new" if m.unread else "", m.subject) for m in messages]
    screen.table(("id", "from", "at", "", "subject"), rows)
    screen.line("\n`batty-hooks read ID` shows one (`batty-hooks read` the oldest unread)", "dim")
