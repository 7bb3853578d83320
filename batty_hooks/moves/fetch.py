"""fetch: looks where the trunk stands on its server. Slow, and never a part of a git hook or of a typed report.

Nothing else asks the server what it has: what is decided meanwhile is decided by what was seen last, and who would
land upon a trunk that has moved is told so by the push.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.moves.base import reaching
from batty_hooks.moves.base.interface import Going, Item
from batty_hooks.rules import serving
from batty_hooks.rules.look import Look
from batty_hooks.state import server
from batty_hooks.state.project import Project
from batty_hooks.system import lock
from batty_hooks.vocabulary import keys

NAME = "fetch"
ORDER = 4
WATCHES = ("queue",)
SLOW = True


def ripe(look: Look) -> Iterator[Item]:
    """The server, when it is time to look at it."""
    if due(look) <= look.at:
        tried = server.notes(look.project).tried
        yield Item(
            keys.join(look.trunk, f"{tried:.3f}"), f"{look.team.remote and look.team.remote.name} to be looked at"
        )


def due(look: Look) -> float:
    """When that is (seconds since the epoch)."""
    return serving.next_look(look)


def take(project: Project, item: Item) -> None:
    """Look, and note what came of it."""
    with lock.tried(project.lock("server")) as got:
        look = Look(project)
        if got and due(look) <= look.at:
            reaching.ask(look)


def running(project: Project) -> Sequence[Going]:
    """Nobody waits for another's look: whoever needs one looks himself."""
    return ()


def capacity(look: Look) -> int:
    """How many may go on at once."""
    return 1
