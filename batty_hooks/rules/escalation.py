"""What somebody below cannot solve: with whom it is now, and when it is passed by to whoever is next above.

A need is first told to the boss of whoever has it. A boss that is mute is passed by, level by level: engineer, its
manager, the architect, the human, who is always told in the end. Mute is who has had it for `escalate` in team.yaml
without solving it; sooner (after `nudge`) who is gone or at a limit, and who has read a question and is idle. Who waits
for an answer of its own is not mute: what it has asked is passed up for itself. A boss without an agent that runs is
none.

Work that waits for a boss's word goes the same way. (A reviewer is asked before any boss, and is no level: one that is
mute leaves it to the boss of the engineer; see rules/reviewing.py.)

A card that was let go on twice with nothing done in between is the human's at once (see rules/circling.py).

Nothing comes back down: the highest level that was told stays the one it is with, whatever becomes of those below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from batty_hooks.rules import circling, idle, own_files, planning, questions
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import PROTECTED, REVIEW, standing
from batty_hooks.state import blocks, inbox, members, told
from batty_hooks.state.board.card import Card
from batty_hooks.state.inbox import Message
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import ids, offer_ids

_NEVER = math.inf


@dataclass(frozen=True)
class Need:
    """Something that somebody else has to solve: its ``key``, who has it, what it is, since when (seconds since the
    epoch), who is asked first, the command that solves it, and the card it is about. ``by_message``: who is asked first
    gets a message of its own, which can be read without an agent in a pane."""

    key: str
    member: str
    what: str
    since: float
    first: str
    command: str
    card: str = ""
    question: Message | None = None
    by_message: bool = False


@dataclass(frozen=True)
class Level:
    """With whom a need is, at which place of those who are asked one after the other (0: the first), since when, and
    when it is passed on (infinity: never)."""

    who: str
    place: int
    since: float
    until: float


def level(since: float, chain: Sequence[str], told: Mapping[str, float], passed_at: Callable[[str, float], float],
          now: float) -> Level:  # fmt: skip
    """Where a need of that age stands. ``told`` says who of the ``chain`` was told when, ``passed_at`` when somebody
    who has it since a time is passed by."""
    highest = max((place for place, name in enumerate(chain) if name in told), default=0)
    began = since
    for place, name in enumerate(chain):
        began = told.get(name, began)
        until = passed_at(name, began) if name != chain[-1] else _NEVER
        if place >= highest and now < until:
            return Level(name, place, began, until)
        began = until if until < _NEVER else began
    return Level(chain[-1], len(chain) - 1, began, _NEVER)


def chain(look: Look, first: str) -> list[str]:
    """Whom a need is told to, one after the other: the human last."""
    found = [first]
    while found[-1] != look.team.human:
        above = look.team.boss(found[-1])
        found.append(look.team.human if above in found else above)
    return found


def needs(look: Look) -> list[tuple[Need, Level]]:
    """All that is open, the oldest first, with the level it stands at."""
    return look.once("needs", _needs)


def of(look: Look, key: str) -> Level | None:
    """The level of the need of that key; None when there is none."""
    return next((level for need, level in needs(look) if need.key == key), None)


def is_with_human(look: Look, key: str) -> bool:
    """Whether a need has reached the human; also what is no need of a member's, for nobody below could solve it."""
    found = of(look, key)
    return found is None or found.who == look.team.human


def due(look: Look) -> float:
    """When the next need is passed on."""
    return min((level.until for _, level in needs(look)), default=_NEVER)


def _needs(look: Look) -> list[tuple[Need, Level]]:
    found = (*_questions(look), *_blocked(look), *_idle(look), *_plans(look), *_reviews(look))
    return [(need, _level(look, need)) for need in sorted(found, key=lambda need: need.since)]


def _level(look: Look, need: Need) -> Level:
    above = chain(look, need.first)
    been = {name: at for name in above if (at := told_at(look, name, need))}
    return level(need.since, above, been, lambda name, began: _passed_at(look, need, name, began), look.at)


def told_at(look: Look, name: str, need: Need) -> float:
    """When somebody was told of a need, with a digest or by a message of its own; 0 when he was not."""
    at = look.once(("told", name), lambda look: told.of(look.project, name)).get(need.key, 0.0)
    if not at and need.question and need.question.to == name:
        return need.since
    own = own_files.keys(look, name)
    sent = next((id for id in (need.key, ids.escalated(need.key)) if id in own), "")
    return at or (inbox.written_at(look.project, name, sent) if sent else 0.0)


def _passed_at(look: Look, need: Need, name: str, began: float) -> float:
    """When a boss that has a need since then is passed by."""
    longest, short = look.team.escalate, min(look.team.nudge, look.team.escalate)
    pane, state = next((pane for pane in look.panes if pane.member == name), None), look.state(name)
    if questions.of(look, name):
        return _NEVER
    if pane is None and not need.by_message:
        return began
    began = max(began, pane.started if pane else 0.0)
    if state and state.state in (members.GONE, members.LIMIT):
        return began + short
    if need.question and not need.question.unread and state and state.state == members.READY:
        return min(max(began, state.since) + short, began + longest)
    return began + longest


def _questions(look: Look) -> Iterator[Need]:
    for one in questions.open_ones(look):
        about = f" about {one.card}" if one.card else ""
        command = f"batty-hooks send {one.sender} --re {one.id} 'your answer'"
        what = f"{one.sender} has asked {one.to}{about}: {one.subject}"
        is_here = one.to in look.names  # else it is for whoever is above the asker now
        first = one.to if is_here else look.team.boss(one.sender)
        yield Need(one.id, one.sender, what, questions.asked_at(one), first, command, one.card, one, is_here)


def block_id(look: Look, owner: str, card: str, reason: str) -> str:
    """The key of a card's block, and the id of the message about it: once for each time it is blocked."""
    before = sum(key.startswith(ids.unblocks(card)) for key in own_files.keys(look, owner))
    return ids.blocked(card, before, reason)


def blocked_what(card: Card) -> str:
    """A block in a line."""
    return f"{card.id} ({card.title}) of {card.owner} is blocked: {card.blocked}"


def _blocked(look: Look) -> Iterator[Need]:
    since = {(block.member, block.card): block.at for block in blocks.noted(look.project)}
    for card in look.cards:
        if card.blocked and card.lane != "done" and card.id and look.team.member(card.owner):
            key = block_id(look, card.owner, card.id, card.blocked)
            at, first = since.get((card.owner, card.id), look.at), circling.asked(look, card)
            command = f"batty-hooks task unblock {card.id}"
            yield Need(key, card.owner, blocked_what(card), at, first, command, card.id)


def idle_key(look: Look, member: str) -> str:
    """The key of the need of an engineer that is idle with a card though it was asked how that stands; "" for none."""
    still = idle.stands_still(look, member)
    if still is None or not idle.was_nudged(look, member, still[0]):
        return ""
    return ids.idle(idle.nudge_id(look, member, still[0]))


def _idle(look: Look) -> Iterator[Need]:
    for pane in look.panes:
        name = pane.member
        if look.team.member(name) in look.team.engineers and (key := idle_key(look, name)):
            card = look.in_hand(name)
            id = card.id if card else ""
            asked = inbox.written_at(look.project, name, ids.nudge_of(key))
            what = f"{name} is idle with {id} and does not report it"
            yield Need(key, name, what, asked, look.team.boss(name), f"batty-hooks send {name} 'what to do'", id)


def _plans(look: Look) -> Iterator[Need]:
    """Cards that cannot be begun as they are planned; the human's own are named under "needs you" as they are."""
    for mistake in planning.mistakes(look):
        if mistake.planner != look.team.human:
            since = planning.known(look, mistake.planner).get(mistake.id, look.at)
            what = f"{mistake.label} cannot be begun: {mistake.why}"
            command = f"mend it in kanban.md: {mistake.mend}"
            yield Need(mistake.id, mistake.planner, what, since, mistake.planner, command, mistake.card.id,
                       by_message=True)  # fmt: skip


def _reviews(look: Look) -> Iterator[Need]:
    """Offers that wait for the word of whoever leads their engineer; those that wait for the human's from the start are
    named under "needs you" as they are."""
    team = look.team
    if team.merge_mode != "review" and not team.gate.protect and not team.reviewers:
        return  # (nothing waits for a word, and git need not be asked where each offer stands)
    for offer in look.offers:
        boss = team.boss(offer.member)
        row = standing(look, offer).row if boss != team.human else ""
        if row in (REVIEW, PROTECTED):
            key = offer_ids.word_wanted(offer.key, row, offer.commit)
            why = "changes what is protected" if row == PROTECTED else "waits for review"
            what = f"{offer.label} ({offer.title}) of {offer.member} passed and {why} (batty-hooks show {offer.typed})"
            flag = "--approve " if row == PROTECTED else ""
            command = f"batty-hooks merge {flag}--commit {offer.commit[:10]} {offer.typed}"
            since = inbox.written_at(look.project, boss, key) or look.at
            yield Need(key, offer.member, what, since, boss,
                       f"{command}  (or: batty-hooks reject {offer.typed} 'why')", offer.card)  # fmt: skip
