"""batty-hooks send: write to a member."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from batty_hooks.errors import OK, TRY_AGAIN, USAGE, FatalError
from batty_hooks.people import identity, writing
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members, panes
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import screen
from batty_hooks.vocabulary import ids, kinds

_POLL_SECONDS = 0.05


@click.command()
@click.argument("who")
@click.argument("text", nargs=-1, required=True)
@click.option("--card", default="", help="The card it is about.")
@click.option("--re", "reply_to", default="", help="The id of the message this answers.")
@click.option("--wait", "seconds", type=float, default=0.0, metavar="SECONDS",
              help="Wait until an agent with a pane has it (exit 75: not yet).")  # fmt: skip
def command(who: str, text: tuple[str, ...], card: str, reply_to: str, seconds: float) -> int:
    """Write TEXT to WHO ("-" reads it from standard input).

    An agent in a pane gets it as soon as its turn has ended.
    """
    project = project_map.here()
    look = Look(project)
    sender = identity.sender(look, Path.cwd())
    receiver = identity.known(look, who)
    writing.require(look, sender, receiver)
    body = sys.stdin.read() if text == ("-",) else " ".join(text)
    if not body.strip():
        raise FatalError("there is nothing to send", "give a text, or `-` and a text on standard input", USAGE)
    subject = next(line.strip() for line in body.splitlines() if line.strip())
    id = ids.note(time.time_ns(), os.getpid())
    message = inbox.Message(id, sender, receiver, subject[:120], body, kinds.NOTE, card.lstrip("^"), reply_to=reply_to)
    later = writing.put(look, message)
    limit = time.monotonic() + seconds
    while not (arrived := inbox.keys(project, receiver).get(id)) and time.monotonic() < limit:
        time.sleep(_POLL_SECONDS)
    waits = later or _until(project, receiver)
    click.echo(f"{id}: {receiver} has it" if arrived and not later else f"{id} is in {receiver}'s inbox{waits}")
    return TRY_AGAIN if seconds and not arrived else OK


def _until(project: Project, receiver: str) -> str:
    """What an agent in a pane is at, when that keeps the message waiting."""
    pane, state = panes.of(project, receiver), members.state(project, receiver)
    if state is None or state.state == members.READY:
        return ""
    if pane is None:
        return f"; {receiver} is not running: it comes when the team was started" if state.state == members.GONE else ""
    if state.state == members.GONE:
        return f"; {receiver}'s agent is gone: it comes when that has been started again (`batty-hooks status`)"
    if state.state == members.LIMIT and state.until:
        end = screen.moment(state.until)
        return f"; {receiver} has reached a limit: it comes when that is over, at {end}"
    if state.state == members.LIMIT:
        return f"; {receiver} has reached a limit ({state.why}): it comes when that is over (`batty-hooks status`)"
    if state.state == members.ASKING:
        return f"; {receiver} asks something: it comes when that is answered (`batty-hooks attach {receiver}`)"
    return f"; {receiver} is {state.state}: it comes when that has ended"
