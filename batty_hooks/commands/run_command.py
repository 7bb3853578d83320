"""batty-hooks run-command: the runner of a `command` agent; started by the deliver move, not by people."""

from __future__ import annotations

import os
from pathlib import Path

import click

from batty_hooks.moves import deliver, runner
from batty_hooks.state import project as project_map


@click.command(hidden=True)
@click.argument("member")
def command(member: str) -> None:
    """Run the member's command for each message that waits for it."""
    project = project_map.find(Path.cwd())
    os.environ.pop("BATTY_NO_WAKE", None)
    if deliver.work(project, member):
        runner.wake(project)
