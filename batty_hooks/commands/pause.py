"""batty-hooks pause: nothing new is dispatched, delivered or landed."""

from __future__ import annotations

import click

from batty_hooks.state import events
from batty_hooks.state import project as project_map
from batty_hooks.system import atomic


@click.command()
def command() -> None:
    """Dispatch and land nothing new until `batty-hooks resume`.

    Running work goes on.
    """
    project = project_map.here()
    atomic.create(project.pause_file, f"{events.now()}\n")
    click.echo("paused: running work goes on, nothing new is dispatched or landed; `batty-hooks resume` ends it")
