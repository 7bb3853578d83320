"""batty-hooks stop: the team goes home; nothing it has done is lost."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import closing
from batty_hooks.moves.base.runner import Runner
from batty_hooks.people import identity
from batty_hooks.people.report import gathering, words
from batty_hooks.state import events, hosts, members, panes, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.panes import Pane, others, reaching
from batty_hooks.state.project import Project
from batty_hooks.system import process
from batty_hooks.vocabulary import happened, ids

_POLL_SECONDS = 0.2


@click.command()
@click.option("--wait", "seconds", type=float, default=60.0, show_default=True, metavar="SECONDS",
              help="How long to wait for turns that are going on.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="End the commands of `command` agents too.")
def command(seconds: float, everything: bool) -> None:
    """Stop the team, when turns that are going on have ended.

    No agent gets anything new meanwhile; then all panes are closed. Worktrees, messages and sessions stay:
    `batty-hooks start` goes on from there.
    """
    project = project_map.here()
    identity.require_person(project, Path.cwd(), "stop the team")
    server = panes.server(project)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # typed in a window of the team, it goes on when that is closed
    if apart := reaching.out_of_reach(project, server):
        click.echo(f"{apart}; it is ended all the same")
    elif not server.has(panes.SESSION):
        click.echo("the team is not running")
        closing.close(project)  # an earlier stop was killed in the middle
        if not watcher.is_being_stopped(project):
            watcher.end_stop(project)
        hosts.end(project)
        _see_to_commands(project, everything)
        return
    watcher.begin_stop(project)
    try:
        left = _wait_for_turns(project, seconds)
        closing.close(project)
        hosts.end(project)
    finally:
        watcher.end_stop(project)
    for member in left:
        click.echo(f"{member} was in the middle of a turn; `batty-hooks start` resumes its session and has it go on")
    events.append(project, ids.of_command("stop", f"{time.time():.3f}"), happened.TEAM_STOPPED)
    click.echo("the team is stopped; worktrees, messages and sessions are kept")
    if named := others.names(server):
        click.echo(f"its tmux goes on, for you have a session there: {', '.join(named)}")
    with contextlib.suppress(FatalError):  # (a team.yaml that cannot be read keeps nobody from stopping)
        click.echo(words.at_stop(*gathering.since_start(project)))
    _see_to_commands(project, everything)


def _see_to_commands(project: Project, end: bool) -> None:
    """`command` agents run in no pane: they go on, and that is said; or they are ended, told to."""
    for name, run in members.running(project).items():
        if end:
            process.end_with_waiter(run.group, run.birth)
            click.echo(f"the command of {name} is ended; the next step runs it anew (`batty-hooks pause` holds it up)")
        else:
            click.echo(f"the command of {name} goes on (process {run.group}); `batty-hooks stop --all` ends it")


def _wait_for_turns(project: Project, seconds: float) -> list[str]:
    """Until nobody works any more, or the time is over; who still does. A question that is open is a turn as well."""
    ears = Runner(project, ["listen"], lambda item, error: None)
    limit = None
    while working := _at_work(project, ears):
        if limit is None:  # the time begins when it is known who is waited for: to hear takes its own
            limit = time.monotonic() + seconds
            _tell_who_is_waited_for(project, working, seconds)
        if time.monotonic() >= limit:
            break
        time.sleep(_POLL_SECONDS)
    return working


def _at_work(project: Project, ears: Runner) -> list[str]:
    ears.sweep()
    return [pane.member for pane in panes.listed(project) if pane.alive and _is_working(project, pane)]


def _tell_who_is_waited_for(project: Project, working: list[str], seconds: float) -> None:
    if seconds <= 0:
        return
    click.echo(f"waiting up to {seconds:g} s for the turn of {', '.join(working)} (Ctrl-C: let them go on)")
    for member, question in _questions(project, working):
        click.echo(f"{member} asks: {question} (to answer: batty-hooks attach {member})")


def _is_working(project: Project, pane: Pane) -> bool:
    known = members.state(project, pane.member)
    return bool(known and known.state in (members.WORKING, members.ASKING))


def _questions(project: Project, names: list[str]) -> list[tuple[str, str]]:
    known = [(name, members.state(project, name)) for name in names]
    return [(name, state.why) for name, state in known if state and state.state == members.ASKING]
