"""batty-hooks doctor: is everything here that is needed, and as it should be?"""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from batty_hooks.agents import base as agents
from batty_hooks.errors import FatalError
from batty_hooks.moves import overview, runner
from batty_hooks.moves.base import Look
from batty_hooks.state import githooks, outfit
from batty_hooks.state import project as project_map
from batty_hooks.system import screen, tmux
from batty_hooks.system.git import config

_GIT, _TMUX = (2, 38), (3, 2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and how to mend it."""

    well: bool
    what: str
    mend: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def command(as_json: bool) -> int:
    """Check programs, hooks, team, board and trunk.

    The exit code is 1 when something is wrong.
    """
    findings = [*_programs(), *_project()]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            sign, style = ("ok  ", "green") if finding.well else ("    ", "") if not finding.mend else ("!!  ", "red")
            screen.parts((sign, style), (finding.what, ""))
            if finding.mend:
                screen.line(f"    → {finding.mend}", "bold")
    return 1 if any(finding.mend for finding in findings) else 0


def _programs() -> Iterator[Finding]:
    yield Finding(True, f"Python {platform.python_version()} ({sys.executable})")
    try:
        found = config.version()
    except FatalError as error:
        yield Finding(False, error.what, error.mend)
        return
    yield _version("git", found, _GIT)
    yield _version("tmux", tmux.version(), _TMUX)


def _version(name: str, found: tuple[int, ...] | None, least: tuple[int, ...]) -> Finding:
    wanted = ".".join(map(str, least))
    if not found:
        return Finding(False, f"{name} is not installed", f"install {name} {wanted} or newer")
    words = f"{name} {'.'.join(map(str, found))}"
    return Finding(True, words) if found >= least else Finding(False, words, f"install {name} {wanted} or newer")


def _project() -> Iterator[Finding]:
    """Each part on its own, so that one that is broken does not hide the next."""
    try:
        project = project_map.find(Path.cwd())
        project.require_prepared()
    except FatalError as error:
        yield Finding(False, error.what, error.mend)
        return
    look = Look(project)
    for problem in githooks.problems(project):
        yield Finding(False, problem, "batty-hooks install")
    for part in (_trunk, _team, _worktrees, _board, _needs):
        try:
            yield from part(look)
        except FatalError as error:
            yield Finding(False, error.what, error.mend)
    alive = runner.watcher_alive(project)
    yield Finding(alive is not None, f"watcher: {'running' if alive is not None else 'none (hooks start a step)'}")


def _trunk(look: Look) -> Iterator[Finding]:
    yield Finding(True, f"trunk {look.trunk} at {look.tip[:10]}")


def _team(look: Look) -> Iterator[Finding]:
    team = look.team
    yield Finding(True, f"team: {len(team.members)} member(s)" if team.members else "no team: hooks only")
    for name in sorted({member.role.agent for member in team.members if member.role.role_type != "user"}):
        program = agents.named(name).PROGRAM
        if program and not shutil.which(program):
            yield Finding(False, f"agent {name}: {program} is not on the PATH", f"install {program}")
    if team.gate.command:
        yield Finding(True, f"gate: {team.gate.command}")


def _worktrees(look: Look) -> Iterator[Finding]:
    for path in look.wishes.brought:
        if why := outfit.lacking(look.project, path):
            yield Finding(False, f"worktrees: {path} {why}", "put it there, or take it out of team.yaml")
    for number in range(1, look.team.gate.slots + 1):
        known = outfit.get(look.project, f"gate-{number}")
        if known and known.result == outfit.LITTER:
            mend = "add them to .gitignore: until then the setup runs anew before each test"
            yield Finding(False, f"gate-{number}: {known.says[-1]}", mend)


def _board(look: Look) -> Iterator[Finding]:
    yield Finding(not look.board.doubt, f"board: {len(look.board.cards)} card(s)")


def _needs(look: Look) -> Iterator[Finding]:
    known = set(githooks.problems(look.project))
    for need in overview.needs(look):
        if need.what not in known:
            yield Finding(False, need.what, need.command)
    for move, item in overview.ripe(look):
        yield Finding(False, f"ripe: {move}: {item.says}")
