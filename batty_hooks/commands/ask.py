"""batty-hooks ask: a question to whoever is above you."""

from __future__ import annotations

import os
import time
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import identity
from batty_hooks.rules import branch_owner, questions
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.inbox import Message
from batty_hooks.vocabulary import happened, ids, kinds

_TO_ANSWER = "\n\nTo answer:\n"


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
    if boss == member:
        raise FatalError(f"nobody is above {member} to be asked", f"batty-hooks send WHO {quote(text)}", USAGE)
    card = branch_owner.card_here(look, member, Path.cwd())
    if open_one := _asked_already(look, member, text, card.id if card else ""):
        click.echo(f"{open_one.to} is asked that already ({open_one.id}); the answer comes to your inbox")
        return
    id = ids.question(time.time_ns(), os.getpid())
    body = f"{text}{_TO_ANSWER}    batty-hooks send {member} --re {id} 'your answer'\n"
    message = Message(id, member, boss, text[:120], body, kinds.ASK, card.id if card else "")
    inbox.send(project, message)
    events.append(project, ids.asked(id), happened.ASKED, member=member, card=message.card, to=boss, text=text[:200])
    click.echo(f"{boss} is asked; the answer comes to your inbox")
    watcher.wake(project)


def _asked_already(look: Look, member: str, text: str, card: str) -> Message | None:
    """The same question of the same member about the same card, when it is open: typed twice, it is one."""
    open_ones = questions.of(look, member)
    return next((one for one in open_ones if one.card == card and one.body.partition(_TO_ANSWER)[0] == text), None)
