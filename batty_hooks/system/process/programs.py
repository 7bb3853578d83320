"""Programs that are not a user's: short ones, whose output is held in memory, and ones that live on without us."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from batty_hooks.system import tree

_ASK_SECONDS = 0.05  # how often a program that neither prints nor ends is asked whether it has ended
_PIPE_BYTES = 65536  # as much as a pipe holds

# Names that tie a child to the repository or the session of its parent. The first group is what
# `git rev-parse --local-env-vars` prints; a test suite that runs `git init` with GIT_DIR set commits its
# fixtures onto the engineer's branch.
GIT_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_OBJECT_DIRECTORY "
    "GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS "
    "GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_QUARANTINE_PATH "
    "GIT_REFLOG_ACTION GIT_EDITOR GIT_EXEC_PATH GIT_INTERNAL_SUPER_PREFIX GIT_LITERAL_PATHSPECS "
    "GIT_AUTHOR_DATE GIT_COMMITTER_DATE"
).split()


def clean_environment(extra: Mapping[str, str] | None = None, drop: Iterable[str] = ()) -> dict[str, str]:
    """This process's environment without what ties a child to our git call, plus ``extra``."""
    gone = {*GIT_LOCAL, *drop}
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


def detach(argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> int:
    """Start a program that lives on without us, holding none of our files: its pid.

    A background child that kept our output open would make a captured `git commit` hang until it ends. When we descend
    from a run (an agent's command says it is done, and that wakes somebody) it is no part of that run.
    """
    environment = {**(os.environ if env is None else env), tree.DETACHED: "1"}
    environment.pop(tree.MARK, None)
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
    child.returncode = 0  # nobody waits for it: keep Popen from warning
    return child.pid
