"""batty-hooks deliver: a mail, as a mail program hands it to sendmail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import identity, writing
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox
from batty_hooks.state import project as project_map
from batty_hooks.system import mail
from batty_hooks.vocabulary import ids, kinds

_WITH_VALUE = ("-f", "-F", "-r", "-N", "-R", "-O", "-B")  # sendmail's options that have one


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--project", "place", type=click.Path(path_type=Path), help="The project, where that is not here.")
@click.argument("address", nargs=-1, type=click.UNPROCESSED)
def command(place: Path | None, address: tuple[str, ...]) -> None:
    """Deliver a mail (standard input) to the team.

    For `set sendmail` of mutt and the like. ADDRESS is engineer-1@team.local; without any it is who the mail is written
    to. It counts as written by whoever runs this, and answers the message that its In-Reply-To names.
    """
    project = project_map.find(place) if place else project_map.here()
    look = Look(project)
    sender = identity.sender(look, Path.cwd())
    letter = mail.read(sys.stdin.buffer.read())
    wanted = list(_recipients(address)) or mail.addresses(letter)
    receivers = list(dict.fromkeys(_member(look, one) for one in wanted))
    if not receivers:
        raise FatalError("the mail is written to nobody", f"write it to engineer-1@{inbox.DOMAIN}", USAGE)
    text = mail.answer(letter)
    if not text.strip():
        raise FatalError("the mail has no text", "write something above what it quotes", USAGE)
    for receiver in receivers:
        writing.require(look, sender, receiver)
    reply_to = _answered(look, mail.answers(letter))
    for receiver in receivers:
        message = inbox.Message(
            ids.mail(letter.header("Message-ID") or f"{letter.headers}{text}"), sender, receiver,
            letter.header("Subject") or text.strip().partition("\n")[0][:120], text, kinds.NOTE,
            reply_to.card if reply_to else "", reply_to=reply_to.id if reply_to else "",
        )  # fmt: skip
        writing.put(look, message)


def _recipients(address: tuple[str, ...]) -> Iterator[str]:
    """The addresses among sendmail's options."""
    words = iter(address)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            yield word


def _member(look: Look, address: str) -> str:
    """Whose address it is. Raises FatalError when it is nobody's."""
    name, _, domain = address.strip("<> ").rpartition("@")
    if domain.lower() != inbox.DOMAIN:
        mend = f"members are called {look.team.human}@{inbox.DOMAIN}, and so on; other mail is not ours to send"
        raise FatalError(f"{address} is nobody of the team", mend, USAGE)
    found = next((one for one in sorted(look.names) if one.lower() == name.lower()), "")
    if not found and name == "batty-hooks":
        raise FatalError("batty-hooks reads no mail", "the message says which command answers it", USAGE)
    return found or identity.known(look, name)


def _answered(look: Look, id: str) -> inbox.Message | None:
    """The message of ours that it answers, in whosever inbox that lies."""
    boxes = inbox.members(look.project) if id else []
    found = (one for name in boxes for one in inbox.listed(look.project, name, id))
    return next((one for one in found if one.id == id), None)
