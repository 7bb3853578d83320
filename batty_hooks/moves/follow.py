"""follow: brings the local trunk after the server's, by the same safe fast-forward as a landing.

A checkout with changes of a person's in the way only delays it: what has landed has landed. It begins by healing what
a killed one has left behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import following
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.system import lock

NAME = "follow"
ORDER = 72
WATCHES = ("branches",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """The local trunk, where it is behind and nothing is in the way."""
    now = following.of(look)
    if now.can_follow:
        yield Item(look.tip, f"{look.trunk} here to follow {now.remote}")


def take(project: Project, item: Item) -> None:
    """Heal, look again, and move it; then the guard's line."""
    with lock.tried(project.lock("landing"), 2.0) as got:
        if not got:
            return
        trunk.recover(project, Look(project).trunk)
        look = Look(project)
        if following.of(look).can_follow:
            refused = trunk.publish(project, look.trunk, look.local_tip, look.tip)
            if refused:
                raise FatalError(f"{look.trunk} here cannot follow: {refused}", "batty-hooks step", TRY_AGAIN)
            guard.let_pass(project, look.tip)
