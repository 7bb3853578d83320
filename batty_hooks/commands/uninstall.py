"""batty-hooks uninstall: the repository as it was before `install`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.runner import watcher_alive
from batty_hooks.state import githooks
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import lock, shipped
from batty_hooks.system.git import objects, refs, worktrees
from batty_hooks.system.git.worktrees import Worktree


@click.command()
@click.option("--purge", is_flag=True, help="Remove .batty/ too, with its worktrees, and an untouched kanban.md.")
def command(purge: bool) -> None:
    """Take the git hooks out and put back what was there.

    Work in .batty/ is kept without --purge.
    """
    project = project_map.find(Path.cwd())
    _require_idle(project)
    if purge:
        _remove_worktrees(project)
        for line in _remove_pins(project):
            click.echo(line)
    for line in githooks.uninstall(project):
        click.echo(line)
    if purge:
        for line in [*_remove_board(project), *_remove_batty(project)]:
            click.echo(line)
    elif project.batty.exists():
        click.echo(f"kept: {project.batty} and kanban.md; `batty-hooks uninstall --purge` removes them")


def _require_idle(project: Project) -> None:
    pid = watcher_alive(project)
    if pid is not None:
        raise FatalError(f"the watcher is running (pid {pid})", f"end it first: Ctrl-C where it runs, or `kill {pid}`")
    if not lock.is_free(project.lock("wake")):
        raise FatalError("a commit is being looked at right now", "wait for it, then try again", TRY_AGAIN)


def _remove_worktrees(project: Project) -> None:
    """All or none: work that is in no commit, or in no branch, stops it before anything is removed."""
    ours = [place for place in worktrees.listed(project.root) if place.path.parent == project.worktrees]
    people = [place for place in ours if not place.path.name.startswith("gate-")]
    for place in people:
        if not place.prunable:
            _require_saved(project, place)
    for place in ours:
        if place in people and not place.prunable:
            worktrees.remove(project.root, place.path)
        else:
            worktrees.discard(project.root, place.path)  # a checkout of a candidate: nobody works in it


def _require_saved(project: Project, place: Worktree) -> None:
    changed = worktrees.dirty_paths(place.path)
    if changed:
        raise FatalError(
            f"{place.path} has changes that are in no commit ({', '.join(changed[:3])})",
            "commit or remove them; nothing has been removed yet",
        )
    if place.branch is None and not _in_a_branch(project, place.head):
        raise FatalError(
            f"the commits in {place.path} are on no branch",
            f"give them one: `git branch NAME {place.head[:12]}`; nothing has been removed yet",
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
            lines.append(f"kept: {name}, whose commits are on no branch; `git update-ref -d {name}` removes it")
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
    """The team's files stay where somebody has committed them: they are the repository's own then."""
    files = [path for path in project.batty.rglob("*") if path.is_symlink() or not path.is_dir()]
    mine = {path for path in files if path.is_relative_to(project.team_directory) or path.name == ".gitignore"}
    tracked = {path for path in mine if _is_tracked(project, path)}
    if not tracked:
        shutil.rmtree(project.batty, ignore_errors=True)
        return [f"removed: {project.batty}"]
    for path in set(files) - tracked:
        path.unlink()
    for directory, _, _ in os.walk(project.batty, topdown=False):
        if not os.listdir(directory):
            os.rmdir(directory)
    return [f"removed: {project.batty}, but for the {len(tracked)} files of it that are committed"]


def _is_tracked(project: Project, path: Path) -> bool:
    if project.is_bare:
        return False
    return objects.blob_at(project.root, "", str(path.relative_to(project.root))) is not None  # ":path" is the index
