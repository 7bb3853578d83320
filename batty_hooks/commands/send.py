"""batty-hooks send: write to a member."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves import people, runner
from batty_hooks.moves.base import Look
from batty_hooks.state import events, inbox
from batty_hooks.state import project as project_map


@click.command()
@click.argument("who")
@click.argument("text", nargs=-1, required=True)
@click.option("--card", default="", help="The card it is about.")
@click.option("--re", "reply_to", default="", help="The id of the message this answers.")
def command(who: str, text: tuple[str, ...], card: str, reply_to: str) -> None:
    """Write TEXT to WHO ("-" reads the text from standard input)."""
    project = project_map.here()
    look = Look(project)
    sender = people.sender(look, Path.cwd())
    receiver = people.known(look, who)
    if not people.may_write(look, sender, receiver):
        allowed = ", ".join(sorted(name for name in look.names if people.may_write(look, sender, name)))
        raise FatalError(f"{sender} may not write to {receiver}", f"{sender} may write to: {allowed}")
    body = sys.stdin.read() if text == ("-",) else " ".join(text)
    if not body.strip():
        raise FatalError("there is nothing to send", "give a text, or `-` and a text on standard input", USAGE)
    subject = next(line.strip() for line in body.splitlines() if line.strip())
    id = f"m{time.time_ns():x}.{os.getpid():x}"
    message = inbox.Message(id, sender, receiver, subject[:120], body, "note", card.lstrip("^"), reply_to=reply_to)
    inbox.send(project, message)
    events.append(project, f"send.{id}", "sent", member=receiver, sender=sender, text=subject[:120], card=message.card)
    click.echo(f"{id} is in {receiver}'s inbox")
    runner.wake(project)
