"""batty-hooks run-command: the runner of a `command` agent; started by the move run_agent, not by people."""

from __future__ import annotations

import os
from pathlib import Path

import click

from batty_hooks.moves import run_agent
from batty_hooks.moves.base import waking
from batty_hooks.state import project as project_map
from batty_hooks.state import watcher


@click.command(hidden=True)
@click.argument("member")
def command(member: str) -> None:
    """Run the member's command for each message that waits for it."""
    project = project_map.find(Path.cwd())
    os.environ.pop("BATTY_NO_WAKE", None)
    # No other program is started to look: this one is read already, and has nothing else to do.
    if run_agent.work(project, member) and watcher.is_missed(project) and waking.look_now(project):
        from batty_hooks.people import notify

        notify.tell(project)
