"""batty-hooks start: the whole team in tmux, each member in a pane of its own."""

from __future__ import annotations

import time

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import readiness, runner
from batty_hooks.moves.base import Look, closing, launching
from batty_hooks.state import events, githooks, members, panes, signals
from batty_hooks.state import project as project_map
from batty_hooks.state.panes import windows
from batty_hooks.state.project import Project
from batty_hooks.state.team import Member
from batty_hooks.state.team.seating import seats
from batty_hooks.system import atomic, lock, screen, tmux
from batty_hooks.system.tmux import Server


@click.command()
@click.option("--attach", is_flag=True, help="Go there at once.")
@click.option("--fresh", is_flag=True, help="Begin new sessions instead of resuming the agents' old ones.")
def command(attach: bool, fresh: bool) -> int | None:
    """Start the team: a pane in tmux for each member.

    The watcher is in a window of its own. Everything is checked first; when something is missing, nothing is started.
    """
    project = project_map.here()
    server = panes.server(project)
    with lock.held(project.lock("start")):
        look = Look(project)
        if windows.is_up(server):
            _complete(look, server)
        else:
            if lacking := readiness.lacking_for_a_team(look):
                _say_lacking(lacking)
                return 1
            _start(project, server, fresh)
    if attach:
        _attach(server)
    return None


def _say_lacking(lacking: list[readiness.Finding]) -> None:
    click.echo("nothing was started:")
    for finding in lacking:
        screen.parts(("!!  ", "red"), (finding.what, ""))
        screen.line(f"    → {finding.mend}", "bold")


def _start(project: Project, server: Server, fresh: bool) -> None:
    """Hooks, inboxes and worktrees, what each agent needs, then tmux; the session counts when it is whole."""
    closing.close(project)  # an earlier start or stop was killed in the middle
    atomic.remove(project.stop_file)
    githooks.write_launcher(project)
    githooks.install(project)
    _staff(project)
    look = Look(project)
    team = [member for member in look.team.members if launching.adapter(look, member)]
    scripts = {member.name: launching.prepare(look, member, resume=not fresh) for member in team}
    columns, lines = screen.size()
    size = columns, lines - 1  # (tmux's status line takes one)
    begun = time.time()
    plan = [(window.name, window.columns) for window in seats(team, *size)] if team else []
    hooks = {member.name: signals.hook_of(project, member.name) for member in team}
    ids = windows.build(project, server, plan, scripts, hooks, size) if plan else {}
    _record(look, server, team, ids, begun)
    if not runner.watcher_stays(project):
        windows.add_watcher(project, server, size, first=not plan)
    else:
        click.echo("a watcher is running already and goes on")
    windows.declare_whole(server)
    events.append(project, f"start.{begun:.3f}", "team started", text=f"{len(team)} agents")
    click.echo(f"{len(team)} agent(s) in {len(plan)} window(s); `batty-hooks attach` takes you there, "
               "`batty-hooks status` shows who does what")  # fmt: skip


def _complete(look: Look, server: Server) -> None:
    """The team is up: members whose pane was closed, whose agent was given up or who are new in team.yaml get one."""
    _staff(look.project)
    project, there = look.project, panes.in_tmux(server)
    brought = []
    for member in look.team.members:
        pane = panes.of(project, member.name)
        if not launching.adapter(look, member):
            continue
        if pane and there.get(pane.id):
            if not pane.pid:  # who started it was killed before he could write that down
                panes.record(project, panes.found_at(pane, pane.id, there[pane.id]))
            continue
        if pane is None or pane.id not in there:
            known = {pane.id for pane in panes.listed(project)}
            id = windows.add(server, member.name, signals.hook_of(project, member.name), known)
            pane = panes.Pane(member.name, id, member.role.agent)
        launching.respawn(look, member, pane, True, (time.time(),))
        brought.append(member.name)
    if not runner.watcher_stays(project) and windows.revive_watcher(server):
        brought.append("the watcher")
    if brought:
        click.echo(f"the team is up; {', '.join(brought)} was missing and is started again")
    else:
        click.echo("the team is up already; `batty-hooks attach` takes you there")


def _staff(project: Project) -> None:
    """Inboxes and worktrees, as the staff move makes them."""
    troubles: list[FatalError] = []
    runner.Runner(project, ["staff"], lambda item, error: troubles.append(error)).sweep()
    if troubles:
        raise troubles[0]


def _record(look: Look, server: Server, team: list[Member], ids: dict[str, str], begun: float) -> None:
    pids = panes.in_tmux(server)
    for member in team:
        id = ids[member.name]
        resumed = (members.state(look.project, member.name) or members.State("", 0, "")).why == launching.RESUMED
        pane = panes.Pane(member.name, id, member.role.agent, starts=(begun,), resumed=resumed)
        panes.record(look.project, panes.found_at(pane, id, pids.get(id, 0)))


def _attach(server: Server) -> None:
    if tmux.around():
        click.echo("you are inside tmux: `env -u TMUX batty-hooks attach` shows the team inside it,\n"
                   "or leave it first, or type `batty-hooks attach` in another terminal")  # fmt: skip
        return
    tmux.become_client(server.socket, "attach-session", "-t", f"={panes.SESSION}")
