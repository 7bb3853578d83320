"""A team whose tmux cannot be reached: it lives, and nobody gets to it.

That is said as what it is: told that it is not running, somebody would start a second one in the same worktrees.

Its socket is in another directory (TMUX_TMPDIR), or the `tmux` of today does not get along with the one that runs.
"""

from __future__ import annotations

from batty_hooks.errors import FatalError
from batty_hooks.state import panes
from batty_hooks.state.panes import windows
from batty_hooks.state.project import Project
from batty_hooks.system.tmux import Server


def out_of_reach(project: Project, server: Server) -> str:
    """That the team runs where nobody gets to it, in a line with tmux's own words; "" when that is not so."""
    if not server.has(panes.SESSION) and (pid := panes.keeper(project)):
        return f"the team runs already, in a tmux that cannot be reached from here (process {pid}): {server.refusal()}"
    return ""


def require_in_reach(project: Project, server: Server) -> None:
    """Raises FatalError where the team runs and cannot be reached."""
    if what := out_of_reach(project, server):
        mend = "batty-hooks stop  (ends it from here; to reach it, set TMUX_TMPDIR to what it was when it was started)"
        raise FatalError(what, mend)


def require_up(project: Project, server: Server) -> None:
    """Raises FatalError where there is no team to go to."""
    if not windows.is_up(server):
        require_in_reach(project, server)
        raise FatalError("the team is not running", "`batty-hooks start --attach` starts it")
