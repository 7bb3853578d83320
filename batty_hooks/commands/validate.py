"""batty-hooks validate: every mistake in the team's files, by line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from batty_hooks.errors import YOUR_TURN, FatalError
from batty_hooks.state import project as project_map
from batty_hooks.state import team, testcommand
from batty_hooks.state.team import Problem, Team, starting
from batty_hooks.system import screen


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of team.yaml, for editors.")
def command(as_json: bool, schema: bool) -> int:
    """Check team.yaml and its prompts.

    Every mistake is named with its line and what to do about it.
    """
    if schema:
        click.echo(starting.schema(), nl=False)
        return 0
    project = project_map.find(Path.cwd())
    file = team.file(project)
    if not file.exists():
        mend = "`batty-hooks init --template pair` writes one; `batty-hooks install` one without a team"
        raise FatalError(f"there is no {team.shown(project)}", mend)
    found = team.problems(file)
    hired = None if found else team.load(project)
    if as_json:
        _say_json(file, found, hired)
    elif hired:
        _say_summary(hired)
        if not hired.gate.command and (guess := testcommand.find(project)).saw:
            click.echo(f"note: {guess.words}{'; `start` and `install` write it here' if guess.command else ''}")
    else:
        _say_problems(team.shown(project) if team.source(project) else os.path.relpath(file), found)
    return YOUR_TURN if found else 0


def _say_problems(file: str, found: list[Problem]) -> None:
    for problem in found:
        screen.parts((f"{file}:{problem.line}: ", "bold"), (problem.what, "red"))
        click.echo(f"  → {problem.mend}")
    click.echo(f"{len(found)} problem{'s' if len(found) > 1 else ''}")


def _say_summary(hired: Team) -> None:
    who = f"{screen.counted(len(hired.members), 'member')} ({', '.join(member.name for member in hired.members)})"
    gate = f"gate `{hired.gate.command}`" if hired.gate.command else "no gate command (nothing lands without one)"
    click.echo(f"ok: {who if hired.members else 'no team'}; {gate}; trunk {hired.trunk or 'as git has it'}")
    for key in hired.without_effect:
        click.echo(f"note: `{key}:` has no effect")


def _say_json(file: Path, found: list[Problem], hired: Team | None) -> None:
    facts = {
        "file": str(file),
        "problems": [{"line": one.line, "what": one.what, "mend": one.mend} for one in found],
        "members": [member.name for member in hired.members] if hired else [],
        "gate": hired.gate.command if hired else None,
        "trunk": hired.trunk if hired else None,
        "without_effect": list(hired.without_effect) if hired else [],
    }
    click.echo(json.dumps(facts, indent=1))
