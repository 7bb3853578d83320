"""The trunk: what it is called, what a merge into it would be, what has landed. `moving` is the one way it moves."""

from __future__ import annotations

from collections.abc import Mapping

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.trunk.candidates import (
    Candidate,
    also,
    candidate,
    foresee,
    itself,
    landing_commit,
    together,
)
from batty_hooks.state.trunk.landings import (
    bases,
    fork,
    landed_paths,
    landing_facts,
    landing_of,
    landings,
    landings_of,
    touched_by,
)
from batty_hooks.state.trunk.moving import checkout, obstacles, publish, recover, stands_for
from batty_hooks.system.git import refs

__all__ = [
    "Candidate", "also", "bases", "candidate", "checkout", "contains", "foresee", "fork", "itself", "landed",
    "landed_paths", "landing_commit", "landing_facts", "landing_of", "landings", "landings_of", "name", "obstacles",
    "publish", "record_landed", "recover", "stands_for", "tip", "together", "touched_by",
]  # fmt: skip


def name(project: Project, configured: str | None) -> str:
    """The trunk's branch name. Raises FatalError when it is neither configured nor to be found."""
    found = configured or refs.default_branch(project.root)
    if not found:
        raise FatalError(
            "cannot tell which branch is the trunk (or there is no commit yet)",
            "make a first commit, or name the branch in .batty/team_config/team.yaml: `trunk: main`",
        )
    return found


def tip(project: Project, trunk: str, last: str = "") -> str:
    """The commit the trunk stands on. Raises FatalError when the branch is not there; ``last`` is where it was."""
    found = refs.branch_tip(project.root, trunk)
    if not found and last:
        raise FatalError(f"the trunk {trunk!r} is gone", f"`git branch {trunk} {last[:12]}` brings it back")
    if not found:
        raise FatalError(
            f"the trunk {trunk!r} has no commit yet",
            f"commit something on {trunk}, or correct `trunk:` in .batty/team_config/team.yaml",
        )
    return found


def contains(project: Project, trunk_tip: str, commit: str) -> bool:
    """Whether the trunk holds ``commit``."""
    return refs.contains(project.root, trunk_tip, commit)


def landed(project: Project) -> dict[str, str]:
    """The cards that have landed, with their merge commits."""
    prefix = "refs/batty/landed/"
    return {name.removeprefix(prefix): oid for name, oid in refs.listed(project.root, prefix).items()}


def record_landed(project: Project, cards: Mapping[str, str]) -> None:
    """Remember with which commit each of some cards has landed, whatever becomes of its branch and of the board."""
    refs.update_all(project.root, {f"refs/batty/landed/{card}": commit for card, commit in cards.items()})
