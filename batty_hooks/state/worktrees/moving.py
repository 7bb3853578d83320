"""A member's own worktree: made, brought to a card's branch, and home again."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.state.worktrees.branches import drop_branches, name_again
from batty_hooks.state.worktrees.leaving import Kept, Tell, give_way, leave
from batty_hooks.system import regular
from batty_hooks.system.git import leftovers, links, refs, submodules, unfinished, worktrees


def ensure(project: Project, member: str, commit: str, tell: Tell) -> Path:
    """Make the member's worktree if it is not there, on ``commit``, with a link to the board in it. One whose `.git` is
    gone gets it back; what else lies in its place is kept, and ``tell`` is told of it."""
    path = project.worktree(member)
    if not links.leads_to(project.common, path) and not worktrees.half_made(path):
        give_way(project, member, path, tell)
    if not links.leads_to(project.common, path) or worktrees.half_made(path):
        worktrees.add(project.root, path, commit)
    _furnish(project, path)
    return path


def _furnish(project: Project, path: Path) -> None:
    """What `git worktree add` and `git switch` do not bring: the board, and submodules."""
    link_board(project, path)
    submodules.fill(path, project.common / "modules")


def link_board(project: Project, path: Path) -> None:
    """Put a link to the board into a worktree, unless the repository tracks one there."""
    link = path / project.board_file.name
    if not os.path.lexists(link):
        link.symlink_to(os.path.relpath(project.board_file, path))


def has_board(project: Project, path: Path) -> bool:
    """Whether the link in a worktree leads to the board."""
    link, board = f"{path}/{project.board_file.name}", project.board_file
    if not os.path.islink(link):
        return False
    return os.readlink(link) == os.path.relpath(board, path) or os.path.realpath(link) == os.path.realpath(board)


def free_board(project: Project, member: str, path: Path, tell: Tell) -> None:
    """Move away what is in the place of the link to the board, and cannot be a save of it."""
    link = path / project.board_file.name
    if os.path.lexists(link):
        place = project.saved / member / f"{os.lstat(link).st_mtime_ns:x}"
        kind = "a link to elsewhere" if link.is_symlink() else regular.kind(link)
        tell(Kept(str(place), f"{link} was {kind}, no link to the board any more: moved to {place}"))
        leftovers.move(link, place / link.name)


def begin(project: Project, member: str, branch: str, commit: str, tell: Tell, kept: Collection[str] = ()) -> None:
    """Bring the member's own worktree to ``branch``, made from ``commit`` if there is none yet.

    What is left there is kept, and ``tell`` is told of it (leaving.py). A worktree that is in the middle of a rebase of
    just this branch stays as it is. An earlier branch stays unless ``commit`` contains it and it is none of ``kept``;
    one of that very name that ``commit`` contains, of a card that was reopened, is brought up to it.
    """
    path = ensure(project, member, commit, tell)
    _bring_branch_back(project, path)
    before = refs.current_branch(path)
    tip = refs.branch_tip(project.root, branch)
    if before == branch and tip and refs.contains(project.root, commit, tip) and not worktrees.dirty_paths(path):
        worktrees.fast_forward(path, branch, commit)
        submodules.update(path, project.common / "modules")
    if branch in (before, unfinished.rebased_branch(leftovers.directory_of(path))):
        return
    if tip:
        drop_branches(project, [branch], commit)
    exists = refs.branch_tip(project.root, branch) if tip else None
    leave(project, member, path, exists or commit, tell)
    worktrees.switch(path, branch, None if exists else commit)
    _furnish(project, path)
    if before and before not in kept:
        drop_branches(project, [before], commit)


def go_home(project: Project, member: str, branch: str, commit: str, tell: Tell) -> None:
    """Bring the member's own worktree from ``branch`` to ``commit`` on no branch, and delete ``branch`` if ``commit``
    contains it. What is left there is kept, and ``tell`` is told of it. On another branch by now, it stays there."""
    path = project.worktree(member)
    if refs.current_branch(path) != branch:
        return
    _bring_branch_back(project, path)
    leave(project, member, path, commit, tell)
    worktrees.leave_branch(path, commit)
    _furnish(project, path)
    drop_branches(project, [branch], commit)


def _bring_branch_back(project: Project, path: Path) -> None:
    """Have the branch that somebody deleted under a worktree stand again where it stood: all there would look new, and
    what was committed would be on no branch."""
    branch = refs.current_branch(path)
    is_gone = branch and refs.branch_tip(project.root, branch) is None
    tip = unfinished.stood_on(leftovers.directory_of(path)) if is_gone else ""
    if branch and tip:
        name_again(project, branch, tip)
