"""batty-hooks step: make the moves that are ripe."""

from __future__ import annotations

import contextlib
import os
import signal

import click

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.base.interface import Item
from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules import refusals
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import lock


@click.command()
@click.argument("moves", nargs=-1, metavar="[MOVE]...")
@click.option("--until-idle", is_flag=True, help="Go on, waiting for running tests and agents, until nothing is ripe.")
def command(moves: tuple[str, ...], until_idle: bool) -> int:
    """Make every ripe move once, or only the named ones.

    The moves are: dispatch, gate, land … The exit code is 0 when none of them failed (a landing that git refuses has),
    whatever waits for a person: that is `status`.
    """
    project = project_map.here()
    troubles: dict[str, int] = {}

    def say(item: str, error: FatalError) -> None:
        troubles[f"{item}: {error.what}\n  → {error.mend}"] = error.code

    if "gate" in moves:  # a test waits for a look at the server that is due: somebody is to make it
        Runner(project, ["fetch"], say).once()
    runner = Runner(project, list(moves) or None, say)
    if until_idle:
        for item in _until_idle(project, runner):
            say(
                item.says,
                FatalError("it is still to be done, though nothing is at work", "batty-hooks doctor", TRY_AGAIN),
            )
    else:
        runner.once()
    for offer, what in refusals.refused(Look(project)) if not moves or "land" in moves else ():
        say(f"land {offer.label}", FatalError(what, refusals.COMMAND))
    for words in troubles:
        click.echo(words, err=True)
    return max(troubles.values(), default=0)


def _until_idle(project: Project, runner: Runner) -> list[Item]:
    """Go on until idle, in the place of the `wake` that hooks would start beside us: one of those waits, and looks when
    we have ended; or when we are suspended (Ctrl-Z), for then it would wait for ever."""
    with contextlib.ExitStack() as place:
        place.enter_context(lock.tried(project.lock("wake")))  # (or beside one that is at work already)
        if signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, lambda *_: _suspend(place))
        return runner.until_idle()


def _suspend(place: contextlib.ExitStack) -> None:
    place.close()
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTSTP)
