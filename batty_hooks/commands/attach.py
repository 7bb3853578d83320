"""batty-hooks attach: look at the team, and type to its members."""

from __future__ import annotations

import sys

import click

from batty_hooks.errors import FatalError
from batty_hooks.people import identity
from batty_hooks.rules.look import Look
from batty_hooks.state import panes
from batty_hooks.state import project as project_map
from batty_hooks.state.panes import reaching, windows
from batty_hooks.state.team.seating import seats
from batty_hooks.system import screen, tmux


@click.command()
@click.argument("who", required=False)
@click.option("--read-only", "-r", is_flag=True, help="Look only: nothing you type reaches an agent.")
def command(who: str | None, read_only: bool) -> None:
    """Go to the team's tmux session, to WHO's pane when said.

    tmux's own keys work there; `Ctrl-b d` leaves it, and the team goes on.
    """
    project = project_map.here()
    look, server = Look(project), panes.server(project)
    reaching.require_up(project, server)
    target = f"={panes.SESSION}:"
    if who:
        pane = panes.of(project, who) or panes.of(
            project, identity.known(look, who)
        )  # (one who has left team.yaml, too)
        if pane is None:
            raise FatalError(f"{who} has no pane", "`batty-hooks status` shows who has one; `batty-hooks start`")
        target = pane.id
    around = tmux.around()
    if around and around != server.socket:
        raise FatalError(
            "you are inside another tmux",
            "`env -u TMUX batty-hooks attach` shows the team inside it; or leave it, or use another terminal",
        )
    if not sys.stdout.isatty():
        raise FatalError("attach needs a terminal", "type it in one; `batty-hooks status` works without")
    if not around:
        columns, lines = screen.size()
        ids = {pane.member: pane.id for pane in panes.listed(project)}
        team = [member for member in look.team.members if member.name in ids]
        plan = [(window.name, window.columns) for window in seats(team, columns, lines - 1)] if team else []
        windows.arrange(server, plan, ids, (columns, lines - 1))
    if who:
        server.run(("select-window", "-t", target), ("select-pane", "-t", target))
    if not around:
        read = ("-r",) if read_only else ()
        tmux.become_client(server.socket, "attach-session", *read, "-t", f"={panes.SESSION}")
