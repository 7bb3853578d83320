"""Starting git: in a clean environment, never interactive, never with a collector in the background."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import process

# gc in the background inherits whatever is open and races the objects we just made; power-cut safe writes
# cost 3 fsyncs and are asked for where a landing is made.
_QUIET = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false")
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
# `git status` refreshes the index when it can take its lock; a landing in that moment would find the lock taken.
_ENVIRONMENT = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
# `git worktree add` and `remove` write their files one by one; any git that lists the worktrees in that moment, ours or
# the user's, dies before it has done anything ("failed to read .git/worktrees/gate-1/commondir: Success").
_HALF_MADE_WORKTREE = re.compile(rb"failed to read .*worktrees/[^/]+/")
# A git that is killed leaves its locks behind. Nobody alive holds the lock of a ref for longer than its hooks take.
_TAKEN_LOCK = re.compile(r"[Uu]nable to create (?:file )?'?(/.+\.(?:lock|new))'?: File exists")
_LOCK_OF_A_REF = re.compile(r"/(?:(?:refs/.+|HEAD|ORIG_HEAD|packed-refs)\.lock|packed-refs\.new)\Z")
_LEFT_BEHIND_SECONDS = 60.0
_AGAIN_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.3)
DURABLE = ("-c", "core.fsync=committed,loose-object,reference")


_memory: dict[tuple[str, ...], str] = {}
_guard = threading.Lock()


class GitError(FatalError):
    """git said no: ``git_code`` its exit code, ``said`` its own words."""

    def __init__(self, arguments: tuple[str, ...], git_code: int, said: str) -> None:
        words = [word for word in arguments if not word.startswith("-c") and "=" not in word]
        first = next((line for line in said.splitlines() if line.strip()), f"exit {git_code}")
        lock = lock_taken(said.encode("utf-8", "replace"))
        mend = f"try again; if no git is at work there, delete {lock}" if lock else "see what git says above"
        what = f"git {' '.join(words[:4])}: {first.removeprefix('fatal: ')}"
        super().__init__(what, mend)
        self.git_code = git_code
        self.said = said
        with _guard:  # what was remembered may rest on an object that somebody's `gc --prune=now` has taken
            _memory.clear()


def run(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, bytes, bytes]:
    """Run git and give back exit code, output and errors as they came. Raises FatalError without git.

    Run again, for half a second, while another process is in the middle of making or removing a worktree; and once when
    the lock of a ref was in the way that a killed git had left behind.
    """
    for pause in (*_AGAIN_SECONDS, None):
        code, out, err = _once(*arguments, cwd=cwd, stdin=stdin, env=env)
        if pause is None or not code or not (_drop_left_lock(err) or _HALF_MADE_WORKTREE.search(err)):
            break
        time.sleep(pause)
    return code, out, err


def _drop_left_lock(said: bytes) -> bool:
    """Take away the lock git complained of, when it is a ref's and a minute old; whether it is gone."""
    lock = lock_taken(said)
    if not lock or not _LOCK_OF_A_REF.search(lock):
        return False
    with contextlib.suppress(OSError):
        if time.time() - os.stat(lock).st_mtime < _LEFT_BEHIND_SECONDS:
            return False
        os.unlink(lock)
    return True


def lock_taken(said: bytes) -> str | None:
    """The lock file that git says is held already, or None."""
    found = _TAKEN_LOCK.search(os.fsdecode(said))
    return found[1] if found else None


def _once(*arguments: str, cwd: Path, stdin: bytes | None, env: Mapping[str, str] | None) -> tuple[int, bytes, bytes]:
    try:
        done = process.capture(
            ["git", *_QUIET, *arguments],
            cwd=cwd,
            stdin=stdin,
            env=process.clean_environment({**_ENVIRONMENT, **(env or {})}),
        )
    except FileNotFoundError:
        if not cwd.is_dir():
            raise GitError(arguments, 128, f"{cwd} is not there") from None
        raise FatalError("git is not installed", "install git 2.38 or newer") from None
    except NotADirectoryError:
        raise GitError(arguments, 128, f"{cwd} is not a directory") from None
    return done.returncode, done.stdout, done.stderr


def text(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """git's output without its final newline. Raises GitError when it fails."""
    code, out, err = run(*arguments, cwd=cwd, stdin=stdin, env=env)
    if code:
        raise GitError(arguments, code, err.decode("utf-8", "replace"))
    return out.decode("utf-8", "surrogateescape").rstrip("\n")


def ask(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> str | None:
    """git's output, or None when it answers with a failure."""
    code, out, _ = run(*arguments, cwd=cwd, env=env)
    return None if code else out.decode("utf-8", "surrogateescape").rstrip("\n")


def holds(*arguments: str, cwd: Path) -> bool:
    """Whether git ends with 0."""
    return run(*arguments, cwd=cwd)[0] == 0


def fields(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> list[str]:
    """git's NUL-separated output (pass -z) as a list."""
    return [field for field in text(*arguments, cwd=cwd, env=env).split("\0") if field]


def remember(*key: str, value: str | None = None) -> str | None:
    """A small memo for facts that can never change (what a merge of two given commits gives)."""
    with _guard, contextlib.suppress(KeyError):
        if value is None:
            return _memory[key]
        if len(_memory) > 5000:
            _memory.clear()
        _memory[key] = value
    return value
