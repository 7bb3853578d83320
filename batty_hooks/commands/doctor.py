"""batty-hooks doctor: is everything here that is needed, and as it should be?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.people import colours, needs, overview, prerequisites
from batty_hooks.people.prerequisites import Finding
from batty_hooks.rules.look import Look
from batty_hooks.state import githooks, testcommand, watcher
from batty_hooks.state import project as project_map
from batty_hooks.system import screen
from batty_hooks.system.records import asdict


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def command(as_json: bool) -> int:
    """Check programs, hooks, team, board and trunk.

    The exit code is 1 when something is wrong.
    """
    once: dict[str, Finding] = {}  # one mistake may stop several checks
    for finding in (*prerequisites.programs(), *_project()):
        once.setdefault(finding.what, finding)
    findings = list(once.values())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            screen.parts(colours.sign(finding.well, bool(finding.mend)), (finding.what, ""))
            if finding.mend:
                screen.typed(finding.mend, lead="    → ")
    return 1 if any(finding.mend for finding in findings) else 0


def _project() -> Iterator[Finding]:
    try:
        project = project_map.find(Path.cwd())
        project.require_prepared()
    except FatalError as error:
        yield Finding(False, error.what, error.mend)
        return
    look = Look(project)
    yield from prerequisites.project(look)
    try:
        yield from _needs(look)
    except FatalError as error:
        yield Finding(False, error.what, error.mend)
    for note in testcommand.find_onlookers(project):
        yield Finding(False, note)
    alive = watcher.alive(project)
    yield from prerequisites.versions(project)
    yield Finding(alive is not None, f"watcher: {'running' if alive is not None else 'none (hooks start a step)'}")


def _needs(look: Look) -> Iterator[Finding]:
    known = set(githooks.problems(look.project))
    for need in needs.of(look):
        if need.what not in known:
            yield Finding(False, need.what, need.command)
    for words in overview.next_words(look):
        yield Finding(False, f"next: {words}")
