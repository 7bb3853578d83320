"""Programs that are not a user's: short ones, whose output is held in memory, and ones that live on without us."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from batty_hooks.system import tree

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
    """Run a short program and hold its output in memory. Raises FileNotFoundError when there is none."""
    return subprocess.run(
        list(argv),
        cwd=cwd,
        env=None if env is None else dict(env),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        check=False,
        restore_signals=False,  # a file too large is an error to git, not its death: dead, it leaves its locks behind
    )


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
