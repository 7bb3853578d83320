"""What every coding CLI tells about itself. One file of this folder adds one; nothing here knows of boards or cards.

An adapter is pure: strings and paths in, strings out. It says how its CLI is started and what each of the CLI's own
events means; others write the files, start the process, take the events in and paste the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

STARTING, READY, WORKING, ASKING, LIMIT, GONE = "starting", "ready", "working", "asking", "limit", "gone"


@dataclass(frozen=True)
class Launch:
    """What a CLI is to be started with.

    ``name`` is what people call it, ``worktree`` where it works, ``repository`` the primary checkout (trust is keyed
    by it), ``common`` the git directory all worktrees share (a sandbox must let commits write there). ``room`` is a
    directory of its own for settings; ``hook`` a program the CLI is to run for each of its events, as
    `hook EVENT`, with the event's JSON on its standard input. ``prompt`` is the role, ``mode`` the permission mode of
    team.yaml ("" for the adapter's own), ``session`` one to resume ("" begins a new one).
    """

    name: str
    worktree: Path
    repository: Path
    common: Path
    room: Path
    hook: Path
    prompt: str
    model: str = ""
    args: tuple[str, ...] = ()
    mode: str = ""
    session: str = ""


@dataclass(frozen=True)
class Start:
    """How it is started: ``argv``, what is added to the environment, ``files`` to be written before (path → text), and
    the ``session`` if it is known beforehand."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)
    session: str = ""


@dataclass(frozen=True)
class Heard:
    """What an event means: the ``state`` it says ("" none), ``why`` in a few words for people, the text of a prompt
    that it shows to have been taken (``took``; "" none), the ``session`` it names, and until when a limit lasts
    (seconds since the epoch; 0 unknown)."""

    state: str = ""
    why: str = ""
    took: str = ""
    session: str = ""
    until: float = 0.0


class Agent(Protocol):
    """A module of this folder: ``NAME`` as written in team.yaml, ``PROGRAM`` the executable that must be on the PATH
    ("" for none), ``INTERACTIVE`` whether it runs in a pane of its own rather than once per brief."""

    NAME: str
    PROGRAM: str
    INTERACTIVE: bool


class Interactive(Agent, Protocol):
    """An agent that lives in a pane. ``MODES`` are the permission modes team.yaml may name, the default first."""

    MODES: tuple[str, ...]

    def start(self, launch: Launch) -> Start:
        """How to start it, or to resume ``launch.session``."""
        ...

    def heard(self, event: str, data: Mapping[str, Any]) -> Heard:
        """What one of its own events means."""
        ...

    def glance(self, room: Path, pid: int, session: str) -> Heard | None:
        """What the file the CLI keeps of itself says, for the gaps that its events leave; None when there is none."""
        ...


def named(name: str) -> Agent:
    """The agent of that name; the team's reader has made sure that it is one."""
    module: Agent = import_module(f"batty_hooks.agents.{name}")
    return module
