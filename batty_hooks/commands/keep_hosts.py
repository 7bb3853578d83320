"""batty-hooks keep-hosts: the process that keeps the hosts of `gate.hosts` at hand, or the workers of `gate.scheduler`;
started by who needs one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.state import hosts, spool, team
from batty_hooks.state import project as project_map


@click.command(hidden=True)
def command() -> None:
    """Keep the hosts at hand until nobody needs them."""
    project = project_map.find(Path.cwd())
    far = team.load(project).gate.far
    with contextlib.suppress(OSError):
        os.setsid()

    def up() -> None:
        """Whoever waits for a slot looks again."""
        with contextlib.suppress(OSError, FatalError):
            spool.wish(project, project.root)

    if far.elsewhere and not hosts.lacks_library():
        hosts.keep(project, far.hosts, far.slots, far.python, up, far.scheduler)
