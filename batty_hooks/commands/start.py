"""batty-hooks start: the whole team in tmux, each member in a pane of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import closing, interface, launching, runner, under_lock
from batty_hooks.people import colours, installing, prerequisites
from batty_hooks.rules.look import Look
from batty_hooks.state import events, githooks, members, panes, signals, team, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.panes import others, reaching, windows
from batty_hooks.state.project import Project
from batty_hooks.state.team import Member
from batty_hooks.state.team.seating import seats
from batty_hooks.system import lock, process, screen, tmux
from batty_hooks.system.tmux import Server
from batty_hooks.vocabulary import happened, ids

_END_SECONDS = 2.0
_LEAST = (20, 5)


@click.command()
@click.option("--attach", is_flag=True, help="Go there at once.")
@click.option("--top/--no-top", "with_top", default=True,
              help="With --attach: the team at a glance (`batty-hooks top`) as the first window.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Begin new sessions instead of resuming the agents' old ones.")
def command(attach: bool, with_top: bool, fresh: bool) -> int | None:
    """Start the team: a pane in tmux for each member.

    The watcher is in a window of its own. Everything is checked first; when something is missing, nothing is started.
    """
    project = project_map.find(Path.cwd())
    if project.prepared or not project.team_file.exists():
        project.require_prepared()
    else:  # a team.yaml of his own is all that somebody has made so far
        installing.set_up(project)
    server = panes.server(project)
    with screen.working("starting the team"), lock.held(project.lock("start")):
        _see_to_a_gate(project)
        look = Look(project)
        up = reaching.is_up(project, server)
        wanted = _wanted(look, server) if up else []
        if (wanted or not up) and (lacking := prerequisites.lacking_for_a_team(look)):
            _say_lacking(lacking)
            return 1
        if up:
            _complete(look, server, wanted, fresh)
        else:
            _start(project, server, fresh)
    if attach:
        _attach(project, server, with_top)
    return None


def _see_to_a_gate(project: Project) -> None:
    """A team.yaml without a test command gets the one that is found, and that is said before anything is started."""
    if team.load(project).members and not team.load(project).gate.command:
        for number, line in enumerate(installing.say_gate(project)):
            click.echo(f"{'' if number else 'gate:':<5} {line}")


def _say_lacking(lacking: list[prerequisites.Finding]) -> None:
    click.echo("nothing was started:")
    for finding in lacking:
        screen.parts(colours.sign(finding.well, bool(finding.mend)), (finding.what, ""))
        screen.typed(finding.mend, lead="    → ")


def _start(project: Project, server: Server, fresh: bool) -> None:
    """Hooks, inboxes and worktrees, what each agent needs, then tmux; the session counts when it is whole."""
    closing.close(project)  # an earlier start or stop was killed in the middle
    watcher.end_stop(project)
    project.sign()
    githooks.write_launcher(project)
    githooks.install(project)
    _staff(project)
    look = Look(project)
    seated = [member for member in look.team.members if launching.adapter(look, member)]
    scripts = {member.name: launching.prepare(look, member, resume=not fresh) for member in seated}
    size = _size()
    begun = time.time()
    plan = [(window.name, window.columns) for window in seats(seated, *size)] if seated else []
    hooks = {member.name: signals.hook_of(project, member.name) for member in seated}
    try:
        with watcher.expected(project):
            if others.names(server):  # its server has gone on, and what is started gets the environment of that
                windows.set_environment(server, process.clean_environment())
            panes_of = windows.build(project, server, plan, scripts, hooks, size) if plan else {}
            _record(look, server, seated, panes_of, begun)
            if not watcher.stays(project):
                windows.add_watcher(project, server, size, first=not plan)
            else:
                click.echo("a watcher is running already and goes on")
            windows.declare_whole(server)
    except FatalError:  # nobody counts as starting who is not
        closing.close(project)
        for member in seated:
            members.set_state(project, member.name, members.GONE, "the team was not started", "stop")
        raise
    events.append(project, ids.of_command("start", f"{begun:.3f}"), happened.TEAM_STARTED, text=f"{len(seated)} agents")
    click.echo("\n".join(_who_runs(look, seated, len(plan))))


def _who_runs(look: Look, seated: list[Member], number: int) -> Iterator[str]:
    """Agents in panes, and those that are a command: it runs for each card, beside tmux."""
    commands = [member.name for member in look.team.members if member not in seated]
    if seated:
        agents = "one agent" if len(seated) == 1 else f"{len(seated)} agents"
        yield (f"{agents} in {'one window' if number == 1 else f'{number} windows'}; `batty-hooks attach` takes you "
               "there, `batty-hooks status` shows who does what")  # fmt: skip
    if commands:
        yield f"no pane: {', '.join(commands)}; the watcher runs the command for each card, `batty-hooks log -f` tells"


def _wanted(look: Look, server: Server) -> list[str]:
    """Who has no agent though the team is up: whose pane was closed, who was given up, who is new in team.yaml; and who
    has reached a limit of which nobody knows the end (a person has logged in again, say)."""
    there = panes.at_home(server)
    with_panes = [member.name for member in look.team.members if launching.adapter(look, member)]
    known = {name: panes.of(look.project, name) for name in with_panes}
    return [name for name, pane in known.items() if pane is None or not launching.is_well(look, pane, there)]


def _complete(look: Look, server: Server, wanted: list[str], fresh: bool) -> None:
    """The team is up: those ``wanted`` get an agent in the environment of this call, those who are gone lose theirs."""
    _staff(look.project)
    project = look.project
    with under_lock.alone(project, interface.AGENTS):
        there = panes.at_home(server)
        for pane in panes.listed(project):
            # Who started it was killed before he could write that down, or a person has done it (`respawn-pane`).
            if there.get(pane.id) and not (pane.pid and pane.alive):
                panes.record(project, panes.found_at(pane, pane.id, there[pane.id]))
    _dismiss(look, server)
    if wanted:
        windows.set_environment(server, process.clean_environment())
    for name in wanted:
        _bring(look, server, name, fresh)
    brought = list(wanted)
    if not watcher.stays(project) and windows.bring_watcher(project, server, _size()):
        brought.append("the watcher")
    if brought:
        click.echo(f"the team is up; {', '.join(brought)} is started again")
    else:
        click.echo("the team is up already; `batty-hooks attach` takes you there")


def _bring(look: Look, server: Server, name: str, fresh: bool) -> None:
    project, member = look.project, look.team.member(name)
    if member is None:
        return
    with under_lock.alone(project, interface.AGENTS):
        before = pane = panes.of(project, name)
        there = panes.in_tmux(server)
        is_others = pane is not None and there.get(pane.id) and pane.id not in panes.at_home(server)
        if pane is None or pane.id not in there or is_others:
            known = {pane.id for pane in panes.listed(project)}
            id = windows.add(server, name, signals.hook_of(project, name), known)
            pane = panes.Pane(name, id, member.role.agent)
        launching.respawn(look, member, pane, not fresh, (time.time(),))
    if before and before.pid:
        process.end(before.pid, before.birth, _END_SECONDS)  # some CLIs outlive the pane that was closed on them


def _dismiss(look: Look, server: Server) -> None:
    """Who is not in team.yaml any more, or runs in no pane by it, loses pane and process. All else of his stays."""
    for pane in panes.listed(look.project):
        member = look.team.member(pane.member)
        if member and launching.adapter(look, member):
            if pane.agent not in member.role.agents:
                click.echo(f"{pane.member} still runs {pane.agent}: `batty-hooks stop`, then start, brings "
                           f"{member.role.agent}")  # fmt: skip
            continue
        windows.close_pane(server, pane.id)
        closing.end(look.project, pane)
        click.echo(f"{pane.member} is not in the team any more: its pane is closed; worktree and messages stay")


def _size() -> tuple[int, int]:
    """The size of the team's windows: tmux's status line takes one. One that shows nothing is not asked for."""
    columns, lines = screen.size()
    return max(columns, _LEAST[0]), max(lines - 1, _LEAST[1])


def _staff(project: Project) -> None:
    """Inboxes and worktrees, as the staff move makes them."""
    troubles: list[FatalError] = []
    runner.Runner(project, ["staff"], lambda item, error: troubles.append(error)).sweep()
    if troubles:
        raise troubles[0]


def _record(look: Look, server: Server, seated: list[Member], panes_of: dict[str, str], begun: float) -> None:
    pids = panes.in_tmux(server)
    for member in seated:
        id = panes_of[member.name]
        resumed = (members.state(look.project, member.name) or members.State("", 0, "")).why == launching.RESUMED
        pane = panes.Pane(member.name, id, member.role.agent, starts=(begun,), resumed=resumed)
        panes.record(look.project, panes.found_at(pane, id, pids.get(id, 0)))


def _attach(project: Project, server: Server, with_top: bool) -> None:
    if tmux.around():
        click.echo("you are inside tmux: `env -u TMUX batty-hooks attach` shows the team inside it,\n"
                   "or leave it first, or type `batty-hooks attach` in another terminal")  # fmt: skip
        return
    if with_top and sys.stdin.isatty() and screen.is_terminal():
        windows.bring_top(project, server)
    tmux.become_client(server.socket, "attach-session", "-t", f"={panes.SESSION}")
