"""revive: starts an agent again whose process has ended, in its pane and in its session; and the watcher.

At most three times in ten minutes, then a person is asked. A pane that a person closed is left closed: `batty-hooks
start` makes it again.

An agent that was suspended goes on: in its pane is no shell that could bring it back, so whoever types Ctrl-Z there
(some CLIs stop themselves at that) would have lost it. tmux lets the pane's own process go on by itself, and not what a
wrapper has started.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base import interface, launching
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import events, members, panes, watcher
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.system import process
from batty_hooks.vocabulary import happened, ids, keys

NAME = "revive"
ORDER = 7
WATCHES = ("members",)
SLOW = False
LOCK = interface.AGENTS


def ripe(look: Look) -> Iterator[Item]:
    """Members whose process has ended and whose pane is still there."""
    if watcher.is_being_stopped(look.project):
        return
    for pane in look.panes:
        if look.team.member(pane.member) and _stopped(pane):
            key = keys.join(pane.member, str(pane.pid))
            yield Item(key, f"{pane.member}'s agent is suspended, and goes on", member=pane.member)
    dead = [pane for pane in look.panes if _is_gone(look.project, pane) and not pane.is_given_up]
    if not dead:
        return
    there = panes.in_tmux(panes.server(look.project))
    for pane in dead:
        if there.get(pane.id) == 0 and look.team.member(pane.member):
            key = keys.join(pane.member, str(pane.started))
            yield Item(key, f"{pane.member} is to be started again", member=pane.member)


def take(project: Project, item: Item) -> None:
    """In its session, unless it has died just now while that was being resumed."""
    look, pane = Look(project), panes.of(project, item.member)
    member = look.team.member(item.member)
    if pane is None or member is None:
        return
    if stopped := _stopped(pane):
        process.go_on(stopped)
        events.append(project, ids.of_member(item.member, "continued", f"{time.time():.3f}"), happened.CONTINUED,
                      member=item.member, text="it was suspended (Ctrl-Z, or a signal)")  # fmt: skip
        return
    if not _is_gone(project, pane):  # somebody else has let it go on
        return
    starts = (*panes.recent_starts(pane), time.time())
    resumed = launching.respawn(look, member, pane, not pane.resumed, starts)
    events.append(project, ids.of_member(item.member, "restarted", f"{starts[-1]:.3f}"), happened.RESTARTED,
                  member=item.member,
                  text="in its session" if resumed else "in a new session")  # fmt: skip


def _is_gone(project: Project, pane: Pane) -> bool:
    known = members.state(project, pane.member)
    return bool(known and known.state == members.GONE) and not pane.alive


def _stopped(pane: Pane) -> list[int]:
    """Its processes that are stopped, where that can be seen from here."""
    return process.suspended(pane.pid) if pane.pid and not pane.is_out_of_sight and pane.alive else []
