"""Programs that are not a user's: short ones, whose output is held in memory, and ones that live on without us."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from batty_hooks.system import descendants

if TYPE_CHECKING:
    import subprocess

_ASK_SECONDS = 0.05  # how often a program that neither prints nor ends is asked whether it has ended
_PIPE_BYTES = 65536  # as much as a pipe holds
_GRACE_SECONDS = 1.0  # for a group that is told to end to take its locks away


def capture(
    argv: Sequence[str],
    cwd: Path | None = None,
    stdin: bytes | None = None,
    env: Mapping[str, str] | Mapping[bytes, bytes] | None = None,
    seconds: float = math.inf,
    alone: bool = False,
    silence: float = math.inf,
) -> subprocess.CompletedProcess[bytes]:
    """Run a short program and hold its output in memory. Raises FileNotFoundError when there is none, TimeoutError when
    it has not ended after ``seconds``, or has printed nothing for ``silence`` seconds.

    ``alone``: in a session of its own, where no terminal is at hand to ask anybody at, with the usual signals, for it
    starts programs of a person's; and whatever it has started in that session ends with it when its time is up.

    It is over when the program ends, whoever else holds its output: a filter or a monitor that git left in the
    background would keep us, and the landing lock with us, for as long as it lives.
    """
    import subprocess

    with subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        restore_signals=alone,  # a file too large is an error to git, not its death: dead, it leaves its locks behind
        start_new_session=alone,
    ) as child:
        try:
            out, err = _converse(child, stdin or b"", time.monotonic() + seconds, silence)
        except BaseException:
            if alone:
                _end_group(child)
            else:
                child.terminate()  # git takes its locks away when it is asked to end
            raise
    return subprocess.CompletedProcess(argv, child.returncode, out, err)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """End ``child`` and what it has started in its session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
        limit = time.monotonic() + _GRACE_SECONDS
        while number == signal.SIGTERM and child.poll() is None and time.monotonic() < limit:
            time.sleep(0.01)


def _converse(child: subprocess.Popen[bytes], stdin: bytes, limit: float, silence: float) -> tuple[bytes, bytes]:
    """Feed ``child`` and read what it prints, until it has ended."""
    import selectors
    import subprocess

    heard: dict[Any, list[bytes]] = {child.stdout: [], child.stderr: []}
    left = memoryview(stdin)
    with selectors.DefaultSelector() as ready:
        for stream in heard:
            ready.register(stream, selectors.EVENT_READ)
        if child.stdin:
            os.set_blocking(child.stdin.fileno(), False)
            ready.register(child.stdin, selectors.EVENT_WRITE)
        ended, last_heard = False, time.monotonic()
        while ready.get_map() and not ended:
            if time.monotonic() > min(limit, last_heard + silence):
                raise TimeoutError
            ended = child.poll() is not None  # then one more read takes all that it can have left in the pipe
            for key, _ in ready.select(0 if ended else _ASK_SECONDS):
                if key.fileobj is child.stdin:
                    left = _feed(child.stdin, left)
                    done = not left
                else:
                    data, last_heard = os.read(key.fd, _PIPE_BYTES), time.monotonic()
                    heard[key.fileobj].append(data)
                    done = not data
                if done:
                    ready.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]
    try:
        child.wait(None if limit == math.inf else max(0.0, limit - time.monotonic()))
    except subprocess.TimeoutExpired:  # it has closed what it prints to, and lives
        raise TimeoutError from None
    return b"".join(heard[child.stdout]), b"".join(heard[child.stderr])


def _feed(pipe: IO[bytes], data: memoryview) -> memoryview:
    """Write what the pipe takes now; what is left (nothing, when nobody reads it any more)."""
    try:
        return data[os.write(pipe.fileno(), data) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return data[:0]


def attended(argv: Sequence[str], cwd: Path, is_heard: bool) -> tuple[int, str]:
    """Run a program at our own terminal, which is its until it ends; its exit code, and what it has said on its error
    output, if that ``is_heard``: then it is not seen."""
    import subprocess

    error = subprocess.PIPE if is_heard else None
    done = subprocess.run(list(argv), cwd=cwd, stderr=error, check=False)
    return done.returncode, (done.stderr or b"").decode("utf-8", "replace")


def detach(argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> int:
    """Start a program that lives on without us, holding none of our files: its pid.

    A background child that kept our output open would make a captured `git commit` hang until it ends. When we descend
    from a run (an agent's command says it is done, and that wakes somebody) it is no part of that run.
    """
    import subprocess

    environment = {**(os.environ if env is None else env), descendants.DETACHED: "1"}
    environment.pop(descendants.MARK, None)
    child = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
    )
    # Whoever lives on (the watcher) waits for it, or each would stay a dead child of it: they add up to the limit.
    threading.Thread(target=child.wait, daemon=True).start()
    return child.pid
