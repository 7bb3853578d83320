"""expire: once a day, what has been kept long enough goes (docs/files.md says how long)."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import aging
from batty_hooks.rules.aging import Gone
from batty_hooks.rules.look import Look
from batty_hooks.state import events, history, queue
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.system import atomic

NAME = "expire"
ORDER = 99
WATCHES = ()
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """The day is over."""
    if aging.is_time(look.project):
        yield Item("old", "old logs and verdicts may go")


def take(project: Project, item: Item) -> None:
    """Remove what may go, then the oldest states of the history; then write down that it was looked at."""
    if aging.is_time(project):
        look = Look(project)
        remove(project, aging.found(look))
        if look.team.history:
            history.forget(project, look.at - look.team.history)
        atomic.write(project.aged_file, f"{events.now()}\n", lasting=False)


def remove(project: Project, gone: Gone) -> None:
    """Remove what may go; killed anywhere, the rest goes the next time. Messages go before the attempts they name."""
    atomic.remove(*(file.path for file in gone.files))
    queue.forget_attempts(project, gone.refs)
    guard.shorten(project)
