"""batty-hooks export-template: this project's team as a template for others."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.state import project as project_map
from batty_hooks.state import team
from batty_hooks.state.team import own_templates


@click.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Replace one of that name; the old one stays as NAME.old-N.")
def command(name: str, force: bool) -> None:
    """Save this project's team and prompts as a template.

    It has all of team.yaml but the project's name, trunk and test command, the prompts and the agents of your own.
    `batty-hooks init --from NAME` sets it up elsewhere.
    """
    project = project_map.find(Path.cwd())
    if not team.file(project).exists():
        raise FatalError(f"there is no {team.shown(project)}", "`batty-hooks init` writes one")
    hired = team.load(project)
    if not hired.members:
        raise FatalError(f"{team.shown(project)} has no team", "`batty-hooks init --template pair` adds one")
    target, old = own_templates.export(project, hired, name, force)
    click.echo(f"{name}: {target}{f' (the old one is {old.name})' if old else ''}")
    click.echo(f"`batty-hooks init --from {name}` sets it up in another project")
