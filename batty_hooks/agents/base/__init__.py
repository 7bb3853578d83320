"""What every coding CLI tells about itself. One file beside this room adds one; nothing here knows of boards or cards.

An adapter is pure: strings and paths in, strings out. It says how its CLI is started and what each of the CLI's own
events means; others write the files, start the process, take the events in and paste the text.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple, Protocol, cast

from batty_hooks.errors import FatalError

_MOST_TOKENS = 1e12  # of one answer; what is more is no count
STARTING, READY, WORKING, ASKING, LIMIT, GONE = "starting", "ready", "working", "asking", "limit", "gone"


class Launch(NamedTuple):
    """What a CLI is to be started with.

    ``name`` is what people call it, ``worktree`` where it works, ``repository`` the primary checkout (trust is keyed
    by it), ``common`` the git directory all worktrees share (a sandbox must let commits write there). ``room`` is a
    directory of its own for settings; ``hook`` a program the CLI is to run for each of its events, as
    `hook EVENT`, with the event's JSON on its standard input. ``prompt`` is the role, ``mode`` the permission mode of
    team.yaml ("" for the adapter's own), ``session`` one to resume ("" begins a new one). ``writable`` are directories
    besides worktree and ``common`` that it must be able to write to, for a CLI that keeps its commands in a sandbox.
    ``env`` is the environment it will have; where its own directory is may be said there, and differ for each role.
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
    writable: tuple[Path, ...] = ()
    env: Mapping[str, str] = MappingProxyType({})


class Start(NamedTuple):
    """How it is started: ``argv``, what is added to the environment ("" takes a name out of it), ``files`` to be
    written before (path → text), and the ``session`` if it is known beforehand."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = MappingProxyType({})
    files: Mapping[Path, str] = MappingProxyType({})
    session: str = ""


class Heard(NamedTuple):
    """What an event means: the ``state`` it says ("" none), ``why`` in a few words for people, the text of a prompt
    that it shows to have been taken (``took``; "" none), the ``session`` it names, ``until`` when a limit lasts, and,
    of a glance, ``at`` which time that was so (both in seconds since the epoch; 0 unknown); ``is_own`` when the CLI has
    made that prompt itself: no person has typed it."""

    state: str = ""
    why: str = ""
    took: str = ""
    session: str = ""
    until: float = 0.0
    at: float = 0.0
    is_own: bool = False


class Spent(NamedTuple):
    """What one answer of a model has used: when (seconds since the epoch), tokens read, written, and read from its
    provider's cache (which ``read`` does not count), the model, and what it cost where the CLI states it (None: it
    does not)."""

    at: float
    read: int
    written: int
    cached: int = 0
    model: str = ""
    cost: float | None = None


class Check(NamedTuple):
    """Whether a CLI can be used (somebody is logged in, its sandbox works), as far as that is known before a start.

    ``lacking`` is what is known to be missing ("" nothing). Where only the CLI itself knows, ``ask`` is the command
    that tells without a dialog, and ``means`` reads its exit code and what it printed: what is missing, or "". ``mend``
    is the line that mends it. In doubt nothing is missing: what does not work shows in the panes.
    """

    lacking: str = ""
    ask: tuple[str, ...] = ()
    means: Callable[[int, str], str] = lambda code, said: ""
    mend: str = ""


class Agent(Protocol):
    """A module beside this one: ``NAME`` as written in team.yaml, ``PROGRAM`` the executable that must be on the PATH
    ("" for none), ``INTERACTIVE`` whether it runs in a pane of its own rather than once per brief."""

    NAME: str
    PROGRAM: str
    INTERACTIVE: bool


class Interactive(Agent, Protocol):
    """An agent that lives in a pane. ``MODES`` are the permission modes team.yaml may name, the default first.

    A module may also say ``READY_ON_SCREEN = True``: no event of the CLI comes before its first turn, so it counts as
    ready when its pane has switched to the alternate screen. ``CURSOR = True``: the terminal's cursor stands in its
    input box, and where it is hidden a dialog is open. ``SHELL = False``: its model can run no commands, so it
    cannot report; the end of a turn is its report. ``login(launch)`` and ``sandbox(launch)`` may give a Check each.
    ``INSTALL`` is the command that installs it, ``PLACES`` directories of its own that its installer puts
    it in. ``CLEAR`` are the keys that empty its input box, wherever the cursor is in it and in whatever mode:
    step by step (see ``typing.empty``).
    ``usage(room, session)`` gives what a session has used as a list of Spent, from the files the CLI keeps.
    ``transcripts(room, session)`` gives the files in which the CLI keeps what was said in a session.
    ``MARKS`` are the variables by which it ties the processes it starts to itself: no other agent is started with them.
    """

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


# Steps of keys that empty an input box of up to sixteen lines below the cursor and above (``Interactive.CLEAR``). C-u
# alone leaves what is right of the cursor, and in most CLIs all other lines. (OpenCode draws after each key.)
LINES_BELOW_AND_ABOVE = ("C-k Delete " * 16, "C-u BSpace " * 16)
# As the protocol of today's terminals has it: the byte alone would make another key of what comes next.
ESCAPE = "\x1b[27u"


def remember(launch: Launch, variable: str) -> dict[Path, str]:
    """A file in the room that says where the CLI's own directory is, if ``variable`` names one: a role may have an
    account of its own, and ``glance`` is asked by a process that has another environment. Each CLI has its file: what
    one has used is asked for when the next one has gone on."""
    return {_home_file(launch.room, variable): launch.env.get(variable, "")}


def remembered(room: Path, variable: str, usual: Path) -> Path:
    """The CLI's own directory, as it was when it was started."""
    for file in (_home_file(room, variable), room / "home"):  # (the second is of before each had its own)
        with contextlib.suppress(OSError):
            return Path(file.read_text("utf-8") or usual)
    return usual


def _home_file(room: Path, variable: str) -> Path:
    return room / f"home-{variable.lower()}"


def count(used: Mapping[str, Any], key: str) -> int:
    """A number of tokens in what a CLI keeps; 0 for anything else there."""
    number = used.get(key)
    return int(number) if isinstance(number, (int, float)) and 0 <= number < _MOST_TOKENS else 0


def seconds(stamp: Any) -> float:
    """A time as CLIs write it (ISO 8601), in seconds since the epoch; 0 when it is none."""
    try:
        return datetime.fromisoformat(str(stamp).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def clock_time(text: str, now: float) -> float:
    """The time of the day that a text names ("resets 3pm", "try again at 2:39 PM"), the next one after ``now``, in
    seconds since the epoch; 0 when it names none, or one with a date."""
    found = re.search(r"(?:resets|again at)(?: at)? (\d{1,2})(?::(\d\d))? ?([ap])\.?m", text, re.IGNORECASE)
    if not found:
        return 0.0
    hour = int(found[1]) % 12 + (12 if found[3].lower() == "p" else 0)
    today = datetime.fromtimestamp(now)
    then = today.replace(hour=hour % 24, minute=int(found[2] or 0), second=0, microsecond=0)
    return (then if then > today else then + timedelta(days=1)).timestamp()


def named(name: str, own: Path | None = None) -> Agent:
    """The agent of that name: the user's file `<own>/<name>.py` if there is one, else the shipped one.

    Raises FatalError for a file that is no adapter, and where there is none.
    """
    file = own / f"{name}.py" if own else None
    try:
        if file and file.is_file():
            return cast(Agent, _of_user(file, file.stat().st_mtime_ns))
        return cast(Agent, import_module(f"batty_hooks.agents.{name}"))
    except ImportError as error:
        raise FatalError(f"there is no agent {name!r}", f"write {file}, as docs/agents.md shows") from error


@cache
def marks() -> frozenset[str]:
    """The variables by which any of the shipped agents ties a process to itself."""
    shipped = [
        import_module(f"batty_hooks.agents.{name}") for _, name, _ in iter_modules([str(Path(__file__).parents[1])])
    ]
    return frozenset(mark for agent in shipped for mark in getattr(agent, "MARKS", ()))


def readable(name: str, own: Path | None = None) -> Agent | None:
    """The same, None where it cannot be read now: a user's file half-written must not hold up the others' agents."""
    try:
        return named(name, own)
    except FatalError:
        return None


def interactive(name: str, own: Path | None = None) -> Interactive | None:
    """The agent of that name if it lives in a pane, else None."""
    agent = named(name, own)
    return cast(Interactive, agent) if agent.INTERACTIVE else None


class _Own:
    """A user's adapter. Whatever its file does, one FatalError comes of it that names the file and the function."""

    def __init__(self, file: Path, module: ModuleType) -> None:
        self._file, self._module = file, module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        wanted = _GIVES.get(name)
        return found if wanted is None else lambda *given: self._call(name, found, wanted, given)

    def _call(self, name: str, function: Callable[..., Any], wanted: tuple[type, ...], given: tuple[Any, ...]) -> Any:
        try:
            gave = function(*given)
        except Exception as error:
            raise FatalError(f"{self._file}: {name}() failed: {type(error).__name__}: {error}", _MEND) from error
        if not isinstance(gave, wanted):
            kind = " or ".join("None" if each is type(None) else each.__name__ for each in wanted)
            raise FatalError(f"{self._file}: {name}() gave {type(gave).__name__}, not {kind}", _MEND)
        return gave


_MEND = "write it as docs/agents.md shows"
_GIVES: Mapping[str, tuple[type, ...]] = {
    "start": (Start,), "heard": (Heard,), "glance": (Heard, type(None)), "login": (Check,),
    "sandbox": (Check,), "usage": (list,),
}  # fmt: skip


@lru_cache(maxsize=64)
def _of_user(file: Path, mtime: int) -> _Own:
    module = ModuleType(f"batty_agent_{file.stem}")
    module.__file__ = str(file)
    try:  # (an import would leave compiled files in a folder that is committed)
        exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    except Exception as error:  # whatever a user's file does
        raise FatalError(f"{file} cannot be read: {type(error).__name__}: {error}", _MEND) from error
    wanted = ["NAME", "PROGRAM", "INTERACTIVE"]
    wanted += ["MODES", "start", "heard", "glance"] if getattr(module, "INTERACTIVE", False) else []
    lacking = [word for word in wanted if not hasattr(module, word)]
    if lacking:
        raise FatalError(f"{file} has no {', '.join(lacking)}", _MEND)
    if "MODES" in wanted and not (module.MODES and all(isinstance(mode, str) for mode in module.MODES)):
        raise FatalError(f"{file}: MODES must name one permission mode at least", _MEND)
    return _Own(file, module)
