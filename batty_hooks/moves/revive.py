"""revive: starts an agent again whose process has ended, in its pane and in its session; and the watcher.

At most three times in ten minutes, then a person is asked. A pane that a person closed is left closed: `batty-hooks
start` makes it again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look, launching
from batty_hooks.state import events, members, panes
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project

NAME = "revive"
ORDER = 7
WATCHES = ("members",)
SLOW = False
RESTARTS, WITHIN_SECONDS = 3, 600.0


def ripe(look: Look) -> Iterator[Item]:
    """Members whose process has ended and whose pane is still there."""
    if look.project.stop_file.exists():
        return
    dead = [pane for pane in panes.listed(look.project) if _is_gone(look.project, pane) and not is_given_up(pane)]
    if not dead:
        return
    there = panes.in_tmux(panes.server(look.project))
    for pane in dead:
        if there.get(pane.id) == 0 and look.team.member(pane.member):
            yield Item(f"{pane.member}:{pane.started}", f"{pane.member} is to be started again", member=pane.member)


def take(project: Project, item: Item) -> None:
    """The record first, so that nobody takes the member for dead while it is being started."""
    look, pane = Look(project), panes.of(project, item.member)
    member = look.team.member(item.member)
    if pane is None or member is None:
        return
    script = launching.prepare(look, member, resume=not pane.resumed)
    starts = (*panes.recent_starts(pane.starts, WITHIN_SECONDS), time.time())
    resumed = bool(members.session(project, item.member)) and not pane.resumed
    now = launching.being_started(look, member, pane.id, starts, resumed)
    server = panes.server(project)
    server.run(("respawn-pane", "-k", "-t", pane.id, str(script)))
    panes.record(project, panes.found_at(now, pane.id, panes.in_tmux(server).get(pane.id, 0)))
    events.append(project, f"{item.member}.restarted.{starts[-1]:.3f}", "restarted", member=item.member,
                  text="in its session" if resumed else "in a new session")  # fmt: skip


def is_given_up(pane: Pane) -> bool:
    """Whether it was started again often enough of late (the first start does not count)."""
    return len(panes.recent_starts(pane.starts, WITHIN_SECONDS)) > RESTARTS


def _is_gone(project: Project, pane: Pane) -> bool:
    known = members.state(project, pane.member)
    return bool(known and known.state == members.GONE) and not pane.alive
