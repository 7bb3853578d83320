"""batty-hooks install: the git hooks, the gate's settings and a board in an existing repository; no team."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.moves.base import Look, guarding
from batty_hooks.state import githooks, team
from batty_hooks.state import project as project_map
from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.state.testcommand import find_test_command
from batty_hooks.system import shipped
from batty_hooks.system.git import refs


@click.command()
def command() -> None:
    """Set up git hooks, board and gate, without a team.

    The git hooks that are here go on working. Nothing is committed.
    """
    project = project_map.find(Path.cwd())
    project.prepare()
    githooks.write_launcher(project)
    trunk = refs.default_branch(project.root) or refs.current_branch(project.root)
    team.write_hooks_only(project, trunk, find_test_command(project.root))
    store.create(project, (shipped.templates() / "kanban.md").read_bytes())
    githooks.exclude(project)
    done = githooks.install(project)  # from here on commits are noticed
    guarding.set_up(Look(project))
    click.echo(f"batty-hooks is installed in {project.root}")
    for line in done:
        click.echo(f"  hooks  {line}")
    click.echo("  board  kanban.md, kept out of commits by .git/info/exclude")
    _say_gate(project)


def _say_gate(project: Project) -> None:
    settings = project.team_file.relative_to(project.root)
    loaded = team.load(project)
    if loaded.gate.command:
        click.echo(f"  gate   {loaded.gate.command}  (as {settings} says)")
        click.echo("Next: commit in any worktree and `batty-hooks status` shows the verdict;")
        click.echo("      `batty-hooks merge BRANCH` lands a branch that passes on the trunk.")
    else:
        click.echo("  gate   no test command was found, and nothing lands without one")
        click.echo(f"Next: give the command that tests this project in {settings}: `gate: command: …`")
    if not refs.resolve(project.root, "HEAD"):
        click.echo("      There is no commit yet: the gate waits for the first one.")
