"""batty-hooks resume: go on after a pause."""

from __future__ import annotations

import click

from batty_hooks.moves import runner
from batty_hooks.state import project as project_map
from batty_hooks.state import spool
from batty_hooks.system import atomic


@click.command()
def command() -> None:
    """Go on where `batty-hooks pause` stopped."""
    project = project_map.here()
    atomic.remove(project.pause_file)
    spool.wish(project, project.root)  # the watcher sees the spool, not this file
    click.echo("resumed")
    runner.wake(project)
