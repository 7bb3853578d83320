"""The command line in a forked child: a process of its own, as `python -m batty_hooks` is, less the start of Python.

The child has its own exit code, output, directory, environment, locks and signals; what it shares with a started one is
everything but the 0.15 s in which Python reads the program. REAL_STARTS=1 starts Python for each.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import detached
import large_pages

import batty_hooks
from batty_hooks import main
from batty_hooks.state.githooks import launcher
from batty_hooks.system import late
from batty_hooks.system.git import call

_MOST_FILES = 1024
# What a program's loader and Python read as they start: whoever sets it differently needs a start.
_READ_AT_START = ("LD_", "DYLD_", "PYTHON", "LC_", "LANG")
_PROGRAMS = {"batty_hooks.__main__", "batty_hooks.system.supervisor"}
_LARGE = {"batty_hooks.commands.top.app", "batty_hooks.commands.top.dialogs"}  # with textual, which one verb needs
# What most commands import where they use it; for a child, that would be most of its time. (What makes this process
# much larger is left out: each fork copies its page tables.)
_WHEN_USED = (
    "ctypes", "difflib", "email.policy", "email.utils", "filelock", "hashlib",
    "multiprocessing", "pickle", "selectors", "sh", "shutil", "yaml",
)  # fmt: skip
_PARTS_WHEN_USED = (("libtmux", "common"), ("watchfiles", "_rust_notify"))


def run(
    arguments: Sequence[str], cwd: Path, env: dict[str, str], typed: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Run batty-hooks with ``env`` added to the environment, and ``typed`` on its standard input; exit code and output,
    as `subprocess.run` gives them."""
    if _needs_a_start(env):
        done = subprocess.run(
            [sys.executable, "-m", "batty_hooks", *arguments],
            cwd=cwd, capture_output=True, check=False, env={**os.environ, **env}, input=typed,
        )  # fmt: skip
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    _load()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as inlet:
        inlet.write(typed or b"")
        inlet.seek(0)
        pid = os.fork()
        if pid == 0:
            _child(arguments, cwd, env, (0 if typed is None else inlet.fileno(), out.fileno(), err.fileno()))
        _, status = os.waitpid(pid, 0)
        said = [_text(file) for file in (out, err)]
    return subprocess.CompletedProcess([*arguments], os.waitstatus_to_exitcode(status), *said)


class Begun:
    """A command that goes on beside the test, with what of `subprocess.Popen` the tests use; a ``with`` waits for its
    end. Its output goes to ``output``, else to nobody."""

    def __init__(self, arguments: Sequence[str], cwd: Path, output: BinaryIO | None = None) -> None:
        if _needs_a_start({}):
            words = [sys.executable, "-m", "batty_hooks", *arguments]
            to = output or subprocess.DEVNULL
            self.started: subprocess.Popen[bytes] | None = subprocess.Popen(words, cwd=cwd, stdout=to, stderr=to)
            self.pid = self.started.pid
            return
        _load()
        self.started, self.returncode = None, None
        with open(os.devnull, "r+b") as nothing:
            to = (output or nothing).fileno()
            self.pid = os.fork()
            if self.pid == 0:
                _child(arguments, cwd, {}, (nothing.fileno(), to, to), alone=True)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        return self._ended(os.WNOHANG)

    def wait(self, timeout: float = 180.0) -> int:
        limit = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > limit:
                raise subprocess.TimeoutExpired("batty-hooks", timeout)
            time.sleep(0.01)
        return code

    def _ended(self, how: int) -> int | None:
        if self.started is not None:
            return self.started.poll()
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, how)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def __enter__(self) -> Begun:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()


def _needs_a_start(env: dict[str, str]) -> bool:
    """Returns True if a fork would not be the same: Python reads ``env``, or another thread may hold a lock now."""
    if os.environ.get("REAL_STARTS") or threading.active_count() > 1:
        return True
    return _settings({**os.environ, **env}) != _SETTINGS


def _settings(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_READ_AT_START) and name != "PYTHONPATH"}


_SETTINGS = _settings(dict(os.environ))


_CACHES: list[Any] = []


def _caches() -> Iterator[Any]:
    """What the program remembers within a process: a started one knows nothing yet."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "batty_hooks":
            yield from (one for one in vars(module).values() if callable(getattr(one, "cache_clear", None)))


@cache
def _load() -> None:
    """Import every module of the program, and what those import later, once, so that no child has to."""
    for module in pkgutil.walk_packages(batty_hooks.__path__, "batty_hooks."):
        if module.name not in _PROGRAMS | _LARGE:
            importlib.import_module(module.name)
    for name in _WHEN_USED:
        importlib.import_module(name)
    for package, name in _PARTS_WHEN_USED:
        late.part(package, name)
    _CACHES.extend(_caches())
    _compile_patterns()
    _ask_python_once()
    gc.collect()
    gc.freeze()  # a collection in a child would write to, and so copy, all of this
    large_pages.use()


def _compile_patterns() -> None:
    """What the program compiles when it is first used, each child would compile again."""
    for one in gc.get_objects():
        if isinstance(one, late._Pattern):
            for use in ("search", "match", "fullmatch", "finditer", "findall", "sub", "split", "pattern"):
                getattr(one, use)


def _ask_python_once() -> None:
    """Whether Python finds the program by itself is asked by starting one, at each install and each start of a team:
    it is this Python each time, with nothing in its environment that is read for it."""
    found = launcher._clone_to_import_from()
    launcher._clone_to_import_from = lambda: found


def _child(
    arguments: Sequence[str], cwd: Path, env: dict[str, str], files: tuple[int, int, int], alone: bool = False
) -> None:
    """Be the program, with those three as its input and outputs; never come back. ``alone``: it may go on after the
    test, and holds nothing else of the tests' files."""
    try:
        os.chdir(cwd)
        os.environ.update(env)
        for number, file in enumerate(files):
            os.dup2(file, number)
        if alone:
            os.closerange(3, _MOST_FILES)
        sys.stdin = open(0, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 - ends with us
        detached.by_fork(_be, lambda env: _settings(env) != _SETTINGS)
        _be(arguments)
    finally:
        os._exit(70)  # it did not even begin


def _be(arguments: Sequence[str]) -> None:
    """Be the program, its input and its environment being set; never come back."""
    status = 70
    try:
        atexit._clear()  # what the tests do at their end is not ours
        call.forget()  # stories begin with commits of the same names, and one before may have asked git about them
        for known in _CACHES:
            known.cache_clear()
        sys.stdout, sys.stderr = (_stream(number) for number in (1, 2))
        sys.argv = ["batty-hooks", *arguments]
        status = _exit_code()
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _exit_code() -> int:
    try:
        main.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _stream(number: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(open(number, "wb", closefd=False), "utf-8", "backslashreplace")


def _text(file: io.BufferedRandom) -> str:
    file.seek(0)
    return file.read().decode("utf-8")
