"""The agents that team.yaml may name: the files of agents/ and those of the folder of that name beside it.

What an agent is able to do stands in its own file, and is read there without running it.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from batty_hooks.state.team.document import Table, nearest, suggest
from batty_hooks.state.team.model import ARCHITECT, MANAGER, REVIEWER, USER, Role
from batty_hooks.system import late
from batty_hooks.system.directories import names

COMMAND = "command"  # runs for each brief, and has a `command:` of its own
_PLACEHOLDERS = ("brief", "card", "worktree")
_SHIPPED = Path(__file__).resolve().parents[2] / "agents"
_MUTE = late.pattern(r"^(?:INTERACTIVE|SHELL)\b[^=\n]*=\s*False\b", re.MULTILINE)


def known(directory: Path) -> list[str]:
    """The agent CLIs, by the files of agents/ and by those of the folder of that name beside team.yaml."""
    files = [*names(_SHIPPED)]
    with contextlib.suppress(OSError):  # who may not read his own has none
        files += names(directory / "agents")
    return sorted({name.removesuffix(".py") for name in files if name.endswith(".py")} - {"__init__", "base"})


def check(role: Role, table: Table, directory: Path) -> None:
    """Report what is wrong with a role's agent and command."""
    names = known(directory)
    if role.role_type == USER:
        if role.instances != 1:
            table.report("instances", "there is one human", "take `instances` out")
    elif not role.agent:
        table.report("agent", "it has no agent", suggest("", names, "add `agent:` and"))
    elif role.agent not in names:
        table.report("agent", f"there is no agent {role.agent!r}", suggest(role.agent, names))
    elif role.agent == COMMAND and not role.command:
        table.report("agent", "the agent is a command, but no `command` is given", "add `command: ./work {brief}`")
    _check_also(role, table, names)
    if role.command and role.agent != COMMAND:
        table.report("command", "only `agent: command` has a `command`", f"write `agent: {COMMAND}`, or take it out")
    for word in re.findall(r"(?<!\$)\{([a-z_]+)\}", role.command or ""):
        # awk '{print}' is no mistake; {breif} is one.
        if word not in _PLACEHOLDERS and nearest(word, _PLACEHOLDERS):
            table.report("command", f"there is no {{{word}}} to put in", suggest(word, _PLACEHOLDERS))


def _check_also(role: Role, table: Table, names: list[str]) -> None:
    """Those that go on when the first is at its limit live in a pane, each."""
    for agent in role.also:
        if agent not in names:
            table.report("agent", f"there is no agent {agent!r}", suggest(agent, names))
    if role.also and COMMAND in role.agents:
        table.report("agent", "a command has no limit after which another agent could go on", "name one agent alone")
    if len(set(role.agents)) < len(role.agents):
        table.report("agent", "an agent is named twice", "name each once, the one to begin with first")


def check_leader(role: Role, table: Table, directory: Path) -> None:
    """Who leads has to read what is written to it and to type commands; an agent's own file says whether it can."""
    for agent in role.agents:
        if agent in known(directory) and not can_take(role.role_type, agent, directory):
            _report_unable(role, agent, table, directory)


def _report_unable(role: Role, agent: str, table: Table, directory: Path) -> None:
    able = [name for name in known(directory) if can_take(role.role_type, name, directory)]
    what = f"the agent {agent!r} cannot read messages and type commands, as {_article(role.role_type)} must"
    table.report("agent", what, f"take one of: {', '.join(able)}")


def can_take(role_type: str, agent: str, directory: Path) -> bool:
    """Whether an agent can be of that type: any may be an engineer. A reviewer types its word, as who leads does; a
    command does that in its script."""
    if (role_type, agent) == (REVIEWER, COMMAND):
        return True
    return role_type not in (ARCHITECT, MANAGER, REVIEWER) or _can_lead(agent, directory)


def _can_lead(agent: str, directory: Path) -> bool:
    files = (_SHIPPED / f"{agent}.py", directory / "agents" / f"{agent}.py")
    text = next(file.read_text("utf-8", "replace") for file in files if file.is_file())
    return not _MUTE.search(text)


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
