"""What has landed, read from the trunk's history: which merge brought a commit in, and what landed since when."""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.state.project import Project
from batty_hooks.state.trunk.candidates import is_missing
from batty_hooks.system.git import objects, refs, reverts

_TRAILERS = ("Card", "Member", "Branch", "Attempt", "Gate")


def fork(project: Project, trunk_tip: str, commit: str) -> str | None:
    """The commit at which ``commit`` left the trunk; None when they have nothing in common."""
    return refs.merge_base(project.root, trunk_tip, commit)


def landings_of(project: Project, trunk_tip: str, commits: Sequence[str]) -> dict[str, str]:
    """The merge commit that brought each of ``commits`` in: on the trunk's first-parent line or, where several landed
    together, on the side line that was merged there. What the trunk does not hold is not in it."""
    found: dict[str, str] = {}
    for commit in commits:
        if commit not in found and (landing := objects.brought_in_by(project.root, trunk_tip, commit)):
            for own in _side_line(project, landing):
                found.setdefault(own.parents[1], own.commit)
            found.setdefault(commit, landing)
    return found


def landing_of(project: Project, trunk_tip: str, commit: str) -> str | None:
    """The merge commit that brought one commit in, or None."""
    return landings_of(project, trunk_tip, [commit]).get(commit)


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


def landed_at(project: Project, commits: Sequence[str]) -> dict[str, float]:
    """When each of those commits was made (seconds since the epoch), with one git for all."""
    if commits:
        objects.newest_date(project.root, commits)
    return {commit: float(objects.newest_date(project.root, [commit])[1:].split()[0]) for commit in commits}


def landed_paths(project: Project, commit: str) -> list[str]:
    """The paths a landing changed."""
    before = objects.parents(project.root, commit)[:1]
    return objects.changed_paths(project.root, before[0], commit) if before else []


def reverted(project: Project, tip: str, commits: Sequence[str]) -> dict[str, list[str]]:
    """Which of those landings, all of them in ``tip``, are taken back by reverts, and by which: of the landing, of the
    one it was part of, or of each of its commits. Not where the work is there again, however it came there."""
    at = landed_at(project, commits)
    reverts_of = reverts.standing(project.root, tip, min(commits, key=at.__getitem__)) if commits else {}
    found = {commit: _reverts_of(project, tip, commit, reverts_of) for commit in commits if reverts_of}
    return {commit: by for commit, by in found.items() if by and is_missing(project, tip, commit)}


def _reverts_of(project: Project, tip: str, landing: str, known: dict[str, str]) -> list[str]:
    def of(commit: str) -> list[str]:
        return [by for name, by in known.items() if commit.startswith(name)][:1]

    whole = objects.brought_in_by(project.root, tip, landing)  # of what landed together; else only what came after it
    if whole and objects.parents(project.root, whole)[:1] == [landing]:
        whole = None
    if found := of(landing) or (of(whole) if whole else []):
        return found
    each = [of(commit) for commit in reverts.brought(project.root, landing)]
    return [by for found in each for by in found] if all(each) else []


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
