"""Sessions of somebody's own in the team's tmux server: they are not ended with the team.

A tmux.conf may make sessions too, for the person's own server; those came before the team's, so the number of the first
session that the team had in this server tells them apart. A session that only shows the team's windows once more
(`new-session -t team`) is the team's.
"""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.system.tmux import Server

_FIRST = "@batty_first"
_SESSION = "team"
# `-o` leaves what an earlier team has set, `-q` makes no error of that.
MARK = ("set-option", "-gqoF", "-t", f"={_SESSION}:", _FIRST, "#{session_id}")
_FORMAT = f"#{{session_id}}:#{{{_FIRST}}}:#{{session_group}}:#{{session_name}}"  # (no name of tmux's has a colon)


def names(server: Server) -> list[str]:
    """What those sessions are called."""
    return _others(server.ask("list-sessions", "-F", _FORMAT) or [])


def _others(lines: Sequence[str]) -> list[str]:
    fields = [line.split(":") for line in lines if line.startswith("$")]
    return [
        name
        for id, first, group, name in fields
        if first and name != _SESSION and group != _SESSION and int(id[1:]) > int(first[1:])
    ]


def leave(server: Server, panes: Sequence[str]) -> None:
    """End the team's sessions, and those ``panes`` of its that were moved elsewhere; the server goes with the last
    session of somebody's own."""
    for line in server.ask("list-sessions", "-F", _FORMAT) or []:
        id, _, group, name = line.split(":")
        if _SESSION in (group, name):
            server.ask("kill-session", "-t", id)
    for id in panes:
        server.ask("kill-pane", "-t", id)
    server.ask("set-option", "-s", "exit-empty", "on")
