"""Is everything here that a team needs? Asked by `doctor`, and by `start` before it starts anything. Not a move."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator

from batty_hooks import __version__
from batty_hooks.agents import base as agents
from batty_hooks.errors import FatalError
from batty_hooks.moves.base import launching
from batty_hooks.people import agent_checks, choosing
from batty_hooks.rules.look import Look
from batty_hooks.state import githooks, setup, testcommand, watcher
from batty_hooks.state import team as team_map
from batty_hooks.state.project import Project
from batty_hooks.system import probe, screen, tmux
from batty_hooks.system.git import config
from batty_hooks.system.records import dataclass

_TMUX = (3, 2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and how to mend it."""

    well: bool
    what: str
    mend: str = ""


def programs() -> Iterator[Finding]:
    """Python, git and tmux, and whether they are new enough."""
    yield Finding(True, f"Python {platform.python_version()} ({sys.executable})")
    try:
        found = config.version()
    except FatalError as error:
        yield Finding(False, error.what, error.mend)
        return
    yield _version("git", found, config.OLDEST)
    yield _version("tmux", tmux.version(), _TMUX)


def versions(project: Project) -> Iterator[Finding]:
    """Whether all that works here is of one version: what was set up, and the watcher that is running."""
    of_setup = project.written_by[1]
    if of_setup != __version__:
        words = of_setup or "an older one that did not write it down"
        yield Finding(False, f"set up by batty-hooks {words}; this is {__version__}", "batty-hooks install")
    if other := watcher.of_another_version(project):
        yield Finding(False, *other)


def project(look: Look) -> Iterator[Finding]:
    """Hooks, trunk, team and board; each part on its own, so that one that is broken does not hide the next."""
    for place in (look.project.batty, look.project.common):
        if refused := probe.unwritable(place):
            yield Finding(False, *refused)
    for problem in githooks.problems(look.project):
        yield Finding(False, problem, githooks.mend(look.project))
    for part in (_trunk, _server, _team, _clis, _worktrees, _hosts, _board):
        yield from _tried(part, look)


def lacking_for_a_team(look: Look) -> list[Finding]:
    """What has to be mended before a team can work: hooks are none of it, `start` mends those itself."""
    found = [*programs(), *(one for part in (_trunk, _team, _clis, _board, _start) for one in _tried(part, look))]
    return list(dict.fromkeys(one for one in found if one.mend))


def _tried(part: Callable[[Look], Iterator[Finding]], look: Look) -> Iterator[Finding]:
    try:
        yield from part(look)
    except FatalError as error:
        yield Finding(False, error.what, error.mend)


def _version(name: str, found: tuple[int, ...] | None, least: tuple[int, ...]) -> Finding:
    wanted = ".".join(map(str, least))
    if not found:
        return Finding(False, f"{name} is not installed", f"install {name} {wanted} or newer")
    words = f"{name} {'.'.join(map(str, found))}"
    return Finding(True, words) if found >= least else Finding(False, words, f"install {name} {wanted} or newer")


def _trunk(look: Look) -> Iterator[Finding]:
    yield Finding(True, f"trunk {look.trunk} at {look.tip[:10]}")


def _server(look: Look) -> Iterator[Finding]:
    if look.team.remote:
        from batty_hooks.people import server_checks

        for well, what, mend in server_checks.checked(look, look.team.remote):
            yield Finding(well, what, mend)


def _team(look: Look) -> Iterator[Finding]:
    team, file = look.team, team_map.file(look.project)
    for wrong in team_map.problems(file) if file.exists() else ():
        yield Finding(False, f"{file.name}:{wrong.line}: {wrong.what}", wrong.mend)
    branch = team_map.source(look.project)
    where = f" (team.yaml is read from {branch}: what is checked out has none)" if branch else ""
    yield Finding(
        True,
        f"team: {screen.counted(len(team.members), 'member')}{where}"
        if team.members
        else f"no team: hooks only{where}",
    )
    for name in sorted({agent for member in team.members for agent in member.role.agents}):
        agent = agents.named(name, look.project.adapters)
        if agent.PROGRAM and not shutil.which(agent.PROGRAM):
            yield _not_found(look, name, agent)
    for problem in {member.role: launching.mode_problem(look, member) for member in team.members}.values():
        if problem:
            yield Finding(False, problem.what, problem.mend)
    if team.gate.command:
        yield _gate(look, team.gate.command)


def _not_found(look: Look, name: str, agent: agents.Agent) -> Finding:
    """A CLI that a shell's alias alone finds is found by nobody else."""
    what = f"agent {name}: {agent.PROGRAM} is not on the PATH"
    if place := agent_checks.off_the_path(agent):
        return Finding(False, f"{what}; it is in {place}", f'export PATH="{place}:$PATH"  (an alias is not enough)')
    return Finding(False, what, f"{getattr(agent, 'INSTALL', f'install {agent.PROGRAM}')}{_instead(look)}")


def _instead(look: Look) -> str:
    """A CLI that is here and could be every member; one that is in the team already before others."""
    directory, used = (
        look.project.team_directory,
        {agent for member in look.team.members for agent in member.role.agents},
    )
    here = choosing.installed(directory)
    able = [name for name in choosing.can_do_all(look.team, directory) if name in here]
    best = sorted(able, key=lambda name: name not in used)[:1]
    return f", or `batty-hooks init --agent {best[0]}`, which is here" if best else ""


def _gate(look: Look, command: str) -> Finding:
    """A test command must be one that can be started."""
    lacking = testcommand.lacking(look.project.root, command)
    return Finding(False, f"gate: {lacking[0]}", lacking[1]) if lacking else Finding(True, f"gate: {command}")


def _clis(look: Look) -> Iterator[Finding]:
    for what, mend in agent_checks.lacking(look):
        yield Finding(False, what, mend)


def _worktrees(look: Look) -> Iterator[Finding]:
    for path in look.setup.brought:
        if why := setup.lacking(look.project, path):
            yield Finding(False, f"worktrees: {path} {why}", "put it there, or take it out of team.yaml")
    for number in range(1, look.team.gate.slots + 1):
        known = setup.get(look.project, f"gate-{number}")
        if known and known.result == setup.LITTER:
            mend = "add them to .gitignore: until then the setup runs anew before each test"
            yield Finding(False, f"gate-{number}: {known.says[-1]}", mend)


def _hosts(look: Look) -> Iterator[Finding]:
    if not look.team.gate.far.elsewhere:
        return
    from batty_hooks.people import hosts

    for well, what, mend in hosts.checked(look):
        yield Finding(well, what, mend)


def _board(look: Look) -> Iterator[Finding]:
    if look.no_board and not look.team.engineers and look.project.board_file.is_file():
        yield Finding(False, f"{look.no_board.what}: it is left alone ({look.no_board.mend})")
        return
    yield Finding(not look.board.doubt, f"board: {screen.counted(len(look.board.cards), 'card')}")


def _start(look: Look) -> Iterator[Finding]:
    """What `doctor` says in other words, or does not mind."""
    if not look.team.members:
        yield Finding(False, "there is no team", "`batty-hooks init --template pair` writes one")
    if not look.team.gate.command:
        mend = "set gate.command in .batty/team_config/team.yaml"
        yield Finding(False, "no test command is set, so nothing could land", mend)
    if look.board.doubt:
        mend = "batty-hooks board --restore  (or `batty-hooks board --accept` takes it as it is)"
        yield Finding(False, f"kanban.md is not acted on: {look.board.doubt}", mend)
