"""batty-hooks resume: go on after a pause."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.people import identity
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import spool, watcher
from batty_hooks.state.team import rights


@click.command()
def command() -> None:
    """Go on where `batty-hooks pause` stopped."""
    project = project_map.here()
    identity.require(Look(project), Path.cwd(), rights.PAUSE, "", "resume")
    watcher.resume(project)
    spool.wish(project, project.root)  # the watcher sees the spool, not this file
    click.echo("resumed")
    watcher.wake(project)
