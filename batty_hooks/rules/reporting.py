"""Which facts a boss is to be told of what is below it: many of them make one message (see moves/digest.py).

A fact is for it to do (a card is blocked, an engineer is idle, somebody below does not answer) or needs nothing (it
came back, it has landed, it was passed on). What needs nothing never makes a message of its own: it rides along.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.rules import dispatching, escalation, idle, own_files, questions, quiet, routing, taken_back
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members, told
from batty_hooks.state.team import Member
from batty_hooks.system import screen
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import ids, kinds, offer_ids

_BACK = {
    kinds.FAILED: "its test failed",
    kinds.TOGETHER: "it failed together with what had landed",
    kinds.CONFLICT: "it conflicts with the trunk",
    kinds.REJECTED: "it was rejected",
}


@dataclass(frozen=True)
class Fact:
    """Something a boss should know, by its ``key``, in a ``line``; with the ``command`` that solves it, where that is
    for it to do."""

    key: str
    line: str
    command: str = ""


def news(look: Look, name: str) -> list[Fact]:
    """What a boss is to be told now, at once: what it was not told of yet; nothing unless it is idle, has nothing to
    read and something of it is for it to do."""
    if not listens(look, name):
        return []
    known = told.of(look.project, name)
    if not any(fact.command and fact.key not in known for fact in _to_be_done(look, name)):
        return []  # (what rides along is not even looked for)
    return [fact for fact in facts(look, name) if fact.key not in known]


def facts(look: Look, name: str) -> list[Fact]:
    """All there is to know for a boss, told or not: first what is for it to do."""
    found = [*_to_be_done(look, name), *_passed_by(look, name)]
    if member := look.team.member(name):
        found += [*_came_back(look, member), *_landed(look, member)]
    return sorted(found, key=lambda fact: not fact.command)


def _to_be_done(look: Look, name: str) -> list[Fact]:
    member = look.team.member(name)
    own = [*_unable(look, member), *_to_assign(look, member), *_without_ground(look, member)] if member else []
    return [*_with_it(look, name), *own]


def open_questions(look: Look, name: str) -> list[str]:
    """What it was asked and has not answered, in a line each."""
    return [f"{one.sender} has asked you: {one.subject} ({one.id})" for one in questions.open_ones(look)
            if one.to == name]  # fmt: skip


def listens(look: Look, name: str) -> bool:
    """Whether an agent is idle in its pane with nothing to read: it can be told something that was not asked for."""
    state = look.state(name)
    if not state or state.state != members.READY or all(pane.member != name or not pane.alive for pane in look.panes):
        return False
    if own_files.on_its_way(look, name) or idle.cut_off(look, name):
        return False
    return own_files.unread(look, name) == len(quiet.needing_nothing(look, name))


def _with_it(look: Look, name: str) -> Iterator[Fact]:
    """Needs that are with it now and have not come as a message of their own, as a question to it does."""
    for need, level in escalation.needs(look):
        if level.who == name and need.key not in own_files.keys(look, name):
            yield Fact(need.key, f"{need.what}{_unsolved(need, level, look)}", need.command)


def _unsolved(need: escalation.Need, level: escalation.Level, look: Look) -> str:
    """Who had it before and has not solved it."""
    before = escalation.chain(look, need.first)[: level.place]
    since = screen.moment(need.since)
    return f" (since {since}; not solved by {', '.join(before)})" if before else ""


def _passed_by(look: Look, name: str) -> Iterator[Fact]:
    """Needs that were with it and are with somebody above now."""
    for need, level in escalation.needs(look):
        before = escalation.chain(look, need.first)[: level.place]
        if name in before and escalation.told_at(look, name, need):
            text = f"{level.who} is asked now, for nothing was heard from you: {need.what}"
            yield Fact(ids.passed_by(need.key), text)


def _unable(look: Look, boss: Member) -> Iterator[Fact]:
    """Engineers that cannot work on, whatever they are told."""
    for pane in look.panes:
        state = look.state(pane.member)
        if pane.member not in boss.reports or not state:
            continue
        given_up = state.state == members.GONE and pane.is_given_up
        at_limit = state.state == members.LIMIT and not state.until
        if given_up or at_limit:
            card = look.in_hand(pane.member)
            how = f"is gone: {state.why}" if given_up else f"has reached a limit: {state.why}"
            command = f"batty-hooks task release {card.id}" if card and card.id else ""
            # (Once for a card: a limit is tried again and again, and reached again each time.)
            key = ids.of_member(pane.member, state.state, card.id if card else "")
            yield Fact(key, f"{pane.member} {how}{f' ({card.id} is in its hand)' if card else ''}", command)


def _to_assign(look: Look, boss: Member) -> Iterator[Fact]:
    """Cards that an engineer of its own idles for, where they are begun by hand (see dispatching.py)."""
    free = {name for name in boss.reports if dispatching.is_free(look, name)} if look.has_board else set()
    for card in dispatching.to_be_assigned(look) if free else ():
        able = [name for name in routing.of(look.team, card).members if name in free]
        if able:
            word = card.id or shlex.quote(card.title)
            line = f"{card.id or 'a card'} ({card.title}) waits to be assigned, and {able[0]} has nothing to do"
            key = ids.to_be_assigned(card.id or ids.hash_of(card.title), able[0])
            yield Fact(key, line, f"batty-hooks assign {able[0]} {word}")


def _without_ground(look: Look, boss: Member) -> Iterator[Fact]:
    """Cards in hand below it, of which one they depend on was taken back after it had landed."""
    for card, id in taken_back.in_hand(look):
        if card.owner in boss.reports and card.id:
            line = f"{id}, which {card.id} ({card.title}) of {card.owner} depends on, was taken back from {look.trunk}"
            key = ids.about_message(card.id, id, "ground", look.landed[id][:10])
            yield Fact(key, line, f"batty-hooks task release {card.id}  (it waits then; or let it go on)")


def _came_back(look: Look, boss: Member) -> Iterator[Fact]:
    for card in look.cards:
        if card.lane != "in progress" or not card.id or card.owner not in boss.reports:
            continue
        for attempt in look.attempts(card.id):
            why = _BACK.get(attempt.kind, f"it was {attempt.word}")
            text = f"{card.id} ({card.title}) of {card.owner} came back, attempt {attempt.number}: {why}"
            yield Fact(offer_ids.handback(card.id, attempt.number), text)


def _landed(look: Look, boss: Member) -> Iterator[Fact]:
    """Since its agent was started: what was before that, it does not ask for."""
    started = next((pane.started for pane in look.panes if pane.member == boss.name), look.at)
    for report in boss.reports:
        for one in inbox.listed(look.project, report, since=started):
            if one.kind == kinds.LANDED:
                yield Fact(one.id, f"{one.card or one.subject} of {report} has landed as {ids.number_of(one.id)[:7]}")
