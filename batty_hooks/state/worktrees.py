"""`.batty/worktrees/<member>/`: the engineers' worktrees, and who is at home where.

In a repository without a team (hooks only) every linked worktree is a member named after its directory: the way
people work with `git worktree add ../agent-1 -b agent-1/auth` before they let a tool do it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system.git import objects, refs, worktrees
from batty_hooks.system.git.worktrees import Worktree

_GATE = re.compile(r"gate-\d+\Z")
_LONGEST_SLUG = 40


def homes(project: Project) -> dict[str, Worktree]:
    """Every linked worktree by the name of the member who works there; gate worktrees are nobody's."""
    found: dict[str, Worktree] = {}
    for place in worktrees.listed(project.root)[1:]:
        name = place.path.name
        ours = place.path.parent == project.worktrees
        if place.prunable or place.half_made or not place.path.is_dir() or (ours and _GATE.match(name)):
            continue
        if ours or name not in found:
            found[name] = place
    return found


def is_managed(project: Project, path: Path) -> bool:
    """Whether we made the worktree at ``path`` (others' worktrees are never switched or cleaned by us)."""
    return path.parent == project.worktrees


def member_at(project: Project, place: Path) -> str | None:
    """Whose worktree ``place`` lies in; None in the primary checkout."""
    place = place.absolute()
    for directory in (place, *place.parents):
        if (directory / ".git").exists():
            return None if directory == project.root else directory.name
    return None


def branch_for(member: str, card: str, title: str) -> str:
    """The branch of a card: `<member>/<card id>-<slug>`."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return f"{member}/{card}-{plain}" if plain else f"{member}/{card}"


def branch_of(project: Project, member: str, card: str) -> str | None:
    """The branch a member has for a card: his own by name, else what his worktree has checked out."""
    prefix = f"refs/heads/{member}/{card}"
    for name in refs.listed(project.root, f"refs/heads/{member}/"):
        if name == prefix or name.startswith(f"{prefix}-"):
            return name.removeprefix("refs/heads/")
    if (project.worktree(member) / ".git").exists():
        return None
    home = homes(project).get(member)
    return home.branch if home and not is_managed(project, home.path) else None


def moved_on(project: Project, branch: str, reported: str) -> str:
    """What has become of a branch since its commit ``reported`` was offered, for its engineer; "" while it stands.

    The commit that was reported is pinned and is what counts, whatever its branch does.
    """
    now = refs.branch_tip(project.root, branch)
    if now == reported:
        return ""
    what = f"What counts is {reported[:10]}, the commit that was reported. {branch} "
    if now is None:
        return f"{what}has been deleted since: `git branch {branch} {reported[:10]}` brings it back.\n"
    if refs.contains(project.root, now, reported):
        return f"{what}has newer commits, up to {now[:10]}: report them with `batty-hooks done`.\n"
    return f"{what}has been moved to {now[:10]} since, which does not contain it.\n"


def ensure(project: Project, member: str, commit: str) -> Path:
    """Make the member's worktree if it is not there, on ``commit``, with a link to the board in it."""
    path = project.worktree(member)
    if not (path / ".git").exists() or worktrees.half_made(path):
        worktrees.add(project.root, path, commit)
    link_board(project, path)
    return path


def link_board(project: Project, path: Path) -> None:
    """Put a link to the board into a worktree, unless the repository tracks one there."""
    link = path / project.board_file.name
    if not os.path.lexists(link):
        link.symlink_to(os.path.relpath(project.board_file, path))


def begin(project: Project, member: str, branch: str, commit: str) -> str | None:
    """Bring the member's own worktree to ``branch``, made from ``commit`` if there is none yet.

    What lay there uncommitted is kept as a commit under refs/batty/saved/ first; returns that ref, or None when
    the worktree was clean. An earlier branch stays unless ``commit`` contains it.
    """
    path = ensure(project, member, commit)
    before = refs.current_branch(path)
    if before == branch:
        return None
    saved = _save_leftovers(project, member, path)
    exists = refs.branch_tip(project.root, branch)
    worktrees.switch(path, branch, None if exists else commit)
    link_board(project, path)
    if before:
        drop_branches(project, [before], commit)
    return saved


def go_home(project: Project, member: str, commit: str) -> str | None:
    """Bring the member's own worktree to ``commit`` on no branch, and delete the branch it was on if ``commit``
    contains it. Returns the ref under which what lay there uncommitted is kept, or None."""
    path = project.worktree(member)
    before = refs.current_branch(path)
    saved = _save_leftovers(project, member, path)
    worktrees.leave_branch(path, commit)
    link_board(project, path)
    if before:
        drop_branches(project, [before], commit)
    return saved


def _save_leftovers(project: Project, member: str, path: Path) -> str | None:
    if not worktrees.dirty_paths(path):
        return None
    message = f"What {member} left uncommitted\n"
    identity = objects.identity(project.root)
    commit = worktrees.save(path, f"refs/batty/saved/{member}/latest", message, identity)
    ref = f"refs/batty/saved/{member}/{commit[:12]}"
    refs.update(project.root, ref, commit)
    worktrees.checkout_same(path)
    return ref


def drop_branches(project: Project, branches: Iterable[str], trunk_tip: str) -> None:
    """Delete branches that the trunk contains and nobody has checked out; the others stay."""
    tips = {branch: refs.branch_tip(project.root, branch) for branch in branches}
    landed = refs.contained(project.root, trunk_tip, filter(None, tips.values()))
    going = {branch: tip for branch, tip in tips.items() if tip and tip in landed}
    if going:
        in_use = {place.branch for place in worktrees.listed(project.root)}
        for branch in going.keys() - in_use:
            refs.delete(project.root, f"refs/heads/{branch}", going[branch])
