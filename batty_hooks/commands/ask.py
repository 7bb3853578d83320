"""batty-hooks ask: a question to whoever is above you."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import identity
from batty_hooks.rules import branch_owner
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, watcher
from batty_hooks.state import project as project_map
from batty_hooks.vocabulary import happened, ids, kinds


@click.command()
@click.argument("question", nargs=-1, required=True)
def command(question: tuple[str, ...]) -> None:
    """Ask whoever is above you a QUESTION.

    That is your manager, the architect or the human; the answer comes to your inbox.
    """
    project = project_map.here()
    look = Look(project)
    member = identity.sender(look, Path.cwd())
    boss, text = look.team.boss(member), " ".join(question).strip()
    if not text:
        raise FatalError("there is nothing to ask", "give a question of at least a word", USAGE)
    card = branch_owner.card_here(look, member, Path.cwd())
    id = ids.question(time.time_ns(), os.getpid())
    body = f"{text}\n\nTo answer:\n    batty-hooks send {member} --re {id} 'your answer'\n"
    message = inbox.Message(id, member, boss, text[:120], body, kinds.ASK, card.id if card else "")
    inbox.send(project, message)
    events.append(
        project, ids.of_command("ask", id), happened.ASKED, member=member, card=message.card, to=boss, text=text[:200]
    )
    click.echo(f"{boss} is asked; the answer comes to your inbox")
    watcher.wake(project)
