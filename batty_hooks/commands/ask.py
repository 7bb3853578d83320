"""batty-hooks ask: a question to whoever is above you."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from batty_hooks.moves import people, runner
from batty_hooks.moves.base import Look
from batty_hooks.state import events, inbox
from batty_hooks.state import project as project_map


@click.command()
@click.argument("question", nargs=-1, required=True)
def command(question: tuple[str, ...]) -> None:
    """Ask whoever is above you a QUESTION.

    That is your manager, the architect or the human; the answer comes to your inbox.
    """
    project = project_map.here()
    look = Look(project)
    member = people.sender(look, Path.cwd())
    boss, text = look.team.boss(member), " ".join(question)
    card = people.card_in_hand(look, member)
    id = f"ask{time.time_ns():x}.{os.getpid():x}"
    body = f"{text}\n\nTo answer:\n    batty-hooks send {member} --re {id} 'your answer'\n"
    message = inbox.Message(id, member, boss, text[:120], body, "ask", card.id if card else "")
    inbox.send(project, message)
    events.append(project, f"ask.{id}", "asked", member=member, card=message.card, to=boss, text=text[:200])
    click.echo(f"{boss} is asked; the answer comes to your inbox")
    runner.wake(project)
