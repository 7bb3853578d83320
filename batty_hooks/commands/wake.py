"""batty-hooks wake: what a git hook calls when no watcher is running.

Where a watcher lives it is told to look, and that is all; otherwise this is the engine (`moves/base/waking.py`).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from batty_hooks.moves.base import waking
from batty_hooks.state import project as project_map


@click.command(hidden=True)
def command() -> None:
    """Look now: make every ripe move until idle, unless somebody is at it already and will look again."""
    project = project_map.find(Path.cwd())
    if not project.prepared or project.written_by[0] > project_map.FORM:
        return
    with contextlib.suppress(OSError):
        os.setsid()  # the commit that woke us may be killed with its whole group
    if waking.look_now(project):  # the lock is free again: a slow `notify:` keeps no work waiting
        from batty_hooks.people import notify

        notify.tell(project)
