"""batty-hooks read: one message, and it counts as read."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import people
from batty_hooks.moves.base import Look
from batty_hooks.state import inbox
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


@click.command()
@click.argument("id", required=False)
@click.option("--keep", is_flag=True, help="Leave it unread.")
def command(id: str | None, keep: bool) -> int:
    """Show the message ID and mark it as read.

    It is the oldest unread one, when ID is not said.
    """
    project = project_map.here()
    look = Look(project)
    name = people.sender(look, Path.cwd())
    messages = inbox.listed(project, name) if id else inbox.waiting(project, name)
    if not id and not messages:
        click.echo(f"no unread messages for {name}")
        return 0
    found = [message for message in messages if not id or message.id == id]
    if not found:
        raise FatalError(f"{name} has no message {id!r}", "`batty-hooks inbox --all` lists them")
    message = found[0]
    screen.line(f"{message.subject}", "bold")
    screen.line(f"from {message.sender}, {message.date.replace('T', ' ')[:16]}, id {message.id}", "dim")
    click.echo(f"\n{message.body.rstrip()}")
    if not keep:
        inbox.confirm(project, name, message.id)
    return 0
