"""batty-hooks read: one message, and it counts as read."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import identity
from batty_hooks.rules import branch_owner
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


@click.command()
@click.argument("id", required=False)
@click.option("--keep", is_flag=True, help="Leave it unread.")
@click.option("--of", "whose", default="", metavar="MEMBER", help="Of somebody who is not in the team any more.")
def command(id: str | None, keep: bool, whose: str) -> int:
    """Show the message ID and mark it as read.

    It is the oldest unread one, when ID is not said.
    """
    project = project_map.here()
    look = Look(project)
    here = Path.cwd()
    name = identity.reader_of(look, here, whose) if whose else identity.sender(look, here)
    if id:
        message = next((one for one in inbox.listed(project, name, id) if one.id == id), None)
    else:
        message = next(inbox.each_waiting(project, name), None)
    if message is None and id:
        raise FatalError(f"{name} has no message {id!r}", "`batty-hooks inbox --all` lists them", USAGE)
    if message is None:
        click.echo(f"no unread messages for {name}")
        return 0
    screen.line(f"{message.subject}", "bold")
    screen.line(f"from {message.sender}, {message.date.replace('T', ' ')[:16]}, id {message.id}", "dim")
    screen.text(f"\n{message.body.rstrip()}")
    if message.card and (reminder := branch_owner.reminder(look, name, message.card)):
        click.echo(f"\n{reminder.rstrip()}")
    if not keep:
        inbox.confirm(project, name, message.id)
    return 0
