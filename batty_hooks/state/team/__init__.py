"""`.batty/team_config/team.yaml`: the team, its gate and its settings, read with every mistake named by line.

The file is a superset of the original tool's; a repository without it has no team and a default gate.

The team is the checkout's, else the trunk's. team.yaml is meant to be committed, and a person may look at an older
branch. Then it is read from the trunk (a copy, named by its tree), so running things go on and nothing has to be
written that would be in the way of the way back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.team.model import (
    ARCHITECT,
    AUTO,
    MANAGER,
    MANUAL,
    Far,
    Gate,
    Member,
    Problem,
    Remote,
    Role,
    Team,
)
from batty_hooks.system import atomic, late

if TYPE_CHECKING:
    from batty_hooks.state.team.committed import source
    from batty_hooks.state.team.gate_line import set_command
    from batty_hooks.state.team.starting import write_hooks_only
else:
    __getattr__ = late.face(__name__, committed="source", gate_line="set_command", starting="write_hooks_only")

__all__ = [
    "ARCHITECT", "AUTO", "MANAGER", "MANUAL", "Far", "Gate", "Member", "Problem", "Remote", "Role", "Team",
    "bring_back", "file", "keep", "load", "problems", "set_command", "shown", "source", "text_of", "write_hooks_only",
]  # fmt: skip


def load(project: Project) -> Team:
    """The project's team; as the trunk has it, while a branch without team.yaml is checked out. Raises FatalError with
    the first problem of its file."""
    from batty_hooks.state.team import latest, parsed

    try:
        team, wrong = latest.read(file(project), project.root.name, parsed.file(project.common))
    except (FileNotFoundError, NotADirectoryError):
        return Team(project.root.name)
    if wrong:
        raise FatalError(f"{shown(project)}:{wrong[0].line}: {wrong[0].what}", wrong[0].mend)
    return team


def keep(project: Project) -> None:
    """Let the next process that reads the same team.yaml be spared parsing it."""
    from batty_hooks.state.team import parsed

    parsed.keep(parsed.file(project.common), file(project))


def file(project: Project) -> Path:
    """Where the team is read from: team.yaml of the checkout, else a copy of the trunk's (which nobody edits)."""
    if not project.own_team_file.exists():
        from batty_hooks.state.team import committed

        committed.bring(project)
    return project.team_file


def shown(project: Project) -> str:
    """team.yaml as people are told of it: its path, and the branch that has it when the checkout has not."""
    from batty_hooks.state.team import committed

    branch = committed.source(project)
    return f"{project.own_team_file.relative_to(project.root)}{f' on {branch}' if branch else ''}"


def text_of(project: Project, name: str) -> bytes:
    """What one of the team's files (by its path in the project) holds now; nothing when there is none."""
    try:
        return (project.root / name).read_bytes()
    except OSError:
        return b""


def bring_back(project: Project, name: str, text: bytes) -> None:
    """Write one of the team's files as it was before."""
    (project.root / name).parent.mkdir(parents=True, exist_ok=True)
    atomic.write(project.root / name, text)


def problems(path: Path) -> list[Problem]:
    """Every mistake in a team file, in the order of its lines. Raises FileNotFoundError when there is none."""
    from batty_hooks.state.team import reading

    return reading.read(path, path.parent.name, thorough=True)[1]
