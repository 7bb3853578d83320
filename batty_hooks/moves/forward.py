"""forward: a mail that lies in the inbox of whoever was asked, and answers the question, goes on to who asked.

A mail program of the human's, or one that delivers mail to his inbox, knows no inbox but that. What it says is passed
on under the address that it names: whose words they are is not ours to vouch for, only that whoever may write into the
inbox let them in.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import questions
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "forward"
ORDER = 17
WATCHES = ("inboxes",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Mails that answer an open question."""
    for question in questions.open_ones(look):
        for mail in _answers(look, question):
            yield Item(_key(question, mail), f"{mail.sender} answers {question.sender}", question.card,
                       question.sender)  # fmt: skip


def take(project: Project, item: Item) -> None:
    """Both count as read, the event, then the message, which closes the question."""
    look = Look(project)
    for question in questions.of(look, item.member):
        for mail in _answers(look, question):
            if item.key == _key(question, mail):
                _pass_on(project, question, mail)


def _key(question: Message, mail: Message) -> str:
    return keys.join(question.id, mail.to, mail.id)


def _answers(look: Look, question: Message) -> list[Message]:
    boxes = {question.to, look.team.human} - {question.sender}
    since = questions.asked_at(question)
    found = [mail for name in sorted(boxes) for mail in inbox.foreign(look.project, name, since)]
    return [mail for mail in found if mail.reply_to == question.id]


def _pass_on(project: Project, question: Message, mail: Message) -> None:
    id = ids.about_message(ids.mail(mail.id), question.id)
    inbox.confirm(project, mail.to, mail.id, "S")
    inbox.confirm(project, question.to, question.id, "RS")
    events.append(project, ids.of_command("forward", id), happened.SENT, member=question.sender, sender=mail.sender,
                  text=mail.subject[:120], card=question.card, re=question.id)  # fmt: skip
    inbox.send(project, Message(id, mail.sender, question.sender, mail.subject, mail.body, kinds.NOTE, question.card,
                                reply_to=question.id))  # fmt: skip
