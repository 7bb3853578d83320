"""digest: tells a boss what is new of the cards and engineers below it: many facts, one message.

It is sent when the boss is idle with nothing to read, and something of it is for it to do. What needs nothing rides
along: it costs no turn of a model of its own. A block, an idle engineer, a plan that cannot go on and what was passed
on from below reach a boss so, and in no other way; questions and reviews come as messages of their own, for they are
answered with a command each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import escalation, reporting
from batty_hooks.rules.look import Look
from batty_hooks.rules.reporting import Fact
from batty_hooks.state import events, inbox, told
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, kinds

NAME = "digest"
ORDER = 84  # after all that makes facts
WATCHES = ("members", "board_file", "queue")
SLOW = False
LOCK = "told"
_MANY = 20


def ripe(look: Look) -> Iterator[Item]:
    """Bosses that are idle, and have something to do that they do not know of."""
    for pane in look.panes:
        if facts := reporting.news(look, pane.member):
            what = f"{pane.member} is to be told: {facts[0].line}"
            yield Item(_id(pane.member, facts), what, member=pane.member)


def take(project: Project, item: Item) -> None:
    """The event, the message, and what was told, which makes it so."""
    look, name = Look(project), item.member
    facts = reporting.news(look, name)
    if not facts:
        return
    id, gist = _id(name, facts), _gist(facts)
    events.append(project, ids.about_message(name, id), happened.REPORTED, member=name, text=gist)
    inbox.send(project, inbox.Message(id, "batty-hooks", name, gist, _text(look, name, facts), kinds.DIGEST))
    known, now = told.of(project, name), {fact.key for fact in reporting.facts(look, name)}
    now |= {need.key for need, _ in escalation.needs(look)}  # (a plan's mistakes, that replan has told)
    new = {fact.key: look.at for fact in facts}
    told.remember(project, name, {**{key: at for key, at in known.items() if key in now}, **new})


def _id(name: str, facts: Sequence[Fact]) -> str:
    return ids.digest(name, (fact.key for fact in facts))


def _gist(facts: Sequence[Fact]) -> str:
    """The first thing to be done, and how many more."""
    more = sum(bool(fact.command) for fact in facts) - 1
    return f"{facts[0].line[:100]}{f' (and {more} more for you to do)' if more else ''}"


def _text(look: Look, name: str, facts: Sequence[Fact]) -> str:
    todo = [f"* {fact.line}\n      {fact.command}\n" for fact in facts if fact.command]
    rest = [f"* {fact.line}\n" for fact in facts if not fact.command]
    waiting = [f"* {line}\n" for line in reporting.open_questions(look, name)]
    parts = ("For you to do", todo), ("Not answered yet", waiting), ("Also new; it needs nothing", rest)
    return "\n".join(f"{title}:\n{''.join(_some(lines))}" for title, lines in parts if lines)


def _some(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) <= _MANY else [*lines[:_MANY], f"  and {len(lines) - _MANY} more\n"]
