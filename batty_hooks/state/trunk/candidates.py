"""What landing would make of the trunk, worked out without a checkout: one commit, several together, none at all.

A candidate's date is its newest commit's, so that the same inputs are the same commit and a test that reads the date
sees a plausible one.

The candidate keeps the trunk's board. A tracked `kanban.md` is taken from the trunk in every candidate: an engineer's
copy is stale the moment it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.system.git import config, merging, objects, refs, side_line, submodules
from batty_hooks.system.records import dataclass, replace

_NOBODY = ("batty-hooks", "batty-hooks@localhost")
_NO_DATE = "@0 +0000"  # of what nobody ever looks at


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


def is_unrelated(candidate: Candidate) -> bool:
    """Whether a candidate and the trunk have no commit in common."""
    return candidate.conflicts == (merging.UNRELATED,)


def is_cut_off(project: Project, candidate: Candidate) -> bool:
    """Whether a candidate cannot be merged only because this clone is shallow: the commit at which it left the trunk is
    not here."""
    return is_unrelated(candidate) and (project.common / "shallow").exists()


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


def is_missing(project: Project, tip: str, landing: str) -> bool:
    """Whether a landing's change, made once more, would change ``tip``, which holds its commit; also where they
    conflict."""
    before, tree = objects.parents(project.root, landing)[:1], objects.tree_of(project.root, tip)
    here = objects.commit(project.root, tree, before, "Without it\n", _NOBODY, _NO_DATE)
    again = merging.merge(project.root, here, landing, tip)
    return not again.clean or again.tree != tree


def has_all(project: Project, whole: str, part: str) -> bool:
    """Whether ``whole`` has all that commit ``part`` brings, be it by other commits (rebased, squashed): a merge of it
    would change nothing. No where one of them is not here, or where they conflict."""
    if refs.contains(project.root, whole, part):
        return True
    if not refs.resolve(project.root, f"{whole}^{{commit}}") or not refs.resolve(project.root, f"{part}^{{commit}}"):
        return False
    again = merging.merge(project.root, whole, part)
    return again.clean and again.tree == objects.tree_of(project.root, whole)


def is_renewed(project: Project, tip: str, head: str, commit: str) -> bool:
    """Whether ``head`` is ``commit`` on what the trunk at ``tip`` has by now, and nothing else: rebased there, or with
    the trunk merged into it. No where one of them is not here."""
    if head == commit:
        return True
    here = all(refs.resolve(project.root, f"{one}^{{commit}}") for one in (head, commit))
    base = refs.merge_base(project.root, head, tip) if here else None
    if not base or base == head:
        return False
    again = merging.merge(project.root, base, commit)
    return again.clean and again.tree == objects.tree_of(project.root, head)


def foresee(project: Project, base: str, commits: Sequence[str]) -> None:
    """Ask git about many commits at once, so that `candidate` and `contains` of each need no process of its own."""
    held = refs.contained(project.root, base, commits)
    open_ones = [commit for commit in commits if commit not in held]
    name = project.board_file.name
    objects.look_up_entries(project.root, [base, *open_ones], name)
    board = objects.entry(project.root, base, name)
    same = [commit for commit in open_ones if objects.entry(project.root, commit, name) == board]
    merging.merge_each(project.root, base, same)


def astray(project: Project, candidate: Candidate) -> list[tuple[str, str]]:
    """(path, why) of each submodule in a candidate that nobody could follow, and that the trunk has not so already."""
    return submodules.astray(project.root, project.common, candidate.base, candidate.tree)


def for_test(project: Project, candidate: Candidate, label: str) -> str:
    """The commit that is checked out to be tested: always the same for the same candidate and ``label``.

    Its date is that of the newest of its parents: a test may take the time of its build from there.
    """
    date = objects.newest_date(project.root, candidate.parents)
    return objects.commit(project.root, candidate.tree, candidate.parents, f"Candidate: {label}\n", _NOBODY, date)


def landing_commit(project: Project, base: str, parts: Sequence[tuple[str, str, str]], subject: str) -> tuple[str, str]:
    """The commit that lands ``parts`` on ``base``: of each its commit, the message of its merge and the tree it gives.
    And why it is not signed, where a person has told git to sign every commit ("": it is, or nobody has).

    One part is one merge commit. Several are a side line with a merge commit for each, and one merge of that line:
    so every commit of the trunk's first-parent line is a tree that was tested.
    """
    root, person = project.root, config.person(project.root)
    make = partial(side_line.make, root, base, parts, subject, person.identity)
    if not person.signs:
        return make(), ""
    try:
        return make(signed=True), ""
    except FatalError as error:  # what is tested lands all the same
        return make(), error.what


def _merged(project: Project, side: str, commit: str, base: str) -> Candidate:
    """``commit`` merged into ``side``, with the board that ``base`` has."""
    name, root = project.board_file.name, project.root
    objects.look_up_entries(root, [base, commit], name)
    board, theirs = objects.entry(root, base, name), commit
    if objects.entry(root, commit, name) != board:
        tree = objects.with_entry(root, objects.tree_of(root, commit), name, board)
        theirs = objects.commit(root, tree, [commit], "the same without its board\n", _NOBODY, _NO_DATE)
    merge = merging.merge(root, side, theirs, base)
    return Candidate(side, commit, merge.tree, merge.conflicts)
