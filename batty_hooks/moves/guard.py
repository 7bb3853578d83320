"""guard: keeps what the trunk's hook goes by as team.yaml says it, and enters a move of the trunk that went past it.

Nothing is undone and nobody is stopped: `status` says what happened and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look, guarding
from batty_hooks.state import events
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project

NAME = "guard"
ORDER = 5
WATCHES = ("team_directory", "branches", "verdicts")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """The hook's settings when they are out of date; a trunk that stands where nothing has let it."""
    if guarding.out_of_date(look):
        yield Item("settings", "the guard of the trunk goes by something else than team.yaml says")
        return
    found = guarding.bypass(look)
    if found and not _entered(look, found):
        yield Item(f"past:{found.commit}", found.what)
    elif not found and guarding.strayed(look):
        yield Item(f"tested:{look.tip}", f"{look.trunk} stands on a tree that has passed: to be entered")


def take(project: Project, item: Item) -> None:
    """Write the settings; or enter the move of the trunk, once."""
    look = Look(project)
    if item.key == "settings":
        guarding.set_up(look)
        return
    found = guarding.bypass(look)
    if found:
        events.append(project, found.id, "trunk moved", commit=found.commit, text=found.what)
    elif guarding.strayed(look):
        if not guarding.is_landing(look):  # one that was killed before it was written down
            text = f"{look.trunk} was moved to {look.tip[:10]} past the gate: its tree has passed"
            events.append(project, f"guard.{look.tip[:16]}.passed", "trunk moved", commit=look.tip, text=text)
        guard.let_pass(project, look.tip)


def _entered(look: Look, found: guarding.Bypass) -> bool:
    return any(event.get("id") == found.id for event in events.recent(look.project))
