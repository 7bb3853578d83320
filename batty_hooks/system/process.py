"""Starting, watching and ending processes: the one door to subprocess and to the library sh.

User commands (a gate, a set-up step, a `command` agent) run through sh in a session of their own, with
output to a file: a pipe of 1 GB costs 3 GB of memory, a file costs nothing, and killing the session's group
leaves no grandchild behind (subprocess.run(timeout=) and sh's own _timeout do).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from batty_hooks.errors import FatalError

_GRACE_SECONDS = 2.0
_ASK_SECONDS = 0.05  # how often a program that neither prints nor ends is asked whether it has ended
_PIPE_BYTES = 65536  # as much as a pipe holds
# Names that tie a child to the repository or the session of its parent. The first group is what
# `git rev-parse --local-env-vars` prints; a test suite that runs `git init` with GIT_DIR set commits its
# fixtures onto the engineer's branch.
_GIT_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_OBJECT_DIRECTORY "
    "GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS "
    "GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_QUARANTINE_PATH "
    "GIT_REFLOG_ACTION GIT_EDITOR GIT_EXEC_PATH GIT_INTERNAL_SUPER_PREFIX GIT_LITERAL_PATHSPECS "
    "GIT_AUTHOR_DATE GIT_COMMITTER_DATE"
).split()


@dataclass(frozen=True)
class Outcome:
    """How a user command ended: its exit code (negative: the signal), seconds it ran, and whether the
    time limit ended it, or whoever had it started."""

    exit: int
    seconds: float
    timed_out: bool = False
    cancelled: bool = False


def clean_environment(extra: Mapping[str, str] | None = None, drop: Iterable[str] = ()) -> dict[str, str]:
    """This process's environment without what ties a child to our git call, plus ``extra``."""
    gone = {*_GIT_LOCAL, *drop}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in gone and not name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
    }
    return {**kept, **(extra or {})}


def capture(
    argv: Sequence[str],
    cwd: Path | None = None,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a short program and hold its output in memory. Raises FileNotFoundError when there is none.

    It is over when the program ends, whoever else holds its output: a filter or a monitor that git left in the
    background would keep us, and the landing lock with us, for as long as it lives.
    """
    with subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        restore_signals=False,  # a file too large is an error to git, not its death: dead, it leaves its locks behind
    ) as child:
        try:
            out, err = _converse(child, stdin or b"")
        except BaseException:
            child.terminate()  # git takes its locks away when it is asked to end
            raise
    return subprocess.CompletedProcess(argv, child.returncode, out, err)


def _converse(child: subprocess.Popen[bytes], stdin: bytes) -> tuple[bytes, bytes]:
    """Feed ``child`` and read what it prints, until it has ended."""
    heard: dict[Any, list[bytes]] = {child.stdout: [], child.stderr: []}
    left = memoryview(stdin)
    with selectors.DefaultSelector() as ready:
        for stream in heard:
            ready.register(stream, selectors.EVENT_READ)
        if child.stdin:
            os.set_blocking(child.stdin.fileno(), False)
            ready.register(child.stdin, selectors.EVENT_WRITE)
        ended = False
        while ready.get_map() and not ended:
            ended = child.poll() is not None  # then one more read takes all that it can have left in the pipe
            for key, _ in ready.select(0 if ended else _ASK_SECONDS):
                if key.fileobj is child.stdin:
                    left = _feed(child.stdin, left)
                    done = not left
                else:
                    data = os.read(key.fd, _PIPE_BYTES)
                    heard[key.fileobj].append(data)
                    done = not data
                if done:
                    ready.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]
    child.wait()
    return b"".join(heard[child.stdout]), b"".join(heard[child.stderr])


def _feed(pipe: IO[bytes], data: memoryview) -> memoryview:
    """Write what the pipe takes now; what is left (nothing, when nobody reads it any more)."""
    try:
        return data[os.write(pipe.fileno(), data) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return data[:0]


def run_user(
    command: str,
    cwd: Path,
    log: Path,
    env: Mapping[str, str],
    timeout: float | None = None,
    started: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Outcome:
    """Run a user's shell command line to its end, its output appended to ``log``.

    ``started`` gets the process group as soon as there is one, so that a successor can end what a killed
    runner left. ``cancelled`` is asked four times a second. After the time limit (seconds) or a cancel the
    whole group gets TERM, two seconds later KILL.
    """
    import sh

    begun = time.monotonic()
    over = threading.Event()
    try:
        with open(log, "ab") as output, open(os.devnull, "rb") as nothing:
            running = sh.Command("/bin/sh")(
                "-c", command,
                _cwd=str(cwd), _env=dict(env), _in=nothing, _out=output, _err=output,
                _tty_in=False, _tty_out=False, _new_session=True, _bg=True, _bg_exc=False,
            )  # fmt: skip
            threading.Thread(target=_reap, args=(running, over), daemon=True).start()
            if started:
                started(running.pid)
            ended_by = _wait(running.pid, over, begun, timeout, cancelled)
            with contextlib.suppress(sh.ErrorReturnCode):
                running.wait()
    except sh.CommandNotFound:
        raise FatalError("/bin/sh is missing", "install a POSIX shell") from None
    kill_group(running.pid, grace=0.0)  # background children it left
    return Outcome(running.exit_code, time.monotonic() - begun, ended_by == "limit", ended_by == "cancel")


def _reap(running: Any, over: threading.Event) -> None:
    """Set ``over`` when the command ends; sh by itself looks only once a second when no output is piped through it."""
    import sh

    with contextlib.suppress(sh.ErrorReturnCode):
        running.wait()
    over.set()


def _wait(
    group: int,
    over: threading.Event,
    begun: float,
    timeout: float | None,
    cancelled: Callable[[], bool] | None,
) -> str:
    """Wait for ``over``: "limit" or "cancel" when that had to end the group, "" when it ended by itself."""
    while not over.wait(0.25):
        late = bool(timeout) and time.monotonic() - begun > (timeout or 0)
        if late or (cancelled and cancelled()):
            kill_group(group)
            over.wait(_GRACE_SECONDS)
            return "limit" if late else "cancel"
    return ""


def kill_group(group: int, grace: float = _GRACE_SECONDS) -> None:
    """End every process of ``group``: TERM, up to ``grace`` seconds, then KILL. No error when it is gone."""
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 0.0)):
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            return
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if not _group_alive(group):
                return
            time.sleep(0.02)


def _group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def birth(pid: int) -> str:
    """A word that differs between two processes that had the same pid; "" when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except OSError:
        pass
    if Path("/proc/self/stat").exists():
        return ""
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False)
    return listed.stdout.decode("ascii", "replace").strip()


def with_argument(*words: str) -> list[int]:
    """The living processes that have one of ``words`` among their arguments."""
    if Path("/proc/self/cmdline").exists():
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if set(os.fsdecode(Path(place, "cmdline").read_bytes()).split("\0")).intersection(words):
                    found.append(int(place.name))
        return found
    listed = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, check=False).stdout
    lines = [line.split() for line in listed.decode("utf-8", "replace").splitlines()]
    return [int(pid) for pid, *arguments in lines if set(arguments).intersection(words)]


def detach(argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> int:
    """Start a program that lives on without us, holding none of our files: its pid.

    A background child that kept our output open would make a captured `git commit` hang until it ends.
    """
    child = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
    )
    child.returncode = 0  # nobody waits for it: keep Popen from warning
    return child.pid


def tail(path: Path, lines: int) -> list[str]:
    """The last ``lines`` lines of a text file of any size, read from its end."""
    wanted = b""
    with open(path, "rb") as file:
        position = file.seek(0, os.SEEK_END)
        while position > 0 and wanted.count(b"\n") <= lines and len(wanted) < 1_000_000:
            size = min(65536, position)
            position -= size
            file.seek(position)
            wanted = file.read(size) + wanted
    return wanted.decode("utf-8", "replace").splitlines()[-lines:]
