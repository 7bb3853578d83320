"""batty-hooks stop: the team goes home; nothing it has done is lost."""

from __future__ import annotations

import os
import signal
import time

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import closing
from batty_hooks.moves.runner import Runner
from batty_hooks.state import events, members, panes
from batty_hooks.state import project as project_map
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.system import atomic

_POLL_SECONDS = 0.2


@click.command()
@click.option("--wait", "seconds", type=float, default=60.0, show_default=True, metavar="SECONDS",
              help="How long to wait for turns that are going on.")  # fmt: skip
def command(seconds: float) -> None:
    """Stop the team, when turns that are going on have ended.

    No agent gets anything new meanwhile; then all panes are closed. Worktrees, messages and sessions stay:
    `batty-hooks start` goes on from there.
    """
    project = project_map.here()
    if member := os.environ.get("BATTY_MEMBER"):
        raise FatalError(f"{member} cannot stop the team: a person does", '`batty-hooks ask "…"` asks for it')
    server = panes.server(project)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # typed in a window of the team, it goes on when that is closed
    if not server.has(panes.SESSION):
        click.echo("the team is not running")
        closing.close(project)  # an earlier stop was killed in the middle
        if not panes.being_stopped(project):
            atomic.remove(project.stop_file)
        return
    atomic.write(project.stop_file, f"{os.getpid()}\n")
    try:
        left = _wait_for_turns(project, seconds)
        closing.close(project)
    finally:
        atomic.remove(project.stop_file)
    for member in left:
        click.echo(f"{member} was in the middle of a turn; `batty-hooks start` resumes its session and has it go on")
    events.append(project, f"stop.{time.time():.3f}", "team stopped")
    click.echo("the team is stopped; worktrees, messages and sessions are kept")


def _wait_for_turns(project: Project, seconds: float) -> list[str]:
    """Until nobody works any more, or the time is over; who still does. A question that is open is a turn as well."""
    limit, said = time.monotonic() + seconds, False
    ears = Runner(project, ["hear"], lambda item, error: None)
    while True:
        ears.sweep()
        working = [pane.member for pane in panes.listed(project) if pane.alive and _is_working(project, pane)]
        if not working or time.monotonic() > limit:
            return working
        if not said:
            click.echo(f"waiting up to {seconds:g} s for the turn of {', '.join(working)} (Ctrl-C: let them go on)")
            for member, question in _questions(project, working):
                click.echo(f"{member} asks: {question} (to answer: batty-hooks attach {member})")
            said = True
        time.sleep(_POLL_SECONDS)


def _is_working(project: Project, pane: Pane) -> bool:
    known = members.state(project, pane.member)
    return bool(known and known.state in (members.WORKING, members.ASKING))


def _questions(project: Project, names: list[str]) -> list[tuple[str, str]]:
    known = [(name, members.state(project, name)) for name in names]
    return [(name, state.why) for name, state in known if state and state.state == members.ASKING]
