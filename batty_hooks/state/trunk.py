"""The trunk: what it is called, what a merge into it would be, and the one way it moves.

The trunk moves by compare-and-swap only. Where nobody has it checked out that is `update-ref new old`; where it is
checked out it is `merge --ff-only --no-overwrite-ignore` there, which of nine ways is the only one that never harms
a human's checkout (`update-ref` alone would make his next `commit -a` revert the landing).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, process
from batty_hooks.system.git import config, halfway, objects, refs, worktrees

_GIT_SECONDS, _POLL_SECONDS = 10.0, 0.05
_NAMED = 3  # paths


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


def tip(project: Project, trunk: str) -> str:
    """The commit the trunk stands on. Raises FatalError when the branch is not there."""
    found = refs.branch_tip(project.root, trunk)
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


def checkout(project: Project, trunk: str) -> Path | None:
    """The worktree that has the trunk checked out, if one has and can follow it at the moment."""
    return _place(project, trunk)[0]


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


def obstacles(project: Project, trunk: str, old: str, new: str) -> list[str]:
    """Why the trunk cannot move from ``old`` to ``new`` (a commit or tree) right now without harming somebody's
    work: the paths the human has changed, or what git is in the middle of, in words. Empty: it can."""
    path, hindrance = _place(project, trunk)
    if hindrance:
        return [hindrance]
    found = _in_the_way(path, old, new) if path else []
    # What another process is landing at this moment looks like somebody's changes until the trunk has moved.
    if not found or _journal(project).exists() or refs.branch_tip(project.root, trunk) != old:
        return []
    more = f" and {len(found) - _NAMED} more" if found[_NAMED:] else ""
    return [f"{', '.join(found[:_NAMED])}{more} in your checkout"]


def _place(project: Project, trunk: str) -> tuple[Path | None, str]:
    """The checkout that must follow the trunk (None: there is none), and why it cannot at the moment ("": it can)."""
    places = [place for place in worktrees.listed(project.root) if not place.bare and not place.prunable]
    for place in places:
        directory = config.git_directory(place.path) if place.path.is_dir() else None
        busy = worktrees.busy(directory, trunk) if directory else None
        if busy and (place.branch == trunk or busy == "rebase"):
            return None, f"a {busy} is in progress in {place.path}"
    having = [place.path for place in places if place.branch == trunk]
    if having[1:]:
        return None, f"{trunk} is checked out twice, in {having[0]} and in {having[1]}"
    if having and not having[0].is_dir():  # locked, so that nobody takes it for gone: a disk that is not mounted
        return None, f"{trunk} is checked out in {having[0]}, which is not there"
    return next(iter(having), None), ""


def _journal(project: Project) -> Path:
    return project.batty / "landing.json"


def _in_the_way(path: Path, old: str, new: str) -> list[str]:
    changes = objects.changes(path, old, new)
    changed = {change.path for change in changes}
    dirty = changed.intersection(worktrees.touched_paths(path))
    hidden = halfway.hidden_edits(path, changes)
    added = {_squatter(path, change.path, changed) for change in changes if change.is_new}
    return sorted(dirty.union(hidden, added) - {""})


def _squatter(path: Path, name: str, changed: set[str]) -> str:
    """What lies on disk where the new file ``name`` must go and is not the landing's own to take away ("": nothing):
    a file of that name, one where a directory must be, or one in a directory where the file must be."""
    for parent in list(Path(name).parents)[:-1]:
        full = path / parent
        if os.path.lexists(full) and (full.is_symlink() or not full.is_dir()):
            return "" if str(parent) in changed else str(parent)
    full = path / name
    if full.is_dir() and not full.is_symlink():
        below = (os.path.relpath(os.path.join(at, file), path) for at, _, files in os.walk(full) for file in files)
        return next((file for file in below if file not in changed), "")
    return name if os.path.lexists(full) else ""


def publish(project: Project, trunk: str, old: str, new: str) -> str | None:
    """Move the trunk from ``old`` to ``new``, which has ``old`` as its first parent. Call it under the landing lock.

    Returns why it did not move (somebody moved it first, or git refused), or None when it did. The journal lets
    the next call heal a checkout in which git was killed half-way.
    """
    path, hindrance = _place(project, trunk)
    if hindrance:
        return hindrance
    if path is None:
        moved = refs.update(project.root, f"refs/heads/{trunk}", new, old, "batty-hooks: land")
        return None if moved else f"{trunk} moved meanwhile"
    _enter(project, path, old, new)
    refused = worktrees.fast_forward(path, new)
    if refused is None and refs.branch_tip(project.root, trunk) == old:
        refused = f"git said yes, but {trunk} has not moved"
    if refused:
        _take_back(project, trunk, path, old, new)  # it may have begun: a full disk, a directory that is read-only
    atomic.remove(_journal(project))
    return refused


def recover(project: Project, trunk: str) -> None:
    """Finish with what a killed landing left behind in the checkout. Call it under the landing lock.

    Only files that hold what the landing was writing are put back; everything else is somebody's work. Raises
    FatalError (try again) while the git of the killed landing is still writing.
    """
    journal = _journal(project)
    try:
        facts = json.loads(journal.read_text())
        path, old, new = Path(facts["worktree"]), str(facts["old"]), str(facts["new"])
        begun = journal.stat().st_mtime
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        atomic.remove(journal)  # whatever it was, it cannot be made use of
        return
    _wait_for_its_git(old, new)
    if path.is_dir():
        halfway.drop_index_lock(path, old, new, begun)
        _enter(project, path, old, new)  # what follows locks the index too, later than the landing did
        _take_back(project, trunk, path, old, new)
    atomic.remove(journal)


def _enter(project: Project, path: Path, old: str, new: str) -> None:
    facts = {"old": old, "new": new, "worktree": str(path), "pid": os.getpid(), "birth": process.birth(os.getpid())}
    atomic.write(_journal(project), json.dumps(facts) + "\n")


def _take_back(project: Project, trunk: str, path: Path, old: str, new: str) -> None:
    if refs.branch_tip(project.root, trunk) == old and refs.current_branch(path) == trunk:
        halfway.take_back(path, old, new)


def _wait_for_its_git(old: str, new: str) -> None:
    """A lander that is killed alone leaves its git at work, and that may yet land what it was to land."""
    limit = time.monotonic() + _GIT_SECONDS
    while left := process.with_argument(new, f"--source={old}"):
        if time.monotonic() > limit:
            raise FatalError(
                f"git (process {left[0]}) is still at work for a landing that was killed",
                "the next step looks again; if that git hangs, end it",
                TRY_AGAIN,
            )
        time.sleep(_POLL_SECONDS)


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
