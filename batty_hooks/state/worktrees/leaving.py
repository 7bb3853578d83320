"""An engineer's worktree goes to another commit: what is in it is kept first, and told; nothing of it is deleted.

One commit under `refs/batty/saved/<member>/` holds all that git can hold: the files as its tree; what was staged,
commits on no branch (by the worktree's reflog) and what an operation in progress needs as its parents. What git cannot
hold (repositories, big files, ignored files that the next commit would write over) is renamed into
`.batty/saved/<member>/<the commit's name>/`. No `git clean`: only what was kept goes, and it is looked again, for a
.gitignore that is gone may have hidden more. Killed anywhere, it is made again: what is kept already is found again.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.system import directories, screen
from batty_hooks.system.git import config, leftovers, links, refs, submodules, worktrees
from batty_hooks.system.git.leftovers import Leftovers
from batty_hooks.system.records import dataclass

_TRIES = 3
_NAMED = 5


@dataclass(frozen=True)
class Kept:
    """What was kept of a member's worktree: the ref that holds what git can hold, and all of it in words."""

    ref: str
    says: str


Tell = Callable[[Kept], None]


def saved_of(project: Project, member: str, branch: str) -> list[str]:
    """The refs under which is kept what a member left on a branch."""
    prefix = _refs(member, branch)
    return [name for name in refs.listed(project.root, f"refs/batty/saved/{member}/") if name.startswith(prefix)]


def _refs(member: str, branch: str) -> str:
    """How the refs begin that keep what a member left on a branch ("": on none)."""
    name = branch.removeprefix(f"{member}/").replace("/", "-")
    return f"refs/batty/saved/{member}/{name}{'.' if name else ''}"


def leave(project: Project, member: str, path: Path, target: str, tell: Tell) -> None:
    """Bring the worktree at ``path`` to ``target``, on no branch, if anything is in the way of its going there.

    All that is in it is kept first, but for what git ignores, which stays where it is unless ``target`` has a file of
    its own there. ``tell`` gets what is going to be kept before anything is taken away. Raises FatalError when git
    cannot do it.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            _leave(project, member, path, target, tell)
            return
        except (FatalError, OSError):
            if attempt == _TRIES:
                raise
            directories.open_up(path, files=True)


def give_way(project: Project, member: str, path: Path, tell: Tell) -> None:
    """Lead a worktree and the repository to each other again; or, where that cannot be, make room for a new one at
    ``path``. Raises FatalError where its owner has locked one that is not there: its disk is away."""
    known, place = links.registration(project.common, path), project.saved / member / directories.identity(path)
    if known and os.path.lexists(path) and (path / ".git").is_dir():
        tell(Kept(str(place), f"{path / '.git'} is a repository of its own: moved to {place}"))
        leftovers.move(path / ".git", place / ".git")
    links.lead_back(project.common, project.worktrees)
    if links.leads_to(project.common, path):
        return
    if known and (known / "locked").exists():
        mend = f"git worktree unlock {shlex.quote(str(path))}  (or bring it back)"
        raise FatalError(f"{path} is not there, and git has it locked", mend)
    if known:
        _keep_known(project, member, known, tell)
    if os.path.lexists(path):
        tell(Kept(str(place), f"what lay at {path} is no worktree of this repository: moved to {place}"))
        leftovers.move(path, place / path.name)


def _keep_known(project: Project, member: str, known: Path, tell: Tell) -> None:
    """What the repository alone knows of a worktree that is gone: commits on no branch, what was staged."""
    found = leftovers.of_gone(project.root, known)
    if found:
        _keep(project.root, project, member, known, found, tell, "")


def _leave(project: Project, member: str, path: Path, target: str, tell: Tell) -> None:
    directory = links.own_directory(path)
    if directory is None:
        raise FatalError(f"{path} is no worktree of this repository any more", "batty-hooks step")
    submodules.bring(path, target, project.common / "modules")
    index = leftovers.read_index(path)
    for place, commit in leftovers.submodules(path, target, index):
        _leave_submodule(project, member, place, commit, tell)
    _clear(project, member, project.root, path, directory, target, tell, None if index.submodules else index)


def _leave_submodule(project: Project, member: str, place: Path, target: str, tell: Tell) -> None:
    """The same inside a submodule; what is kept there is in a ref of the submodule's own repository."""
    for inner, commit in leftovers.submodules(place, target):
        _leave_submodule(project, member, inner, commit, tell)
    _clear(project, member, place, place, leftovers.directory_of(place), target, tell)
    if refs.resolve(place, "HEAD") != target:
        worktrees.leave_branch(place, target)


def _clear(
    project: Project, member: str, repository: Path, path: Path, directory: Path, target: str, tell: Tell,
    index: leftovers.Index | None = None,
) -> None:  # fmt: skip
    """Keep and go until nothing new is found: what a .gitignore has hidden shows itself once that is gone, and some
    files are changed the moment they are checked out (line endings)."""
    before = None
    while (found := leftovers.find(repository, path, directory, target, index)) and found != before:
        _keep(repository, project, member, path, found, tell, target)
        leftovers.leave(path, target, found)
        before, index = found, None


def _keep(cwd: Path, project: Project, member: str, path: Path, found: Leftovers, tell: Tell, target: str) -> None:
    """What a leaving that was killed has kept is found again: it left part of that behind on ``target``, on no
    branch."""
    latest, branch = f"refs/batty/saved/{member}/latest", refs.current_branch(path) or ""
    message = f"What {member} left{f' in the middle of a {found.operation}' if found.operation else ''}\n"
    identity = config.person(project.root).identity
    known, has_gone = refs.resolve(cwd, latest), not branch and found.head == target
    commit = leftovers.keep(cwd, found, known, message, identity, has_gone)
    saved = refs.listed(cwd, f"refs/batty/saved/{member}/")
    names = [name for name, oid in saved.items() if oid == commit and name != latest]
    ref = next(iter(names), f"{_refs(member, branch)}{commit[:12]}")
    refs.update_all(cwd, {ref: commit, latest: commit})
    place = project.saved / member / commit[:12]
    where = "" if cwd == project.root else f" in the submodule {path.name}"
    tell(Kept(ref, _words(member, found, f"{ref}{where}", place)))
    leftovers.move_aside(path, found, place)


def _words(member: str, found: Leftovers, ref: str, place: Path) -> str:
    """What was kept, and where, in one line."""
    what = []
    if found.changed:
        what.append(f"uncommitted files of {member}")
    if found.staged:
        what.append(f"what {member} had staged")
    if found.ends:
        what.append(f"{screen.counted(len(found.ends), 'commit')} of {member} on no branch")
    if found.operation:
        what.append(f"the {found.operation} that {member} was in the middle of")
    said = [f"{', '.join(what)}: kept as {ref}"] if what else []
    if found.aside:
        more = f" and {len(found.aside) - _NAMED} more" if found.aside[_NAMED:] else ""
        said.append(f"what git cannot hold ({', '.join(found.aside[:_NAMED])}{more}): moved to {place}")
    return "; ".join(said)
