"""Errors by injection: the n-th call that opens or writes a file, or starts git, is refused by the system; once, or
from then on.

What may be refused is what may fail on a real machine: opening, making, writing, syncing, renaming and linking a file,
giving it its mode, and starting a program. A git that was started is refused in git's own words.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from batty_hooks.main import run
from batty_hooks.system import process

CALLS = ("open", "rename", "replace", "link", "unlink", "symlink", "mkdir", "chmod", "write", "fsync")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EMFILE, errno.EACCES)
_GIT = {
    errno.ENOSPC: b"fatal: unable to write loose object file: No space left on device\n",
    errno.EIO: b"fatal: loose object is corrupt: Input/output error\n",
    errno.EMFILE: b"error: unable to create temporary file: Too many open files\n",
    errno.EACCES: b"error: insufficient permission for adding an object to repository database .git/objects\n",
}


@dataclass(frozen=True)
class Refusal:
    """The ``at``-th call fails with ``error``; ``on``: and every later one."""

    at: int
    error: int
    on: bool


def refused(words: list[str], refusal: Refusal, said: Path) -> tuple[int, bool]:
    """Run a command line in a forked child in which calls are refused: its exit code, and whether any call was."""
    pid = os.fork()
    if pid == 0:
        code, disarmed = 99, False
        try:
            with said.open("w") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                count = _arm(refusal)
                code = run(words)
                disarmed = count[0] < refusal.at
                file.flush()
        finally:
            said.with_suffix(".unreached").write_text("x" if disarmed else "")
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, not said.with_suffix(".unreached").read_text()


def _arm(refusal: Refusal) -> list[int]:
    """Make calls fail from here on in this process, not in its children; gives the count of calls."""
    count, armed = [0], os.getpid()

    def is_due() -> bool:
        if os.getpid() != armed:
            return False
        count[0] += 1
        return count[0] == refusal.at or (refusal.on and count[0] > refusal.at)

    def wrapped(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if name == "write" and arguments[0] in (1, 2):
                return function(*arguments, **named)
            if is_due():
                path = arguments[0] if isinstance(arguments[0], (str, os.PathLike)) else None
                raise OSError(refusal.error, os.strerror(refusal.error), path)
            return function(*arguments, **named)

        return call

    for name in CALLS:
        setattr(os, name, wrapped(name, getattr(os, name)))
    capture = process.capture

    def captured(argv: list[str], *arguments: object, **named: object) -> object:
        if is_due():
            if refusal.error == errno.EMFILE:  # the program cannot even be started
                raise OSError(refusal.error, os.strerror(refusal.error), argv[0])
            return subprocess.CompletedProcess(argv, 128, b"", _GIT[refusal.error])
        return capture(argv, *arguments, **named)  # type: ignore[arg-type]

    process.capture = captured  # type: ignore[assignment]
    return count
