"""A team whose tmux cannot be reached: it lives, and nobody gets to it.

That is said as what it is: told that it is not running, somebody would start a second one in the same worktrees.

Its socket is in another directory (TMUX_TMPDIR), or the `tmux` of today does not get along with the one that runs. A
session that can be reached, and to which somebody has given another name, gets its own again.
"""

from __future__ import annotations

from batty_hooks.errors import FatalError
from batty_hooks.state import panes
from batty_hooks.state.panes import windows
from batty_hooks.state.project import Project
from batty_hooks.system.tmux import Server


def out_of_reach(project: Project, server: Server) -> str:
    """That the team runs where nobody gets to it, in a line with tmux's own words; "" when that is not so."""
    if server.has(panes.SESSION) or _is_named_again(server):
        return ""
    if pid := panes.keeper(project):
        return f"the team runs already, in a tmux that cannot be reached from here (process {pid}): {server.refusal()}"
    return ""


def is_up(project: Project, server: Server) -> bool:
    """Whether the team runs. Raises FatalError where it does and cannot be reached."""
    if windows.is_up(server):
        return True
    if what := out_of_reach(project, server):
        mend = "batty-hooks stop  (ends it from here; to reach it, set TMUX_TMPDIR to what it was when it was started)"
        raise FatalError(what, mend)
    return windows.is_up(server)


def require_up(project: Project, server: Server) -> None:
    """Raises FatalError where there is no team to go to."""
    if not is_up(project, server):
        raise FatalError("the team is not running", "`batty-hooks start --attach` starts it")


def _is_named_again(server: Server) -> bool:
    """Give the team's session its name, by the mark that it has; whether there is one."""
    lines = server.ask("list-sessions", "-F", f"#{{session_id}} #{{{windows.WHOLE}}}") or []
    found = [id for id, _, is_whole in (line.partition(" ") for line in lines) if is_whole == "1"]
    return bool(found) and server.ask("rename-session", "-t", found[0], panes.SESSION) is not None
