"""How the team is closed: its tmux, then whoever outlives it. `start` does it for what a killed command has left."""

from __future__ import annotations

import time

from batty_hooks.moves.base import interface, under_lock
from batty_hooks.state import deliveries, members, panes
from batty_hooks.state.panes import Pane, others, windows
from batty_hooks.state.project import Project
from batty_hooks.system import process
from batty_hooks.system.tmux import Server

_END_SECONDS = _WATCHER_SECONDS = 5.0


def close(project: Project, server: Server | None = None) -> None:
    """End every pane and every agent, also those of which only tmux or only a record of ours knows; wait for the
    watcher in tmux to end. The tmux server ends too, unless somebody has a session of his own there. Made twice, it
    ends the same. ``server`` is another than today's, where the project was moved."""
    server = server or panes.server(project)
    half_made = not windows.is_up(server)  # then nobody has opened a window of his own in it
    there = [(watches, pid, process.birth(pid)) for watches, pid in windows.processes(server)]
    keeper = panes.keeper(project)
    if others.names(server):
        others.leave(server, [pane.id for pane in panes.listed(project)])
    # Also a server without a session, which a killed `start` has left. One that cannot be reached ends at TERM.
    elif server.ask("kill-server") is None and keeper:
        process.ask_to_end(keeper)
    agents = {(pid, birth) for watches, pid, birth in there if half_made and not watches}
    agents |= {(pane.pid, pane.birth) for pane in panes.listed(project) if pane.pid and pane.alive}
    limit = time.monotonic() + _END_SECONDS
    for pid, birth in agents:  # tmux has hung up on all of them; some CLIs stay behind
        process.end(pid, birth, max(0.0, limit - time.monotonic()))
    watchers = [(pid, birth) for watches, pid, birth in there if watches and birth]
    limit = time.monotonic() + _WATCHER_SECONDS  # until it has been told, at least: then its file says so
    while any(process.birth(pid) == birth for pid, birth in watchers) and time.monotonic() < limit:
        time.sleep(0.02)
    _forget(project)


def end(project: Project, pane: Pane) -> None:
    """End the agent of a pane that is closed for good, and forget the pane."""
    if pane.pid and pane.alive:
        process.end(pane.pid, pane.birth, _END_SECONDS)
    with under_lock.alone(project, interface.AGENTS):
        _leave(project, pane, "its pane was closed")


def _forget(project: Project) -> None:
    with under_lock.alone(project, interface.AGENTS):
        for pane in panes.listed(project):
            _leave(project, pane, "the team was stopped")


def _leave(project: Project, pane: Pane, why: str) -> None:
    deliveries.forget(project, pane.member)
    members.set_state(project, pane.member, members.GONE, why, "stop")
    panes.forget(project, pane.member)
