"""batty-hooks pause: nothing new is dispatched, delivered or landed."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.people import identity
from batty_hooks.rules.look import Look
from batty_hooks.state import events, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.team import rights


@click.command()
def command() -> None:
    """Dispatch and land nothing new until `batty-hooks resume`.

    Running work goes on.
    """
    project = project_map.here()
    identity.require(Look(project), Path.cwd(), rights.PAUSE, "", "pause")
    watcher.pause(project, events.now())
    click.echo("paused: running work goes on, nothing new is dispatched or landed; `batty-hooks resume` ends it")
