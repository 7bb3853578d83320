"""The one door to libtmux and tmux: a server of its own for each project, on a private socket.

Commands are joined with `;` where there are many: 19 panes take 0.24 s in one call and 0.99 s in one call each.

Something that tidies up old files (systemd-tmpfiles, macOS in /tmp) takes a socket away while its server lives on: then
nobody would reach the panes any more. Such a server is called back: at SIGUSR1 it makes its socket again.

A tmux server for each project, its socket named after the project's path: no pane, buffer or setting of anybody else
can be touched. The user's tmux.conf is read. Panes are started by `/bin/sh` and a script, as words and not as a line:
the person's shell may know no sh, or be none.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.system import late, process

_ABSENT = ("no server running", "error connecting", "no sessions", "server exited", "lost server")
_MENDS = (
    (("too long",), "set TMUX_TMPDIR to a directory with a shorter name, here and wherever batty-hooks is typed"),
    (("create directory", "error creating", "unsafe permissions", "not a directory", "Permission denied"),
     "set TMUX_TMPDIR to a directory of your own, here and wherever batty-hooks is typed"),
    (("UTF-8 locale",), "export LC_CTYPE=C.UTF-8"),
)  # fmt: skip
_MEND = "batty-hooks doctor"  # where tmux's own words are all that is known
_TRIES = 3
_PAUSE_SECONDS = 0.2
_CALL_SECONDS, _POLL_SECONDS = 0.5, 0.05
_elsewhere: set[int] = set()  # servers that were called, and have their socket in another directory than this process


class Server:
    """The tmux server on the socket of that name (`tmux -L NAME`); it need not be running. ``keeper`` finds the pid of
    one that lives though it does not answer (0: none)."""

    def __init__(self, socket: str, keeper: Callable[[], int] | None = None) -> None:
        self.socket = socket
        self.keeper = keeper

    def run(self, *commands: Sequence[str]) -> list[str]:
        """Run commands in one call, in order; their output in lines. Raises FatalError with tmux's own words at the
        first that fails: those after it are not run."""
        done = self._call(commands)
        if done.returncode or done.stderr:
            said = " ".join(done.stderr) or f"exit {done.returncode}"
            mend = "`batty-hooks start` brings the team up again" if _is_absent(said) else _MEND
            raise FatalError(f"tmux {commands[0][0]}: {said}", mending(said) or mend, TRY_AGAIN)
        return list(done.stdout)

    def ask(self, *command: str) -> list[str] | None:
        """The output of one command in lines, or None when there is no such pane, session or server."""
        done = self._call([command])
        return None if done.returncode or done.stderr else list(done.stdout)

    def has(self, session: str) -> bool:
        """Whether a session of exactly that name is there."""
        return self.ask("has-session", "-t", f"={session}") is not None

    def refusal(self) -> str:
        """In tmux's own words why nothing can be asked of it, "" when something can."""
        return " ".join(self._call([("list-sessions",)]).stderr)

    def open(self, commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> list[str]:
        """Run commands that begin with start-server, in a server that has ``environment``; their output in lines.

        Right after the end of an earlier server a new one fails half the time, so it is tried again.
        """
        for number in range(_TRIES):
            with _environment(environment):
                done = self._call(commands)
            if not done.returncode and not done.stderr:
                return list(done.stdout)
            if not _is_absent(" ".join(done.stderr)):
                break
            time.sleep(_PAUSE_SECONDS * (number + 1))
        said = " ".join(done.stderr)
        raise FatalError(f"tmux could not make the session: {said}", mending(said) or _MEND, TRY_AGAIN)

    def _call(self, commands: Sequence[Sequence[str]]) -> Any:
        done = self._called(commands)
        pid = self.keeper() if self.keeper and done.stderr and _is_absent(" ".join(done.stderr)) else 0
        if not pid or pid in _elsewhere:
            return done
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGUSR1)
        limit = time.monotonic() + _CALL_SECONDS
        while done.stderr and _is_absent(" ".join(done.stderr)) and time.monotonic() < limit:
            time.sleep(_POLL_SECONDS)
            done = self._called(commands)
        if done.stderr and _is_absent(" ".join(done.stderr)):
            _elsewhere.add(pid)
        return done

    def _called(self, commands: Sequence[Sequence[str]]) -> Any:
        common = late.part("libtmux", "common")
        words: list[str] = [f"-L{self.socket}"]
        for command in commands:
            words += [*([";"] if words[1:] else []), *map(_literal, command)]
        try:
            with _without_term():
                return common.tmux_cmd(*words)
        except common.exc.TmuxCommandNotFound:
            raise FatalError("tmux is not installed", "install tmux 3.2 or newer") from None


def version() -> tuple[int, ...] | None:
    """tmux's version as numbers, or None when tmux is not installed."""
    import shutil

    if not shutil.which("tmux"):
        return None
    found = late.part("libtmux", "common").get_version()
    return tuple(int(part) for part in re.findall(r"\d+", str(found)))


def mending(said: str) -> str:
    """What mends a tmux that cannot start at all, by its own words; "" where that is not known."""
    return next((mend for words, mend in _MENDS if any(word in said for word in words)), "")


def around() -> str | None:
    """The name of the socket of the tmux this process was started in, or None outside any."""
    path = os.environ.get("TMUX", "").partition(",")[0]
    return os.path.basename(path) or None


def become_client(socket: str, *command: str) -> NoReturn:
    """Become a tmux client of that server with ``command`` (attach-session …). Never returns."""
    import shutil

    program = shutil.which("tmux")
    if program is None:
        raise FatalError("tmux is not installed", "install tmux 3.2 or newer")
    _refuse_unknown_terminal()
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    os.execve(program, [program, f"-L{socket}", *command], environment)


def _refuse_unknown_terminal() -> None:
    """Where TERM names nothing that this machine knows (it came by ssh from a newer one), tmux can draw nothing."""
    term = os.environ.get("TERM", "")
    with contextlib.suppress(FileNotFoundError):  # without infocmp tmux says it in its own words
        if term and process.capture(["infocmp", term]).returncode == 0:
            return
        command = "TERM=xterm-256color batty-hooks attach"
        what = f"TERM={term} is no terminal that this machine knows" if term else "TERM is not set"
        raise FatalError(f"{what}, so tmux cannot draw here", f"`{command}` does for most terminals")


def _literal(word: str) -> str:
    """A word whose last character does not end the command."""
    return f"{word[:-1]}\\;" if word.endswith(";") else word


def _is_absent(said: str) -> bool:
    return any(words in said for words in _ABSENT)


def _without_term() -> contextlib.AbstractContextManager[None]:
    """tmux reads the terminal of whoever types, though it only carries out a command; one it does not know stops it."""
    if not (os.isatty(0) and "TERM" in os.environ):
        return contextlib.nullcontext()
    return _environment({name: value for name, value in os.environ.items() if name != "TERM"})


@contextlib.contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """This process's environment replaced for a moment: a tmux server keeps that of the call which starts it."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
