"""batty-hooks watch: do it all, as it comes."""

from __future__ import annotations

import contextlib
import signal
import threading

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.runner import Runner, snapshot
from batty_hooks.people import notify, overview
from batty_hooks.state import events, watcher
from batty_hooks.state import project as project_map
from batty_hooks.system import screen

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_TELL_SECONDS = 0.5  # how often it is looked whether there is something new to say


@click.command()
@click.option("--quiet", "-q", is_flag=True, help="Say nothing; `batty-hooks log --follow` shows what happens.")
def command(quiet: bool) -> None:
    """Make every move as soon as it is ripe, until Ctrl-C.

    Board, inboxes and branches are watched for it.
    """
    project = project_map.here()
    stop = threading.Event()
    with watcher.turn(project) as got:
        if not got:
            raise FatalError(
                f"a watcher is running already (pid {watcher.alive(project)})",
                "`batty-hooks log --follow` shows what it does",
            )
        screen.leave_keyboard()
        watcher.enter(project)
        for number in _ENDING:
            signal.signal(number, lambda *_: _end(project, stop))
        if not quiet:
            click.echo(f"watching {project.root} (Ctrl-C ends it; nothing is lost, work goes on with the next step)")
        if not quiet:
            threading.Thread(target=_tell, args=(project,), daemon=True).start()
        threading.Thread(target=notify.keep_telling, args=(project, stop, snapshot), daemon=True).start()
        try:
            Runner(project, None, lambda item, error: None if quiet else _trouble(item, error)).forever(stop)
        finally:
            watcher.leave(project)


def _end(project: project_map.Project, stop: threading.Event) -> None:
    """Say so at once: the work in hand may take a while, and a `start` must not count on us.

    A second signal in the middle of the first (tmux hangs up, and somebody sends TERM) is not heard: it would wait for
    ever for the lock of the event, which is ours already.
    """
    for number in _ENDING:
        signal.signal(number, _not_heard)
    if not stop.is_set():
        stop.set()
        watcher.tell_ending(project)


def _not_heard(*_: object) -> None:
    """No SIG_IGN: what we start would inherit that."""


def _trouble(item: str, error: FatalError) -> None:
    with contextlib.suppress(OSError):  # its terminal may be gone: tmux closes panes before it ends who is in them
        click.echo(f"{item}: {error.what} → {error.mend}", err=True)


def _tell(project: project_map.Project) -> None:
    with contextlib.suppress(OSError):
        for event in events.follow(project, events.size(project), _TELL_SECONDS):
            click.echo(overview.event_line(event))
