"""What branches in hand would make of each other on the trunk (see system/git/meetings)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system.git import meetings
from batty_hooks.system.git.meetings import Side, may_conflict

__all__ = ["Side", "conflicts", "is_known", "may_conflict", "sides", "with_uncommitted"]


def with_uncommitted(project: Project, worktree: Path, head: str) -> str:
    """The commit of a worktree's branch with what is in no commit yet on top; ``head`` where there is nothing of that
    kind, or where it cannot be had now."""
    return meetings.with_uncommitted(_room(project), worktree, head)


def sides(project: Project, tip: str, commits: Sequence[str]) -> dict[str, Side]:
    """Each commit merged with the trunk at ``tip``, but for those that conflict with it as they are."""
    return meetings.sides(project.root, _room(project), tip, commits, project.board_file.name)


def conflicts(project: Project, tip: str, pairs: Sequence[tuple[Side, Side]]) -> list[tuple[str, ...]]:
    """The paths in conflict of each pair of sides."""
    return meetings.conflicts(project.root, _room(project), tip, pairs, project.board_file.name)


def is_known(project: Project, tip: str, pair: tuple[Side, Side]) -> bool:
    """Whether this process has merged them before."""
    return meetings.is_known(_room(project), tip, pair)


def _room(project: Project) -> Path:
    return meetings.room_of_today(project.clash_objects)
