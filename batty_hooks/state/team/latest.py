"""The team as this process has understood it last: one command looks at an unchanged team.yaml dozens of times.

Remembered by its text, and by what else a team without a mistake rests on: that the agents are those of then, and that
each prompt is still there. A text with a mistake is read anew each time.
"""

from __future__ import annotations

from pathlib import Path

from batty_hooks.state.team import agents, prompts, reading
from batty_hooks.state.team.model import Problem, Team
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class _Understood:
    """A team, and all that it was made of."""

    path: Path
    raw: bytes
    name: str
    agents: list[str]
    team: Team


_latest: list[_Understood] = []  # one, or none


def read(path: Path, name: str, kept: Path) -> tuple[Team, list[Problem]]:
    """What `reading.read` gives. Raises OSError when the file cannot be read."""
    raw, place = path.read_bytes(), path.parent
    known = agents.known(place)
    for one in _latest:
        if (one.path, one.raw, one.name, one.agents) == (path, raw, name, known) and _has_prompts(place, one.team):
            return one.team, []
    team, wrong = reading.understand(raw, place, name, kept=kept)
    _latest[:] = [] if wrong else [_Understood(path, raw, name, known, team)]
    return team, wrong


def _has_prompts(directory: Path, team: Team) -> bool:
    return all(prompts.file_of(directory, role) for role in team.roles if role.prompt)
