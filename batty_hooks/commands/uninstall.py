"""batty-hooks uninstall: the repository as it was before `install`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.people import identity
from batty_hooks.state import githooks, hosts, members, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import directories, lock, process, shipped
from batty_hooks.system.git import links, merging, objects, refs, submodules, worktrees
from batty_hooks.system.git.worktrees import Worktree

_PATIENCE_SECONDS = 10.0
_NOTHING = "nothing has been removed yet"


@click.command()
@click.option("--purge", is_flag=True, help="Remove .batty/ too, with its worktrees, and an untouched kanban.md.")
def command(purge: bool) -> None:
    """Take the git hooks out and put back what was there.

    Work in .batty/ is kept without --purge.
    """
    project = project_map.find(Path.cwd())
    identity.require_person(project, Path.cwd(), "take batty-hooks out")
    if not project.prepared:
        _take_out(project, purge)
        return
    project.require_prepared()
    with _nobody_at_work(project):
        _take_out(project, purge)


def _take_out(project: Project, purge: bool) -> None:
    hosts.end(project)
    for name, run in members.running(project).items():
        process.end_with_waiter(run.group, run.birth)
        click.echo(f"ended: the command of {name} (process {run.group}); what it has committed is kept")
    if purge:
        _remove_worktrees(project)
        for line in _remove_pins(project):
            click.echo(line)
    for line in githooks.uninstall(project):
        click.echo(line)
    merging.forget(project.common)
    directories.remove(project.clash_objects)
    if purge:
        for line in [*_remove_board(project), *_remove_batty(project)]:
            click.echo(line)
    elif project.batty.exists():
        click.echo(f"kept: {project.batty} and kanban.md; `batty-hooks uninstall --purge` removes them")


@contextlib.contextmanager
def _nobody_at_work(project: Project) -> Iterator[None]:
    """Nobody is woken meanwhile: a commit of a moment ago is looked at first; a later wake finds no hooks of ours."""
    pid = watcher.alive(project)
    if pid is not None:
        raise FatalError(f"the watcher is running (pid {pid})", f"end it first: Ctrl-C where it runs, or `kill {pid}`")
    with contextlib.ExitStack() as stack:
        try:
            for name in ("wake-next", "wake"):
                stack.enter_context(lock.held(project.lock(name), _PATIENCE_SECONDS))
        except FatalError:
            raise FatalError(
                "a commit is being looked at right now", "batty-hooks uninstall  (once that has ended)", TRY_AGAIN
            ) from None
        yield


def _remove_worktrees(project: Project) -> None:
    """All or none: work that is in no commit, or in no branch, stops it before anything is removed."""
    for left in project.worktrees.glob(".tmp-*"):  # by one that was killed: what was in it was seen to be saved
        directories.remove(left)
    ours = {place.path: place for place in worktrees.listed(project.root) if place.path.parent == project.worktrees}
    people = [place for path, place in ours.items() if not path.name.startswith("gate-")]
    for place in people:
        if place.path.exists():
            _require_saved(project, place)
    for path in project.worktrees.iterdir() if project.worktrees.exists() else ():
        if path not in ours and not path.name.startswith("gate-") and (not path.is_dir() or any(path.iterdir())):
            raise FatalError(
                f"{path} is no worktree of this repository",
                f"ls -A {quote(str(path))}  (move it away if you need it; {_NOTHING})",
            )
    for path in ours:
        if not worktrees.half_made(path):
            directories.remove_at_once(path)
        worktrees.discard(project.root, path)


def _require_saved(project: Project, place: Worktree) -> None:
    if not links.leads_to(project.common, place.path):
        raise FatalError(f"{place.path} and its repository have lost each other", f"run `batty-hooks step`; {_NOTHING}")
    if place.locked is not None and not place.half_made:
        raise FatalError(f"{place.path} is locked", f"`git worktree unlock {quote(str(place.path))}`; {_NOTHING}")
    if place.uprooted and place.head.strip("0") and not _in_a_branch(project, place.head):
        what = f"the branch {place.branch} was deleted while it was checked out in {place.path}"
        raise FatalError(what, f"git branch {quote(place.branch or '')} {place.head[:12]}  ({_NOTHING})")
    changed = worktrees.dirty_paths(place.path)
    for submodule, what in submodules.nowhere_else(place.path, project.common / "modules"):
        raise FatalError(
            f"the submodule {submodule} has {what}",
            f"git -C {quote(str(submodule))} status  (commit and push them, or remove them; {_NOTHING})",
        )
    if changed:
        raise FatalError(
            f"{place.path} has changes that are in no commit ({', '.join(changed[:3])})",
            f"git -C {quote(str(place.path))} status  (commit or remove them; {_NOTHING})",
        )
    if place.branch is None and not _in_a_branch(project, place.head):
        raise FatalError(
            f"the commits in {place.path} are on no branch",
            f"give them one: `git branch NAME {place.head[:12]}`; {_NOTHING}",
        )


def _in_a_branch(project: Project, commit: str) -> bool:
    tips = set(refs.listed(project.root, "refs/heads").values())
    return commit in tips or any(refs.contains(project.root, tip, commit) for tip in tips)


def _remove_pins(project: Project) -> list[str]:
    lines = []
    for name, commit in refs.listed(project.root, "refs/batty").items():
        if _in_a_branch(project, commit):
            refs.delete(project.root, name, commit)
        else:
            lines.append(f"kept: {name}, whose commits are on no branch; `git update-ref -d {quote(name)}` removes it")
    return lines


def _remove_board(project: Project) -> list[str]:
    board = project.board_file
    if not board.exists() or _is_tracked(project, board):
        return []
    if board.read_bytes() == (shipped.templates() / "kanban.md").read_bytes():
        board.unlink()
        return []
    return [f"kept: {board}, because somebody wrote on it"]


def _remove_batty(project: Project) -> list[str]:
    """The team's files stay where somebody has committed them: they are the repository's own then. What members have
    left, and git could not hold, stays too."""
    files = [path for path in project.batty.rglob("*") if path.is_symlink() or not path.is_dir()]
    saved = {path for path in files if path.is_relative_to(project.saved)}
    mine = {path for path in files if path.is_relative_to(project.own_team_file.parent) or path.name == ".gitignore"}
    tracked = {path for path in mine - saved if _is_tracked(project, path)}
    for path in set(files) - tracked - saved:
        path.unlink()
    for directory, _, _ in os.walk(project.batty, topdown=False):
        if not (saved and Path(directory).is_relative_to(project.saved)) and not os.listdir(directory):
            directories.remove(Path(directory))  # (.batty may be a link)
    but = f", but for the {len(tracked)} files of it that are committed" if tracked else ""
    left = f"kept: {project.saved}, which members have left in their worktrees; delete it when you are sure"
    return [f"removed: {project.batty}{but}", *([left] if saved else [])]


def _is_tracked(project: Project, path: Path) -> bool:
    if project.is_bare:
        return False
    return objects.blob_at(project.root, "", str(path.relative_to(project.root))) is not None  # ":path" is the index
