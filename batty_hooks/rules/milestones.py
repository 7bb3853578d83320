"""When something is built that is worth a report, who is to give it, and whether it was given.

A milestone is a plan (`[plan:: NAME]`) of which all cards have landed; for cards without one, a board that is worked
off: nothing of them can go on. A landing belongs to one milestone. The architect is told and asked to report to the
human; where there is none, or it is gone or at a limit, the human is told. An architect that is idle after it without
having written to the human is passed by after `escalate` (see team.yaml).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from batty_hooks.rules import idle, own_files, taken_back
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members, milestones, trunk
from batty_hooks.state.board import fields
from batty_hooks.state.board.card import Card
from batty_hooks.state.milestones import Sent
from batty_hooks.state.team import ARCHITECT, MANAGER
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import ids, kinds

_BOARD = ""
_MANY, _FEW = 30, 4


@dataclass(frozen=True)
class Milestone:
    """What was built: the plan's name ("": cards without one), and its cards that nobody was told of yet."""

    plan: str
    cards: tuple[Card, ...]

    @property
    def gist(self) -> str:
        """It in a line."""
        count = len(self.cards)
        what = f"the plan {self.plan} has landed whole" if self.plan else "the board is worked off"
        return f"{what}: {count} {'card' if count == 1 else 'cards'}"


def reached(look: Look) -> list[Milestone]:
    """What is built and nobody was told of, in the order of the board."""
    told, by_plan = milestones.told(look.project), dict[str, list[Card]]()
    for card in look.cards:
        by_plan.setdefault(card.mark(fields.PLAN), []).append(card)
    found = []
    for plan, cards in by_plan.items():
        new = tuple(card for card in cards if card.lane == "done" and card.id in look.landed
                    and name_of(look, card) not in told)  # fmt: skip
        if new and (all(card.lane == "done" for card in cards) if plan else _is_worked_off(look, cards)):
            found.append(Milestone(plan, new))
    return found


def name_of(look: Look, card: Card) -> str:
    """A card's landing by a name of its own: one that is landed anew has another."""
    return ids.landing(card.id, look.landed.get(card.id, ""))


def landings(look: Look) -> set[str]:
    """The names of all landings on the board."""
    return {name_of(look, card) for card in look.cards if card.lane == "done" and card.id in look.landed}


def _is_worked_off(look: Look, cards: list[Card]) -> bool:
    """Whether nothing of those cards can go on, and nobody who plans is at writing more: a team that somebody leads."""
    leads = [name for name in _of_type(look, ARCHITECT, MANAGER) if any(pane.member == name for pane in look.panes)]
    if not leads or any(idle.in_a_turn(look, name) and not _is_away(look, name) for name in leads):
        return False
    return not any(_goes_on(look, card, ()) for card in cards)


def _goes_on(look: Look, card: Card, above: tuple[str, ...]) -> bool:
    """Whether a card will be worked on without a word of somebody: not what is blocked, held, or waits for such."""
    if card.blocked or card.lane not in ("todo", "in progress") or card.hold or card.cancelled:
        return False
    if card.lane == "in progress":
        return True
    gone = taken_back.needed(look) if card.depends else {}
    needed = [look.card(id) for id in card.depends if id not in look.landed]
    return not any(id in gone for id in card.depends) and all(
        one is not None and one.id not in above and (one.lane == "done" or _goes_on(look, one, (*above, card.id)))
        for one in needed
    )


def receiver(look: Look) -> str:
    """Who is told: the architect that runs, else the human."""
    for name in _of_type(look, ARCHITECT):
        if any(pane.member == name for pane in look.panes) and not _is_away(look, name):
            return name
    return look.team.human


def _of_type(look: Look, *types: str) -> list[str]:
    return [member.name for member in look.team.members if member.role.role_type in types]


def _is_away(look: Look, name: str) -> bool:
    """Whether an agent has been gone or at a limit for longer than a restart takes."""
    state = look.state(name)
    away = state is not None and state.state in (members.GONE, members.LIMIT)
    return away and state is not None and look.at - state.since > min(look.team.nudge, look.team.escalate)


def facts(look: Look, found: list[Milestone]) -> str:
    """What was built, where, and what is open, for people."""
    parts = [f"{one.gist[0].upper()}{one.gist[1:]}.\n\n{''.join(_built(look, one))}" for one in found]
    still = [f"* {card.id or card.title}: {card.title} ({why})\n" for card, why in _open(look)]
    parts.append(f"Open:\n\n{''.join(_some(still))}" if still else "Nothing is open.\n")
    return "\n".join(parts)


def _built(look: Look, found: Milestone) -> list[str]:
    return _some([_line(look, card, number < _MANY) for number, card in enumerate(found.cards)])


def _line(look: Look, card: Card, with_files: bool) -> str:
    commit = look.landed[card.id]
    paths = trunk.landed_paths(look.project, commit) if with_files else []
    more = f" and {len(paths) - _FEW} more" if paths[_FEW:] else ""
    who = f" ({card.owner})" if card.owner else ""
    return f"* {card.id}: {card.title}{who}, {commit[:10]}\n      {', '.join(paths[:_FEW])}{more}\n"


def _open(look: Look) -> Iterator[tuple[Card, str]]:
    """The cards that are not done, and why."""
    for card in look.cards:
        if card.lane not in ("todo", "in progress"):
            continue
        hold = card.hold
        yield card, f"blocked: {card.blocked}" if card.blocked else f"held: {hold}" if hold else card.lane


def _some(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MANY else [*lines[:_MANY], f"  and {len(lines) - _MANY} more\n"]


# whether it was reported


def is_reported(look: Look, sent: Sent) -> bool:
    """Whether who was told has written to the human since, or the human was told without him."""
    human = look.team.human
    if sent.id in own_files.keys(look, human):
        return True
    since = inbox.listed(look.project, human, since=sent.at)
    return any(one.sender == sent.to and kinds.is_note(one.kind) for one in since)


def human_is_due(look: Look, sent: Sent) -> float:
    """When the human is told of a milestone by itself (seconds since the epoch): infinity while its receiver is at
    it."""
    state = look.state(sent.to)
    if all(pane.member != sent.to for pane in look.panes) or _is_away(look, sent.to):
        return sent.at
    if state is None or state.state != members.READY:
        return math.inf
    return max(sent.at, state.since) + look.team.escalate
