"""batty-hooks top: the team at a glance, live, in a terminal."""

from __future__ import annotations

import os
import sys

import click

from batty_hooks.errors import FatalError
from batty_hooks.state import project as project_map


@click.command()
def command() -> int:
    """The team at a glance, live, with keys to act on it.

    What needs you is on top; each member has its last hour beside it. Enter goes to a pane, `a` answers and approves,
    `r` reads, `?` says more.
    """
    project = project_map.here()
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if os.environ.get("TERM", "") in ("", "dumb") or not all(stream.isatty() for stream in streams):
        raise FatalError("top needs a terminal", "`batty-hooks status --watch` does with less")
    for name in ("COLUMNS", "LINES"):  # textual would go by them, however large the terminal is, or becomes
        os.environ.pop(name, None)
    from batty_hooks.commands.top.app import Top

    app = Top(project)
    code = app.run(mouse=False)  # what is seen can be marked and copied, and no movement goes over a slow line
    if app.trouble:
        raise app.trouble
    return code or 0
