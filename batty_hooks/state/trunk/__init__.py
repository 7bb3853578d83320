"""The trunk: what it is called, what a merge into it would be, what has landed. `moving` is the one way it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.trunk.moving import checkout, obstacles, publish, recover, stands_for
from batty_hooks.system.git import objects, refs

__all__ = [
    "Candidate", "bases", "candidate", "checkout", "contains", "fork", "itself", "landed", "landed_paths",
    "landing_commit", "landing_facts", "landing_of", "landings", "name", "obstacles", "publish", "record_landed",
    "recover", "stands_for", "tip", "together", "touched_by",
]  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """What would land: ``commit`` merged into the trunk at ``base``; the tree, or the paths in conflict."""

    base: str
    commit: str
    tree: str
    conflicts: tuple[str, ...]


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


def candidate(project: Project, base: str, commit: str) -> Candidate:
    """Merge ``commit`` into ``base`` without a checkout; the board always stays as the trunk has it.

    An engineer's copy of a tracked kanban.md is stale the moment it is made, so it never lands.
    """
    return _candidate(project, base, commit, objects.entry(project.root, base, project.board_file.name))


def _candidate(project: Project, base: str, commit: str, board: str | None) -> Candidate:
    side = commit
    if objects.entry(project.root, commit, project.board_file.name) != board:
        tree = objects.with_entry(project.root, objects.tree_of(project.root, commit), project.board_file.name, board)
        side = objects.commit(project.root, tree, [commit], "the same without its board\n", _NOBODY, _NO_DATE)
    merge = objects.merge(project.root, base, side)
    return Candidate(base, commit, merge.tree, merge.conflicts)


def together(project: Project, base: str, commits: Sequence[str]) -> Candidate:
    """What landing several commits one after the other would make of the trunk at ``base``.

    Its ``commit`` is the tip of a side line with a merge for each; its conflicts are those of the first that does not
    merge with what is before it.
    """
    if len(commits) == 1:
        return candidate(project, base, commits[0])
    board, side, tree = objects.entry(project.root, base, project.board_file.name), base, ""
    for commit in commits:
        step = _candidate(project, side, commit, board)
        if step.conflicts:
            return replace(step, base=base)
        tree = step.tree or tree
        side = objects.commit(project.root, tree, [side, commit], "Together\n", _NOBODY, _NO_DATE)
    return Candidate(base, side, tree, ())


def itself(project: Project, commit: str) -> Candidate:
    """The trunk as it stands at ``commit``, as something that can be tested."""
    return Candidate(commit, commit, objects.tree_of(project.root, commit), ())


_NOBODY = ("batty-hooks", "batty-hooks@localhost")
_NO_DATE = "@0 +0000"
_TRAILERS = ("Card", "Member", "Branch", "Attempt", "Gate")


def contains(project: Project, trunk_tip: str, commit: str) -> bool:
    """Whether the trunk holds ``commit``."""
    return refs.contains(project.root, trunk_tip, commit)


def landed(project: Project) -> dict[str, str]:
    """The cards that have landed, with their merge commits."""
    prefix = "refs/batty/landed/"
    return {name.removeprefix(prefix): oid for name, oid in refs.listed(project.root, prefix).items()}


def record_landed(project: Project, card: str, commit: str) -> None:
    """Remember that a card has landed, whatever becomes of its branch and of the board."""
    refs.update(project.root, f"refs/batty/landed/{card}", commit, reason=f"{card} landed")


def fork(project: Project, trunk_tip: str, commit: str) -> str | None:
    """The commit at which ``commit`` left the trunk; None when they have nothing in common."""
    return refs.merge_base(project.root, trunk_tip, commit)


def landing_commit(
    project: Project, base: str, parts: Sequence[tuple[str, str]], subject: str, identity: tuple[str, str]
) -> tuple[str, str]:
    """The commit that lands ``parts`` (commit and message of each) on ``base``, and its tree.

    One part is one merge commit. Several are a side line with a merge commit for each, and one merge of that line:
    so every commit of the trunk's first-parent line is a tree that was tested. Raises FatalError on a conflict.
    """
    board, side, tree = objects.entry(project.root, base, project.board_file.name), base, ""
    for commit, message in parts:
        step = _candidate(project, side, commit, board)
        if step.conflicts:
            raise FatalError(f"{commit[:10]} does not merge with what lands before it", "run the step again", TRY_AGAIN)
        tree = step.tree
        side = objects.commit(project.root, tree, [side, commit], message, identity)
    if len(parts) == 1:
        return side, tree
    return objects.commit(project.root, tree, [base, side], subject, identity), tree


def landing_of(project: Project, trunk_tip: str, commit: str) -> str | None:
    """The merge commit that brought ``commit`` in, or None: on the trunk's first-parent line or, where several landed
    together, on the side line that was merged there."""
    found = refs.brought_in_by(project.root, trunk_tip, commit)
    for own in _side_line(project, found) if found else []:
        if own.parents[1] == commit:
            return own.commit
    return found


def bases(project: Project, tip: str, commit: str) -> list[str]:
    """What the trunk has been since ``commit`` left it, newest first: from ``tip`` to that very place."""
    return [oid for oid, _ in objects.first_parents_since(project.root, tip, commit)]


def landings(project: Project, old: str, new: str) -> list[tuple[str, str]]:
    """(commit, subject) of each landing that took the trunk from ``old`` to ``new``, newest first."""
    return _each(project, [(step.commit, step.subject) for step in objects.steps(project.root, old, new)])


def landing_facts(project: Project, commit: str) -> dict[str, str]:
    """The trailers of a landing's message: card, member, branch, … in lower case; {} where a person committed."""
    lines = objects.message(project.root, commit).splitlines()
    pairs = (line.partition(": ") for line in lines[1:])
    return {name.lower(): value for name, colon, value in pairs if colon and name in _TRAILERS}


def landed_paths(project: Project, commit: str) -> list[str]:
    """The paths a landing changed."""
    before = objects.parents(project.root, commit)[:1]
    return objects.changed_paths(project.root, before[0], commit) if before else []


def touched_by(project: Project, commit: str, base: str, paths: tuple[str, ...]) -> list[tuple[str, str]]:
    """The landings since ``commit`` left the trunk that touched one of ``paths``: (commit, subject)."""
    found = _each(project, objects.first_parents_since(project.root, base, commit, paths, drop_last=True))
    return [(oid, subject) for oid, subject in found if set(landed_paths(project, oid)) & set(paths)]


def _each(project: Project, line: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The line with what landed together as the merge commits that each of them has."""
    found: list[tuple[str, str]] = []
    for oid, subject in line:
        found += [(own.commit, own.subject) for own in _side_line(project, oid)] or [(oid, subject)]
    return found


def _side_line(project: Project, oid: str) -> list[objects.Step]:
    """The merge commits, newest first, of a side line that ``oid`` merged as a whole; none if it landed just one."""
    both = objects.parents(project.root, oid)
    steps = objects.steps(project.root, both[0], both[1]) if len(both) == 2 else []
    # An engineer's branch is no side line: it holds commits of his own.
    return steps if steps and all(len(step.parents) == 2 for step in steps) else []
