"""`refs/heads/undo/<card>` and `refs/batty/undo/<card>`: a landing that is to be taken off the trunk again.

The commit that takes it back stands on the landing itself and has the tree from before it. So merging it is the revert,
wherever the trunk has gone since, with the conflicts a revert would have; and it is an offer like any other.
"""

from __future__ import annotations

from batty_hooks.state.project import Project
from batty_hooks.system.git import config, objects, refs

_PINS = "refs/batty/undo/"


def undo_branch(card: str) -> str:
    """The branch with that commit."""
    return f"undo/{card}"


def prepare(project: Project, card: str, landed: str, why: str, before: str = "") -> str | None:
    """Make the commit that takes a landing back, pinned, on its branch; the one there is, where it is still that. None
    when there is a branch of that name with something else. ``before`` is where the trunk stood before it ("": at its
    first parent)."""
    root, name = project.root, f"refs/heads/{undo_branch(card)}"
    there = refs.branch_tip(root, undo_branch(card))
    if there and objects.parents(root, there) != [landed]:
        return None
    before = before or objects.parents(root, landed)[0]
    text, who = _message(project, card, landed, before, why), config.person(root).identity
    commit = there or objects.commit(root, objects.tree_of(root, before), [landed], text, who)
    refs.update(root, f"{_PINS}{card}", commit, reason=f"undo {card}")
    if not there and not refs.update(root, name, commit, refs.ZERO, reason=f"undo {card}"):
        return None
    return commit


def _message(project: Project, card: str, landed: str, before: str, why: str) -> str:
    """git's own words, by which others know a revert."""
    subject = objects.message(project.root, landed).partition("\n")[0]
    reason = f"{why}\n\n" if why else ""
    return (
        f'Revert "{subject}"\n\n{reason}This reverts commit {landed}, reversing\nchanges made to {before}.\n\n'
        f"Undo: {card}\n"
    )


def undoing_of(project: Project) -> dict[str, str]:
    """The cards that are being taken back, with the commits that do it."""
    return {name.removeprefix(_PINS): commit for name, commit in refs.listed(project.root, _PINS).items()}


def why_undone(project: Project, commit: str) -> str:
    """The reason that was given with such a commit; "" when none was."""
    text = objects.message(project.root, commit).partition("\n\n")[2].partition("This reverts commit ")[0]
    return " ".join(text.split())


def undone(project: Project, card: str, commit: str) -> None:
    """It is off the trunk, and the board says so."""
    refs.delete(project.root, f"{_PINS}{card}", commit)
