"""How a member's agent is started: what is written before its process begins. Used by `start` and by the revive move.

All of it lies in `.batty/members/<member>/`: `start` is a shell script that anybody can read, and run by hand. A pane's
shell becomes the program (`exec`): its pid, birth and end are then the agent's, whatever shell the user has.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.agents import base as agents
from batty_hooks.agents.base import Interactive, Launch, Start
from batty_hooks.errors import USAGE, FatalError
from batty_hooks.rules import readiness
from batty_hooks.rules.look import Look
from batty_hooks.state import members, panes, signals
from batty_hooks.state.panes import windows
from batty_hooks.state.team import Member, prompts
from batty_hooks.system import atomic, process
from batty_hooks.system.records import replace

RESUMED = "resumed"  # why it is starting
# What ties a process to the member it was started from. A person may well type `batty-hooks start` in its pane.
_OTHER_MEMBERS = ("BATTY_MEMBER", "BATTY_CARD", "BATTY_NO_WAKE", "BATTY_RUN", "BATTY_DETACHED")


def as_agent(look: Look, member: Member, agent: str) -> Member:
    """A member as it runs one of its further agents: what its role says to the first one (model, arguments, a mode that
    the other has not) counts for that alone."""
    role = member.role
    if agent == role.agent or agent not in role.agents:
        return member
    modes = tuple(getattr(agents.named(agent, look.project.adapters), "MODES", ()))
    mode = role.mode if role.mode in modes else None
    return replace(member, role=replace(role, agent=agent, model=None, args=(), mode=mode))


def adapter(look: Look, member: Member) -> Interactive | None:
    """The adapter of a member whose agent lives in a pane; None for one whose command runs once per brief."""
    return agents.interactive(member.role.agent, look.project.adapters)


def place_of(look: Look, member: Member) -> Path:
    """Where a member works: engineers in their worktree, the others in the primary checkout."""
    home = look.homes.get(member.name)
    return home.path if home else look.project.root


def mode_problem(look: Look, member: Member) -> FatalError | None:
    """What is wrong with the permission mode that team.yaml gives a member's role, or None."""
    agent, mode = agents.named(member.role.agent, look.project.adapters), member.role.mode
    modes = tuple(getattr(agent, "MODES", ()))
    if not mode or mode in modes:
        return None
    what = f"role {member.role.name!r}: {member.role.agent} has no permission mode {mode!r}"
    return FatalError(what, f"take one of: {', '.join(modes)}" if modes else "take `mode:` out", USAGE)


def launch_of(look: Look, member: Member, agent: Interactive) -> Launch:
    """What a member's agent is told, for a new session; writes nothing."""
    project, role = look.project, member.role
    return Launch(
        name=member.name, worktree=place_of(look, member), repository=project.root, common=project.common,
        room=project.member_directory(member.name) / "settings", hook=signals.hook_of(project, member.name),
        prompt=_role(look, member), model=role.model or "", args=role.args, mode=role.mode or agent.MODES[0],
        writable=(project.root / ".batty",), env=whole_environment(look, member),
    )  # fmt: skip


def environment(look: Look, member: Member, start: Start | None = None) -> tuple[dict[str, str], set[str]]:
    """What is added to the environment of a member's agent, and which names are taken out of it."""
    of_start = start.env if start else {}
    wanted = {**readiness.environment(look, member.name), **member.role.env, **of_start, "BATTY_MEMBER": member.name}
    unset = {name for name, value in of_start.items() if not value}
    own = {name: value for name, value in wanted.items() if name not in unset}
    return own, {*process.GIT_LOCAL, *agents.marks(), *_OTHER_MEMBERS, *unset} - set(own)


def whole_environment(look: Look, member: Member) -> dict[str, str]:
    """The environment of a member's agent, but for what its adapter adds."""
    own, gone = environment(look, member)
    return {**process.clean_environment(drop=gone), **own}


def prepare(look: Look, member: Member, resume: bool) -> Path:
    """Write all that a start needs; the script that makes it. The member's session is resumed if it is known and
    ``resume`` is set. The member counts as starting from here on."""
    project, agent = look.project, adapter(look, member)
    if agent is None:
        raise FatalError(f"{member.name}'s agent runs once per brief", "it needs no pane")
    if wrong := mode_problem(look, member):
        raise wrong
    room = project.member_directory(member.name)
    (room / "settings").mkdir(parents=True, exist_ok=True)
    session = members.session(project, member.name, member.role.agent) if resume else ""
    signals.prepare(project, member.name)
    start = agent.start(launch_of(look, member, agent)._replace(session=session))
    for path, text in start.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, text, mode=0o600)
    script = room / "start"
    atomic.write(script, _script(look, member, start), mode=0o755)
    signals.clear(project, member.name)
    # A session that is resumed stays known until the agent names another: we may be killed before it can.
    members.set_session(project, member.name, start.session or session, member.role.agent)
    members.set_state(project, member.name, members.STARTING, RESUMED if session else "started", "start")
    return script


def is_well(look: Look, pane: panes.Pane, there: Mapping[str, int]) -> bool:
    """Whether a member needs no start: its process lives in its pane (``there``: what tmux has), and it is not at a
    limit whose end nobody knows. Who types `start` then has logged in again; some CLIs see that at their start only."""
    state = look.state(pane.member)
    is_stuck = state is not None and state.state == members.LIMIT and not state.until
    return bool(there.get(pane.id)) and not is_stuck


def respawn(look: Look, member: Member, pane: panes.Pane, resume: bool, starts: tuple[float, ...]) -> bool:
    """Start a member's agent again in the pane it had; whether in its session. The record is written first, so that
    nobody takes the member for dead meanwhile; that its session was resumed is known when that was tried."""
    project, server, member = look.project, panes.server(look.project), as_agent(look, member, pane.agent)
    script = prepare(look, member, resume)
    known = members.state(project, member.name)
    resumed = bool(known and known.why == RESUMED)
    now = panes.Pane(member.name, pane.id, member.role.agent, starts=starts)
    panes.record(project, now)
    server.run(("respawn-pane", "-k", "-t", pane.id, *windows.in_place(script)))
    now = panes.found_at(now, pane.id, panes.in_tmux(server).get(pane.id, 0))
    panes.record(project, replace(now, resumed=resumed))
    return resumed


def _role(look: Look, member: Member) -> str:
    file = prompts.file_of(look.project.team_directory, member.role)
    text = file.read_text(encoding="utf-8", errors="replace") if file else ""
    agent = adapter(look, member)
    return prompts.render(text, look.team, member, look.team.gate.command or "", getattr(agent, "SHELL", True))


def _script(look: Look, member: Member, start: Start) -> str:
    project, place = look.project, place_of(look, member)
    own, gone = environment(look, member, start)
    return f"""\
#!/bin/sh
# Starts {member.name}'s agent. Written anew by `batty-hooks start` and at each restart.
cd {shlex.quote(str(place))} || exit
unset {" ".join(sorted(gone))}
PATH={shlex.quote(str(project.launcher.parent))}:$PATH
export PATH
if command -v infocmp >/dev/null && ! infocmp >/dev/null 2>&1; then TERM=screen; export TERM; fi
{"".join(f"export {name}={shlex.quote(value)}{chr(10)}" for name, value in own.items())}\
exec {shlex.join(start.argv)}
"""
