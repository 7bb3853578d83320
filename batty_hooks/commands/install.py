"""batty-hooks install: the git hooks, the gate's settings and a board in an existing repository; no team."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from batty_hooks.people import installing
from batty_hooks.state import project as project_map
from batty_hooks.state import team, testcommand
from batty_hooks.system.git import refs


@click.command()
def command() -> None:
    """Set up git hooks, board and gate, without a team.

    The git hooks that are here go on working. Nothing is committed. A team.yaml that is here is kept; it gets a test
    command when it has none and one is found.
    """
    project = project_map.find(Path.cwd())
    project.require_new_place()
    project.prepare()
    guess = testcommand.find(project)
    written = team.file(project).exists()  # maybe on the trunk alone: a file of that name here would be in its way
    is_new = not written and team.write_hooks_only(
        project, installing.trunk_of(project), guess.command, installing.remote_of(project)
    )
    trunk = installing.bring_trunk(project)
    _, done = installing.set_up(project)
    click.echo(f"batty-hooks is installed in {project.root}")
    _say("hooks", done)
    _say("board", installing.say_board(project))
    _say("trunk", installing.say_trunk(project, trunk))
    _say("server", installing.say_remote(project))
    _say("gate", installing.say_gate(project, guess if is_new and guess.command else None))
    _say("commit", installing.say_commit(project))
    _say("note", testcommand.find_onlookers(project))
    if team.load(project).gate.command:
        click.echo("Next: commit in any worktree and `batty-hooks status` shows the verdict;")
        click.echo("      `batty-hooks merge BRANCH` lands a branch that passes on the trunk.")
    if not refs.resolve(project.root, "HEAD"):
        click.echo("There is no commit yet: the gate waits for the first one.")


def _say(about: str, lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"  {about:<6} {line}")
        about = ""
