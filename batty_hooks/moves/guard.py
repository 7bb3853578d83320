"""guard: keeps what the trunk's hook goes by as team.yaml says it, and enters a move of the trunk that went past it.

Nothing is undone and nobody is stopped: `status` says what happened and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import telling_guard
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import guarding
from batty_hooks.rules.look import Look
from batty_hooks.state import events
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, keys

NAME = "guard"
ORDER = 5
WATCHES = ("team_directory", "branches", "verdicts")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """The hook's settings when they are out of date; a trunk that stands where nothing has let it."""
    if guarding.out_of_date(look):
        yield Item("settings", "the guard of the trunk is to go by team.yaml")
        return
    found = guarding.bypass(look)
    if found and not guard.entered(look.project, found.id):
        yield Item(keys.join("past", found.commit), found.what)
    elif not found and guarding.strayed(look):
        yield Item(
            keys.join("tested", look.local_tip), f"{look.trunk} has moved to a tree that has passed: to be noted"
        )


def take(project: Project, item: Item) -> None:
    """Write the settings; or enter the move of the trunk, once."""
    look = Look(project)
    if item.key == "settings":
        telling_guard.set_up(look)
        return
    found = guarding.bypass(look)
    if found:
        events.append(project, found.id, happened.TRUNK_MOVED, commit=found.commit, text=found.what)
        guard.enter(project, found.id)
    elif guarding.strayed(look):
        if not guarding.is_landing(look):  # one that was killed before it was written down
            text = f"{look.trunk} was moved to {look.local_tip[:10]} past the gate: its tree has passed"
            events.append(
                project,
                ids.past_guard(look.local_tip, passed=True),
                happened.TRUNK_MOVED,
                commit=look.local_tip,
                text=text,
            )
        guard.let_pass(project, look.local_tip)
