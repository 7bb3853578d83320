"""The parent of one run of a user's command: takes what it prints, and leaves nothing of it behind.

`process.run_user` starts this in an interpreter and a session of its own: a process group, a session and an environment
can all be left by whoever wants to. On Linux it is a child subreaper: whatever the command starts (in a session of its
own, twice forked, with an empty environment) comes back to it when its parent dies, so nothing can hide. Elsewhere
(macOS) it ends what descends from the command or carries its mark (descendants.MARK) at that moment: what has lost both
gets away. What we start to live on (`process.detach`, the hooks' wake) is spared at the end of an agent's command.

Orders come through a pipe, one letter each; the end of that pipe says that the tester is dead, and then nobody needs
the run. Through another pipe goes back an empty line when the command is running, for its time limit counts from there
(on a busy machine an interpreter takes seconds to be there), and the last word (see ``_Run.last_word``); who gets none
knows that the supervisor was killed. A successor names it by pid *and* birth, and finds what a killed one left by the
mark.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import time

from batty_hooks.system import bounded, descendants
from batty_hooks.system.signals import core as signal

CANCEL, TIME_IS_UP = b"C", b"T"
GRACE = {CANCEL: 0.3, TIME_IS_UP: descendants.GRACE_SECONDS}  # seconds from TERM to KILL
_GRACE_AT_END = 0.5  # for what a run that has ended by itself left in the background
_SPARED_SECONDS = 0.1  # for what was started last, to live on, to become the program that says so
_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_PIECES = 64  # how often the pipe is emptied before anything else is looked at
_NORMAL = (
    signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD,
)  # fmt: skip


def main() -> None:
    """The program: the ends of the two pipes and a flag in argv; shell and command line through the first pipe."""
    orders, report, spare = map(int, sys.argv[1:4])
    for fd in (orders, report):
        os.set_inheritable(fd, False)
    shell, command, order = _what_to_run(orders)
    run = _Run(orders, order, bool(spare))
    run.start(os.fsdecode(shell), os.fsdecode(command))
    try:  # noqa: SIM105 - (contextlib takes longer to import than everything here together)
        os.write(report, b"\n")
    except BrokenPipeError:  # the tester is dead; the end of the orders says so too
        pass
    run.to_its_end()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody reads it when the tester is dead
    os.write(report, run.last_word().encode())
    os._exit(0)


def _what_to_run(orders: int) -> list[bytes]:
    """Shell and command line, each with a NUL behind it, and an order if one has come already."""
    said = b""
    while said.count(b"\0") < 2:
        piece = os.read(orders, 1 << 16)
        if not piece:
            os._exit(0)  # the tester died before it had said what to run
        said += piece
    return said.split(b"\0")


class _Run:
    """One run, from its start to the end of everything it started."""

    def __init__(self, orders: int, order: bytes, spare: bool) -> None:
        self.orders, self.order, self.spare = orders, order[:1], spare
        self.output, self.inlet = os.pipe()
        self.stirred, self.stir = os.pipe()
        for fd in (self.output, self.stirred, self.stir):
            os.set_blocking(fd, False)
        self.poll = select.poll()
        for fd in (self.orders, self.output, self.stirred):
            self.poll.register(fd, select.POLLIN)
        self.log = bounded.Log(1)
        self.cut = self.command = self.errno = 0
        self.exit: int | None = None
        self.stopped = self.childless = self.catches_all = False
        self.mark = ""

    def start(self, shell: str, command: str) -> None:
        """Start the command in a session of its own, with the signals and the mark it must have."""
        self.catches_all = _become_subreaper()
        signal.set_wakeup_fd(self.stir, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._told_to_end)
        self.mark = descendants.mark(os.getpid(), descendants.birth(os.getpid()))
        environment = {name: value for name, value in os.environ.items() if name != descendants.DETACHED}
        environment[descendants.MARK] = ",".join(filter(None, (environment.get(descendants.MARK), self.mark)))
        try:
            self.command = os.posix_spawn(
                shell, [shell, "-c", command], environment, setsid=True, setsigmask=(), setsigdef=_NORMAL,
                file_actions=[(os.POSIX_SPAWN_DUP2, self.inlet, 1), (os.POSIX_SPAWN_DUP2, self.inlet, 2)],
            )  # fmt: skip
        except OSError as error:
            self.errno, self.exit = error.errno or errno.EIO, -1
        os.close(self.inlet)

    def _told_to_end(self, number: int, frame: object) -> None:
        """By a successor of the tester, or by somebody who means the run."""
        self.order = self.order or TIME_IS_UP

    def to_its_end(self) -> None:
        """Wait until the command has ended or must end, end everything that is left of it, and put the log in order."""
        while self.exit is None and not self.order:
            self._look(None)
        self.stopped = self.exit is None
        if self.spare and not self.stopped:
            self._pause(_SPARED_SECONDS)
        grace = GRACE.get(self.order, GRACE[TIME_IS_UP]) if self.stopped else _GRACE_AT_END
        for process in descendants.end(self._left, grace, self._pause):
            self.log.add(f"\n[batty-hooks: process {process.pid} could not be ended]\n".encode())
        self._take_what_is_there()
        try:
            self.cut = self.log.finish()
        except OSError as error:
            self.log.refused = error

    def last_word(self) -> str:
        """Five numbers: the exit code (negative: the signal), 1 when the command did not end by itself, the error of a
        shell that could not be started, the error of a log that could not be written, and the bytes left out of it."""
        exit = -signal.SIGKILL if self.exit is None else self.exit
        refused = self.log.refused.errno if self.log.refused else 0
        return " ".join(str(int(number or 0)) for number in (exit, self.stopped, self.errno, refused, self.cut))

    def _pause(self, seconds: float) -> None:
        """Let time pass, or less of it when no child is left."""
        limit = time.monotonic() + seconds
        while not self.childless and (rest := limit - time.monotonic()) > 0:
            self._look(rest)

    def _look(self, seconds: float | None) -> None:
        """Wait for something to happen, at most so long, and do what it asks for."""
        for fd, _ in self.poll.poll(None if seconds is None else seconds * 1000):
            if fd == self.output:
                self._take_what_is_there()
            elif fd == self.stirred:
                os.read(self.stirred, 512)
                self._reap()
            else:
                said = os.read(self.orders, 16)
                self.order = self.order or said[:1] or TIME_IS_UP
                if not said:
                    self.poll.unregister(self.orders)

    def _take_what_is_there(self) -> None:
        for _ in range(_PIECES):  # and no more: it may be printing for ever
            if not self._take():
                break

    def _take(self) -> bool:
        """Take what was printed; False when there is nothing now."""
        if self.output < 0:
            return False
        try:
            data = os.read(self.output, bounded.PIECE)
        except BlockingIOError:
            return False
        if not data:  # nobody has it open any more; the command may still be at work
            self.poll.unregister(self.output)
            os.close(self.output)
            self.output = -1
        self.log.add(data)
        return bool(data)

    def _reap(self) -> None:
        """Take note of children that have ended, the command's own and those that came back to us."""
        self.childless = False
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.command:
                    self.exit = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            self.childless = True

    def _left(self) -> list[descendants.Process]:
        """What descends from the run and is not spared."""
        self._reap()
        if self.childless and self.catches_all:
            return []
        living = descendants.table()
        spared = descendants.lives_on if self.spare else None
        left = descendants.below(living, [os.getpid()], spared)
        if not left:
            self._reap()  # what ended before that look and after the last time is no more there, and not noted yet
        return left if self.catches_all else [*left, *(set(descendants.marked(living, self.mark, spared)) - set(left))]


def _become_subreaper() -> bool:
    """Have orphans among our descendants come back to us; False where the system cannot."""
    try:
        import ctypes

        library = ctypes.CDLL(None)
        return sys.platform == "linux" and int(library.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0
    except (ImportError, OSError):
        return False
