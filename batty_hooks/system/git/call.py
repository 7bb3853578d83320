"""Starting git: under our own settings, never interactive.

A git call is over when git ends. What it leaves running (a filter, fsmonitor) may hold the pipe we listen on, and would
hold the landing lock with us.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import process
from batty_hooks.system.git import settings
from batty_hooks.system.git.memory import Memory

_AGAIN_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.3)

_memory = Memory()
_environments: dict[bool, tuple[dict[bytes, bytes], dict[bytes, bytes]]] = {}  # ours, and what was made of it


class GitError(FatalError):
    """git said no: ``git_code`` its exit code, ``said`` its own words."""

    def __init__(self, arguments: tuple[str, ...], git_code: int, said: str) -> None:
        from batty_hooks.system.git import remedies

        words = [word for word in arguments if not word.startswith("-c") and "=" not in word]
        first = remedies.why(said) or f"exit {git_code}"
        super().__init__(f"git {' '.join(words[:4])}: {first}", remedies.mend(said))
        self.git_code = git_code
        self.said = said
        _memory.clear()  # what was remembered may rest on an object that somebody's `gc --prune=now` has taken


def run(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = math.inf,
) -> tuple[int, bytes, bytes]:
    """Run git and give back exit code, output and errors as they came. Raises FatalError without git, GitError when it
    has not ended after ``seconds``.

    Run again, for half a second, while another process is in the middle of making or removing a worktree; and once when
    the lock of a ref was in the way that a killed git had left behind.
    """
    for pause in (*_AGAIN_SECONDS, None):
        code, out, err = _once(*arguments, cwd=cwd, stdin=stdin, env=env, seconds=seconds)
        if pause is None or not code or not err or not _passes(err):
            break
        time.sleep(pause)
    return code, out, err


def over_the_network(
    *arguments: str, cwd: Path, env: Mapping[str, str], seconds: float, silence: float = math.inf
) -> tuple[int, bytes, bytes]:
    """Run git once, with whatever it starts in a session of its own (see ``process.capture``); what it says is partly
    another machine's, so nothing here is mended by it. Raises GitError (124) when it has not ended after ``seconds``,
    or has printed nothing for ``silence`` seconds.
    """
    return _once(*arguments, cwd=cwd, stdin=None, env=env, seconds=seconds, alone=True, silence=silence)


def _passes(said: bytes) -> bool:
    from batty_hooks.system.git import passing

    return passing.passes(said)


def lock_taken(said: bytes) -> str | None:
    """The lock file that git says is held already, or None."""
    from batty_hooks.system.git import remedies

    return remedies.lock_taken(os.fsdecode(said)) if said else None


def _once(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None,
    env: Mapping[str, str] | None,
    seconds: float,
    alone: bool = False,
    silence: float = math.inf,
) -> tuple[int, bytes, bytes]:
    begun = time.monotonic()
    try:
        done = process.capture(
            ["git", *arguments],
            cwd=cwd,
            stdin=stdin,
            env=_environment(arguments[0] != "config", env or {}),
            seconds=seconds,
            alone=alone,
            silence=silence,
        )
    except TimeoutError:
        waited = seconds if time.monotonic() - begun >= seconds else silence
        raise GitError(arguments, 124, f"no answer for {waited:g} s") from None
    except FileNotFoundError:
        if not cwd.is_dir():
            raise GitError(arguments, 128, f"{cwd} is not there") from None
        raise FatalError("git is not installed", "install git 2.38 or newer") from None
    except NotADirectoryError:
        raise GitError(arguments, 128, f"{cwd} is not a directory") from None
    return done.returncode, done.stdout, done.stderr


def _environment(is_ours: bool, more: Mapping[str, str]) -> Mapping[bytes, bytes]:
    """The environment of a call, as bytes; it is made anew only when ours has changed. (Made and encoded for each call,
    it took a fifth of what a call costs this process.)"""
    mine = _table()
    known = _environments.get(is_ours)
    if known is None or known[0] != mine:
        known = _environments[is_ours] = (mine, _encoded(settings.environment(os.environ, is_ours)))
    return {**known[1], **_encoded(more)} if more else known[1]


def _table() -> dict[bytes, bytes]:
    """Our environment now. (CPython has it as a dictionary; by way of the mapping it is a hundred times slower.)"""
    return dict(getattr(os.environ, "_data", None) or os.environb)


def _encoded(words: Mapping[str, str]) -> dict[bytes, bytes]:
    return {os.fsencode(name): os.fsencode(value) for name, value in words.items()}


def text(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = math.inf,
) -> str:
    """git's output without its final newline. Raises GitError when it fails."""
    code, out, err = run(*arguments, cwd=cwd, stdin=stdin, env=env, seconds=seconds)
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
    if value is None:
        return _memory.get(key)
    _memory.put(key, value)
    return value


def forget() -> None:
    """Forget what was remembered: what it rests on has been taken away."""
    _memory.clear()
