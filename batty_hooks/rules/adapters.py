"""The adapters of the agents in panes, as the moves ask them: a broken one makes its own members deaf, no others.

An adapter may be anybody's file, saved half-written while the team is at work. Whatever it does becomes one FatalError
that names file and function (`agents/base/`); until it can be read again, what its members said waits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import cast

from batty_hooks.agents import base as agents
from batty_hooks.agents.base import Heard, Interactive
from batty_hooks.errors import FatalError
from batty_hooks.state import members, panes
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project


def of(project: Project, pane: Pane) -> Interactive | None:
    """The adapter of the agent in a pane; None where it cannot be read now."""
    agent = agents.readable(pane.agent, project.adapters)
    return cast(Interactive, agent) if agent and agent.INTERACTIVE else None


def glance(project: Project, pane: Pane) -> Heard | None:
    """What the file that the CLI keeps of itself says; None where it says nothing or cannot be understood."""
    agent = of(project, pane)
    with contextlib.suppress(FatalError):
        return _glance(project, pane, agent) if agent else None
    return None


def is_in_a_dialog(project: Project, pane: Pane) -> bool:
    """Whether the terminal shows that a CLI asks something that neither its hooks nor its file tell of: it has taken
    the cursor out of its input box."""
    return bool(getattr(of(project, pane), "CURSOR", False)) and panes.hides_cursor(panes.server(project), pane)


def problems(project: Project) -> Iterator[FatalError]:
    """What is wrong with the adapters of the agents in panes, each once."""
    said = set()
    for pane in panes.listed(project):
        try:
            agent = agents.interactive(pane.agent, project.adapters)
            if agent:
                _glance(project, pane, agent)
        except FatalError as error:
            if error.what not in said:
                said.add(error.what)
                yield error


def _glance(project: Project, pane: Pane, agent: Interactive) -> Heard | None:
    session = members.session(project, pane.member, pane.agent)
    return agent.glance(project.member_directory(pane.member) / "settings", pane.pid, session)
