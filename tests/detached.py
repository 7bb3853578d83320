"""What a forked command starts to live on without it: the runner of a command agent, a wake. They are the same program,
so they are forked from it (see forked.py), which spares a quarter of a second of a processor each.

It is a process of its own as a started one is: its session, its environment, no file of ours, no handler of a signal.
What differs in any other way is started: another program, another launcher, where a test is going on in a thread.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from batty_hooks.state.githooks import launcher
from batty_hooks.system import descendants, process

Detach = Callable[[Sequence[str], Path, Mapping[str, str] | None], int]
_VERBS = ("run-command", "wake")
_MOST_FILES = 1024
_WAITING = ("(_watch)", "(wait)")  # threads that hold nothing: one listens to the file system, one waits for a child


def by_fork(be: Callable[[Sequence[str]], None], starts: Callable[[dict[str, str]], bool]) -> None:
    """From here on, let this process fork what lives on without it. ``be`` is the program, with these arguments;
    ``starts`` says of an environment that Python is to be started for it."""
    start: Detach = process.detach

    def detach(argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> int:
        environment = {**(os.environ if env is None else env), descendants.DETACHED: "1"}
        environment.pop(descendants.MARK, None)
        if not _is_ours(argv) or starts(environment):
            return start(argv, cwd, env)
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 and newer: of a fork where there are threads
            child = os.fork()
            if child == 0:
                grandchild = os.fork()
                if grandchild == 0:
                    _live_on(be, argv[1:], cwd, environment)
                os.write(writer, str(grandchild).encode())
                os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        with open(reader, "rb") as said:
            return int(said.read())

    process.detach = detach


def _is_ours(argv: Sequence[str]) -> bool:
    """Whether it is this very program, and a fork is safe now."""
    threads = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    if threading.current_thread() is not threading.main_thread() or argv[1] not in _VERBS:
        return False
    if not all(thread.name.endswith(_WAITING) for thread in threads):
        return False
    with contextlib.suppress(OSError):
        return Path(argv[0]).read_bytes() == launcher._launcher_text().encode("utf-8", "surrogateescape")
    return False


def _live_on(be: Callable[[Sequence[str]], None], arguments: Sequence[str], cwd: Path, env: dict[str, str]) -> None:
    """Be what was to be started; never come back."""
    try:
        os.setsid()
        gc.freeze()  # nothing that was opened before is closed once more, under a number that is somebody else's now
        for number in signal.valid_signals():
            if callable(signal.getsignal(number)):
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        os.closerange(3, _MOST_FILES)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - ends with us
        be(arguments)
    finally:
        os._exit(70)
