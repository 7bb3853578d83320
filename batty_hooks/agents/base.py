"""What every coding CLI tells about itself. One file of this folder adds one; nothing here knows of boards or cards."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol


class Agent(Protocol):
    """A module of this folder: ``NAME`` as written in team.yaml, ``PROGRAM`` the executable that must be on the PATH
    ("" for none), ``INTERACTIVE`` whether it runs in a pane of its own rather than once per brief."""

    NAME: str
    PROGRAM: str
    INTERACTIVE: bool


def named(name: str) -> Agent:
    """The agent of that name; the team's reader has made sure that it is one."""
    module: Agent = import_module(f"batty_hooks.agents.{name}")
    return module
