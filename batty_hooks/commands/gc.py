"""batty-hooks gc: remove what has been kept long enough."""

from __future__ import annotations

import os

import click

from batty_hooks.moves import expire
from batty_hooks.rules import aging
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map


@click.command()
@click.option("--dry-run", "-n", is_flag=True, help="Only say what would go.")
def command(dry_run: bool) -> None:
    """Remove what has been kept long enough (logs, verdicts …).

    Read messages, attempts and what is left of worktrees that are gone, too. It is done by itself once a day;
    docs/files.md says how long what is kept.
    """
    project = project_map.here()
    gone = aging.found(Look(project))
    for name in (*(os.path.relpath(file.path) for file in gone.files), *gone.refs) if dry_run else ():
        click.echo(name)
    if not dry_run:
        expire.remove(project, gone)
    size = f"{len(gone.files)} files, {sum(file.bytes for file in gone.files) / 1e6:.1f} MB"
    size += f", {len(gone.refs)} refs" if gone.refs else ""
    click.echo(f"{size} would go" if dry_run else f"{size} removed")
