"""batty-hooks init: a team, its prompts and a board in an existing repository."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves.base import Look, guarding
from batty_hooks.state import githooks, team
from batty_hooks.state import project as project_map
from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.state.team import starting
from batty_hooks.state.testcommand import find_test_command
from batty_hooks.system import atomic, screen, shipped
from batty_hooks.system.git import refs

_NEXT = (
    ("edit kanban.md", "write a card under ## TODO: `- [ ] what is to be done`"),
    ("batty-hooks validate", "after any change of team.yaml or the prompts beside it"),
    ("batty-hooks start --attach", "the team in tmux; saved cards are worked on, tested and landed"),
)


@click.command()
@click.option("--template", metavar="NAME", help="Which team: solo, pair, simple, … (none: list them).")
@click.option(
    "--force", is_flag=True, help="Write team and prompts anew; the old ones are kept beside them as *.old-N."
)
def command(template: str | None, force: bool) -> int | None:
    """Set up a team: team.yaml, prompts, board and git hooks.

    What exists is kept.
    """
    project = project_map.find(Path.cwd())
    if template is None:
        return _list_templates()
    roles = starting.template_text(template)
    project.prepare()
    trunk = refs.default_branch(project.root) or refs.current_branch(project.root)
    _write_team(project, template, roles, trunk, force)
    hired = team.load(project)
    for path, content in starting.shipped_prompts(project, hired).items():
        _write(project, path, content, force)
    _say_file(project, project.board_file, store.create(project, (shipped.templates() / "kanban.md").read_bytes()))
    githooks.exclude(project)
    githooks.write_launcher(project)
    for line in githooks.install(project):
        click.echo(f"  hooks {line}")
    guarding.set_up(Look(project))
    _say_team(hired)
    return None


def _list_templates() -> int:
    click.echo("Which team?")
    for name, what in starting.templates().items():
        screen.parts((f"  batty-hooks init --template {name:<9}", "green"), (what.removeprefix(f"{name}: "), ""))
    if screen.is_terminal():
        return 0
    raise FatalError("init needs to know which team", "add `--template NAME`", USAGE)


def _write_team(project: Project, template: str, roles: str, trunk: str | None, force: bool) -> None:
    """A team.yaml that holds just a gate (hooks-only use) gets the roles added at its end."""
    path = project.team_file
    what = f"The team ({template}) and its gate"
    if path.exists() and not force:
        now = path.read_text(encoding="utf-8", errors="surrogateescape")
        if starting.has_roles(now):
            click.echo(
                f"  kept  {_shown(project, path)} (with --force: the {template} team, and the old file beside it)"
            )
        else:
            atomic.write(path, f"{now.rstrip()}\n\n{roles}")
            click.echo(f"  added {_shown(project, path)}: the roles of {template}; the rest is as it was")
        return
    text = starting.settings(what, trunk, find_test_command(project.root))
    _write(project, path, f"{text}\n{roles}".encode(), force)


def _write(project: Project, path: Path, content: bytes, force: bool) -> None:
    if force and path.exists() and path.read_bytes() != content:
        old = _set_aside(path)
        atomic.write(path, content)
        click.echo(f"  made  {_shown(project, path)} (the old one is {old.name})")
    else:
        _say_file(project, path, atomic.create(path, content))


def _set_aside(path: Path) -> Path:
    number = 1
    while not atomic.create(path.with_name(f"{path.name}.old-{number}"), path.read_bytes()):
        number += 1
    return path.with_name(f"{path.name}.old-{number}")


def _say_file(project: Project, path: Path, made: bool) -> None:
    click.echo(f"  {'made ' if made else 'kept '} {_shown(project, path)}")


def _shown(project: Project, path: Path) -> str:
    return str(path.relative_to(project.root))


def _say_team(hired: team.Team) -> None:
    click.echo(f"\n{hired.name}: {', '.join(member.name for member in hired.members)}")
    click.echo(f"  trunk {hired.trunk or '(not known yet: make a first commit, or set `trunk:`)'}")
    if hired.gate.command:
        click.echo(f"  gate  {hired.gate.command}")
    else:
        click.echo("  gate  no test command was found: set `gate: command:` in team.yaml; nothing lands without it")
    click.echo("\nNext:")
    for typed, why in _NEXT:
        screen.parts((f"  {typed:<28}", "green"), (why, "dim"))
