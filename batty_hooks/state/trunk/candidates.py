"""What landing would make of the trunk, worked out without a checkout: one commit, several together, none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from batty_hooks.state.project import Project
from batty_hooks.system.git import objects, refs

_NOBODY = ("batty-hooks", "batty-hooks@localhost")
_NO_DATE = "@0 +0000"


@dataclass(frozen=True)
class Candidate:
    """What would land: ``commit`` merged into the trunk at ``base``, after those ``before`` it; the tree, or the paths
    in conflict."""

    base: str
    commit: str
    tree: str
    conflicts: tuple[str, ...]
    before: tuple[str, ...] = ()

    @property
    def parents(self) -> list[str]:
        """The trunk and everything that would land, in that order."""
        return list(dict.fromkeys([self.base, *self.before, self.commit]))


def itself(project: Project, commit: str) -> Candidate:
    """The trunk as it stands at ``commit``, as something that can be tested."""
    return Candidate(commit, commit, objects.tree_of(project.root, commit), ())


def candidate(project: Project, base: str, commit: str) -> Candidate:
    """Merge ``commit`` into ``base`` without a checkout; the board always stays as the trunk has it.

    An engineer's copy of a tracked kanban.md is stale the moment it is made, so it never lands.
    """
    return _merged(project, base, commit, base)


def also(project: Project, before: Candidate, commit: str) -> Candidate:
    """What landing ``commit`` after what is in ``before`` would make of the same trunk.

    In conflict, its conflicts are those of the first that does not merge with what is before it.
    """
    if before.conflicts:
        return before
    # How it came to be does not matter for a merge, only what it holds: one commit with all of them as its parents.
    side = objects.commit(project.root, before.tree, before.parents, "Together\n", _NOBODY, _NO_DATE)
    step = _merged(project, side, commit, before.base)
    return replace(step, base=before.base, before=(*before.before, before.commit))


def together(project: Project, base: str, commits: Sequence[str]) -> Candidate:
    """What landing several commits one after the other would make of the trunk at ``base``."""
    found = candidate(project, base, commits[0])
    for commit in commits[1:]:
        found = also(project, found, commit)
    return found


def foresee(project: Project, base: str, commits: Sequence[str]) -> None:
    """Ask git about many commits at once, so that `candidate` and `contains` of each need no process of its own."""
    held = refs.contained(project.root, base, commits)
    open_ones = [commit for commit in commits if commit not in held]
    name = project.board_file.name
    objects.look_up_entries(project.root, [base, *open_ones], name)
    board = objects.entry(project.root, base, name)
    same = [commit for commit in open_ones if objects.entry(project.root, commit, name) == board]
    objects.merge_each(project.root, base, same)


def landing_commit(
    project: Project, base: str, parts: Sequence[tuple[str, str, str]], subject: str, identity: tuple[str, str]
) -> str:
    """The commit that lands ``parts`` on ``base``: of each its commit, the message of its merge and the tree it gives.

    One part is one merge commit. Several are a side line with a merge commit for each, and one merge of that line:
    so every commit of the trunk's first-parent line is a tree that was tested.
    """
    side = base
    for commit, message, tree in parts:
        side = objects.commit(project.root, tree, [side, commit], message, identity)
    return objects.commit(project.root, tree, [base, side], subject, identity) if len(parts) > 1 else side


def _merged(project: Project, side: str, commit: str, base: str) -> Candidate:
    """``commit`` merged into ``side``, with the board that ``base`` has."""
    name, root = project.board_file.name, project.root
    board, theirs = objects.entry(root, base, name), commit
    if objects.entry(root, commit, name) != board:
        tree = objects.with_entry(root, objects.tree_of(root, commit), name, board)
        theirs = objects.commit(root, tree, [commit], "the same without its board\n", _NOBODY, _NO_DATE)
    merge = objects.merge(root, side, theirs)
    return Candidate(side, commit, merge.tree, merge.conflicts)
