"""`.batty/team_config/team.yaml`: the team, its gate and its settings, read with every mistake named by line.

The file is a superset of the original tool's; a repository without it has no team and a default gate.
"""

from __future__ import annotations

from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.team import reading
from batty_hooks.state.team.model import Gate, Member, Problem, Role, Team
from batty_hooks.state.team.starting import write_hooks_only

__all__ = ["Gate", "Member", "Problem", "Role", "Team", "load", "problems", "write_hooks_only"]


def load(project: Project) -> Team:
    """The project's team. Raises FatalError with the first problem of its file."""
    try:
        team, wrong = reading.read(project.team_file, project.root.name)
    except (FileNotFoundError, NotADirectoryError):
        return Team(project.root.name)
    if wrong:
        file = project.team_file.relative_to(project.root)
        raise FatalError(f"{file}:{wrong[0].line}: {wrong[0].what}", wrong[0].mend)
    return team


def problems(path: Path) -> list[Problem]:
    """Every mistake in a team file, in the order of its lines. Raises FileNotFoundError when there is none."""
    return reading.read(path, path.parent.name, thorough=True)[1]
