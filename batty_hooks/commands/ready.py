"""batty-hooks ready: make a worktree ready to work in, now and again."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import TRY_AGAIN, YOUR_TURN, FatalError
from batty_hooks.moves.base import setting_up
from batty_hooks.people import identity
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import setup, verdicts, watcher, worktrees
from batty_hooks.state.setup import READY, Made
from batty_hooks.system import lock, screen


@click.command()
@click.argument("who", required=False)
def command(who: str | None) -> int:
    """Make WHO's worktree ready (this one, when not said).

    It gets its copies and links, and its setup commands are run: team.yaml says under `worktrees` which. Those of the
    team are made ready by themselves; this does it once more, and in a worktree of your own too.
    """
    project = project_map.here()
    look = Look(project)
    name = identity.known(look, who) if who else worktrees.member_at(project, Path.cwd()) or ""
    home = look.homes.get(name)
    if home is None:
        what = f"{name} has no worktree" if name else "this is the primary checkout: what worktrees get comes from here"
        raise FatalError(what, "go to a worktree, or name a member who has one: `batty-hooks status`")
    if not look.setup:
        raise FatalError(
            "nothing is said of what a worktree gets",
            "${EDITOR:-vi} .batty/team_config/team.yaml  (say it there, for example `worktrees: {setup: [npm ci]}`)",
        )
    with lock.tried(setup.own_lock(project, name)) as got:
        if not got:
            raise FatalError(
                f"{name}'s worktree is being made ready just now",
                f"batty-hooks ready {name}  (once that has ended)",
                TRY_AGAIN,
            )
        log = setting_up.new_log(look, name)
        if screen.is_terminal():
            screen.line(f"running; log: {log}", "dim")
        made = setting_up.for_member(look, name, home, log)
    watcher.wake(project)
    return _say(name, made)


def _say(name: str, made: Made) -> int:
    known = made.memory
    for line in known.says:
        click.echo(line)
    if known.result == READY:
        screen.line(f"{name}'s worktree is ready", "green")
        return 0
    screen.line(f"{name}'s worktree is not ready; log: {known.log}", "red")
    if made.outcome:
        click.echo("\n".join(["", *verdicts.lines_of(Path(known.log))]))
    return YOUR_TURN
