"""A message from one member to another, however it was written: with `send`, or as a mail. Not a move."""

from __future__ import annotations

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import identity
from batty_hooks.rules import heeding
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, watcher
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids


def require(look: Look, sender: str, receiver: str) -> None:
    """Raises FatalError unless the one may write to the other."""
    if not identity.may_write(look, sender, receiver):
        allowed = ", ".join(sorted(name for name in look.names if identity.may_write(look, sender, name)))
        raise FatalError(f"{sender} may not write to {receiver}", f"{sender} may write to: {allowed}")


def put(look: Look, message: Message) -> str:
    """Put a message into its receiver's inbox, and count what it answers as answered; when a command reads it, if it
    does not at once. Raises FatalError when nobody would read it, or there is nothing of the id that it answers."""
    project = look.project
    later = _later(look, message)
    holder = _holder(project, message.reply_to) if message.reply_to else ""
    inbox.send(project, message)
    if holder in (message.sender, message.to) or (holder and message.sender == look.team.human):
        inbox.confirm(project, holder, message.reply_to, "RS")  # read, and replied to
    events.append(
        project,
        ids.of_command("send", message.id),
        happened.SENT,
        member=message.to,
        sender=message.sender,
        text=message.subject[:120],
        card=message.card,
        re=message.reply_to,
    )
    watcher.wake(project)
    return later


def _holder(project: Project, id: str) -> str:
    """In whose inbox the message lies that is answered. Raises FatalError when it is nobody's: the question would stay
    open, and nobody would know why."""
    for name in inbox.members(project):
        if id in inbox.keys(project, name):
            return name
    raise FatalError(f"there is no message {id} to answer", "`batty-hooks inbox --all` lists yours with ids", USAGE)


def _later(look: Look, message: Message) -> str:
    """When a command reads a message, if it does not at once. Raises FatalError when it never would."""
    member = look.team.member(message.to)
    if member is None or member not in (*look.team.engineers, *look.team.reviewers) or member.role.agent != "command":
        return ""
    what = heeding.act(look, member.name, message)
    if what == heeding.UNREAD:
        raise FatalError(
            f"nobody reads that: {member.name} {heeding.nobody(look, member.name)}",
            "`batty-hooks task add` makes a card of it; `batty-hooks board` shows who has which",
        )
    return f"; {member.name} gets it when its card goes on (`batty-hooks board`)" if what == heeding.KEPT else ""
