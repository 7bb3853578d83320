"""Is everything here that a team needs? Asked by `doctor`, and by `start` before it starts anything. Not a move."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from batty_hooks.agents import base as agents
from batty_hooks.errors import FatalError
from batty_hooks.moves.base import Look, checks, launching
from batty_hooks.state import githooks, outfit
from batty_hooks.system import process, tmux
from batty_hooks.system.git import config

_GIT, _TMUX = (2, 38), (3, 2)


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
    yield _version("git", found, _GIT)
    yield _version("tmux", tmux.version(), _TMUX)


def project(look: Look) -> Iterator[Finding]:
    """Hooks, trunk, team and board; each part on its own, so that one that is broken does not hide the next."""
    for problem in githooks.problems(look.project):
        yield Finding(False, problem, "batty-hooks install")
    for part in (_trunk, _team, _clis, _worktrees, _board):
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


def _team(look: Look) -> Iterator[Finding]:
    team = look.team
    yield Finding(True, f"team: {len(team.members)} member(s)" if team.members else "no team: hooks only")
    for name in sorted({member.role.agent for member in team.members}):
        agent = agents.named(name, look.project.adapters)
        if agent.PROGRAM and not shutil.which(agent.PROGRAM):
            mend = getattr(agent, "INSTALL", f"install {agent.PROGRAM}")
            yield Finding(False, f"agent {name}: {agent.PROGRAM} is not on the PATH", mend)
    for problem in {member.role: launching.mode_problem(look, member) for member in team.members}.values():
        if problem:
            yield Finding(False, problem.what, problem.mend)
    if team.gate.command:
        yield _gate(look, team.gate.command)


def _gate(look: Look, command: str) -> Finding:
    """A test command whose first word is plain must be one that the shell finds."""
    word = command.split()[0]
    if not re.fullmatch(r"[\w.+-]+", word) or process.capture(["sh", "-c", f"command -v {word}"]).returncode == 0:
        return Finding(True, f"gate: {command}")
    mend = "install it, or set gate.command in .batty/team_config/team.yaml"
    return Finding(False, f"gate: {word} is not on the PATH: {command}", mend)


def _clis(look: Look) -> Iterator[Finding]:
    for what, mend in checks.lacking(look):
        yield Finding(False, what, mend)


def _worktrees(look: Look) -> Iterator[Finding]:
    for path in look.wishes.brought:
        if why := outfit.lacking(look.project, path):
            yield Finding(False, f"worktrees: {path} {why}", "put it there, or take it out of team.yaml")
    for number in range(1, look.team.gate.slots + 1):
        known = outfit.get(look.project, f"gate-{number}")
        if known and known.result == outfit.LITTER:
            mend = "add them to .gitignore: until then the setup runs anew before each test"
            yield Finding(False, f"gate-{number}: {known.says[-1]}", mend)


def _board(look: Look) -> Iterator[Finding]:
    yield Finding(not look.board.doubt, f"board: {len(look.board.cards)} card(s)")


def _start(look: Look) -> Iterator[Finding]:
    """What `doctor` says in other words, or does not mind."""
    if not look.team.members:
        yield Finding(False, "there is no team", "`batty-hooks init --template pair` writes one")
    if not look.team.gate.command:
        mend = "set gate.command in .batty/team_config/team.yaml"
        yield Finding(False, "no test command is set, so nothing could land", mend)
    if look.board.doubt:
        mend = "batty-hooks board --restore (or --accept)"
        yield Finding(False, f"kanban.md is not acted on: {look.board.doubt}", mend)
