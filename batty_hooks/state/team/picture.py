"""The hierarchy of a team as a tree of text: who leads whom, and which agent each of them is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.state.team.model import Member, Team


def picture(team: Team) -> list[str]:
    """A line for the human and for each member below, but one for all who are of the same role, boss and have nobody
    below themselves."""
    if not team.members:
        return [f"{team.human} (no team: hooks and gate only)"]
    return [team.human, *_below(team, team.human, "")]


def _below(team: Team, boss: str, indent: str) -> Iterator[str]:
    groups = list(_groups([member for member in team.members if member.boss == boss and member.name != boss]))
    for number, group in enumerate(groups, 1):
        is_last = number == len(groups)
        yield f"{indent}{'└─' if is_last else '├─'} {_names(group)} ({', '.join(group[0].role.agents) or 'no agent'})"
        yield from _below(team, group[0].name, f"{indent}{'   ' if is_last else '│  '}")


def _groups(members: Sequence[Member]) -> Iterator[list[Member]]:
    group: list[Member] = []
    for member in members:
        if group and (member.reports or group[0].reports or member.role is not group[0].role):
            yield group
            group = []
        group.append(member)
    if group:
        yield group


def _names(group: Sequence[Member]) -> str:
    first, last = group[0].name, group[-1].name
    return first if len(group) == 1 else f"{first}{', ' if len(group) == 2 else ' … '}{last}"
