"""A team all of one agent: for somebody who has one of the CLIs that a template names, and not the others."""

from __future__ import annotations

from pathlib import Path

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.team import agents, document, entries, reading
from batty_hooks.state.team.model import USER, Role, Team

OWN_COMMAND = "./work {brief}"  # to be changed: what runs for each card
_OF_A_CLI = ("model", "mode", "args")  # what a role says to one CLI and another one may not understand


def cast(raw: bytes, agent: str, directory: Path) -> bytes:
    """The text of a team.yaml with ``agent`` for every role, and nothing else changed.

    Raises FatalError for an agent that there is not, or that cannot be what a role of the team is, and for a text that
    is better changed by hand.
    """
    known = agents.known(directory)
    if agent not in known:
        raise FatalError(f"there is no agent {agent!r}", document.suggest(agent, known), USAGE)
    before, wrong = reading.understand(raw, directory, "")
    if unable := unfit(before, agent, directory):
        what = f"{agent} cannot be {unable[0].name}: it reads no messages and types no commands"
        able = ", ".join(name for name in known if not unfit(before, name, directory))
        mend = (
            f"`batty-hooks init --template solo --agent {agent}` (you plan, it builds); or --agent with one of: {able}"
        )
        raise FatalError(what, mend, USAGE)
    new = entries.changed(document.text_of(raw), _changes(raw, agent)).encode()
    after, wrong_now = reading.understand(new, directory, "")
    done = len(after.roles) == len(before.roles) and all(role.agents in (("",), (agent,)) for role in _working(after))
    if not done or len(wrong_now) > len(wrong):
        raise FatalError("team.yaml is better changed by hand", f"write `agent: {agent}` into each of its roles")
    return new


def unfit(team: Team, agent: str, directory: Path) -> list[Role]:
    """The roles of a team that an agent cannot take."""
    return [role for role in _working(team) if not agents.can_take(role.role_type, agent, directory)]


def left_over(team: Team, agent: str) -> list[tuple[str, str]]:
    """(role, key) of what was written for the agent that each role had, where that was another one."""
    return [
        (role.name, key) for role in _working(team) for key in _OF_A_CLI if role.agent != agent and getattr(role, key)
    ]


def _working(team: Team) -> list[Role]:
    return [role for role in team.roles if role.role_type != USER]


def _changes(raw: bytes, agent: str) -> list[entries.Change]:
    text, found = document.text_of(raw), list[entries.Change]()
    roles = entries.find(document.compose(raw, []), "roles")
    for role in roles[1].value if roles and document.shape(roles[1]) == "sequence" else ():
        named = entries.find(role, "agent")
        if named is None:
            continue
        found.append(entries.replacement(named, agent))
        if agent != agents.COMMAND:
            found += entries.removal(text, role, "command")
        elif not entries.find(role, "command"):
            found.append(entries.addition(text, role, named, "command", OWN_COMMAND))
    return found
