"""Who may do what: a member does what its role does, whoever is above it what concerns it, the human everything.

An engineer claims, reports, gives back and blocks its own card; a manager acts for those it leads; an architect for the
plan. Where no team is configured everybody may everything. Pure: who is typing is found out elsewhere.
"""

from __future__ import annotations

from batty_hooks.state.team.model import ARCHITECT, MANAGER, Team
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Act:
    """Something that is typed. ``words`` name it in a refusal, with {} for what it is done to; ``own`` says that the
    member it concerns may, ``above`` that whoever leads that member may, ``types`` which role types may in any case."""

    words: str
    own: bool = False
    above: bool = True
    types: tuple[str, ...] = (ARCHITECT,)


REPORT = Act("report {} as done", own=True, types=())
RELEASE = Act("take {} back", own=True)
BLOCK = Act("block {}", own=True)
UNBLOCK = Act("let {} go on")
UNDO = Act("take {} off the trunk")
MOVE = Act("move {}")
ASSIGN = Act("give {} to somebody")
PLAN = Act("change the plan ({})", above=False, types=(ARCHITECT, MANAGER))
LESSON = Act("write {} down", above=False, types=(ARCHITECT, MANAGER))
PAUSE = Act("{} the team", above=False)
RUN = Act("{}", above=False, types=())


def who_may(team: Team, act: Act, owner: str) -> tuple[str, ...]:
    """Who may do it to something of ``owner`` ("": of nobody; then all who lead may what those above may), the human
    last."""
    named = [owner] if act.own and team.member(owner) else []
    if act.above:
        named += above(team, owner) if team.member(owner) else _of_types(team, (ARCHITECT, MANAGER))
    named += _of_types(team, act.types)
    return (*dict.fromkeys(name for name in named if name != team.human), team.human)


def may(team: Team, who: str, act: Act, owner: str) -> bool:
    """Whether ``who`` may do it to something of ``owner``."""
    return not team.members or who in who_may(team, act, owner)


def above(team: Team, name: str) -> list[str]:
    """The boss of a member, the boss's boss and so on, nearest first."""
    found: list[str] = []
    while (member := team.member(name)) and member.boss not in found:
        name = member.boss
        found.append(name)
    return found


def _of_types(team: Team, types: tuple[str, ...]) -> list[str]:
    return [member.name for member in team.members if member.role.role_type in types]
