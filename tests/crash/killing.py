"""Killing a piece of work at its n-th write: a forked child that ends itself with SIGKILL, no sleep, no luck.

What counts as a write: every call of the os functions by which files come to be, change their name or go, every git
call that moves a ref, and every call that changes something in tmux. Product code knows nothing of this; a new write is
covered the moment it is written.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from batty_hooks.system import process
from batty_hooks.system.tmux import Server

OS_WRITES = ("rename", "replace", "link", "unlink", "symlink", "mkdir", "write", "fsync")
MOVES_A_REF = {"update-ref", "merge", "switch", "checkout", "worktree", "branch", "commit-tree", "restore", "clean"}
ASKS_TMUX = {"has-session", "show-options", "list-panes", "list-clients", "display-message", "capture-pane"}
EVERY_STATE = 2  # a stride: what is on disk after a write is what is there before the next one


def in_child(work: Callable[[], object], kill_at: int = 0, files: bool = True) -> bool:
    """Run ``work`` in a forked child, killed at write number ``kill_at`` (0: never); True when it came to its end. Not
    ``files``: only what changes something in tmux is counted."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            if kill_at:
                _arm(kill_at, files)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the work itself failed"
    return True


def _arm(kill_at: int, files: bool) -> None:
    """Count calls; each is a point before it and a point after it."""
    left, armed = [kill_at], os.getpid()

    def point() -> None:
        if os.getpid() == armed:  # not in a child on its way to become another program
            left[0] -= 1
            if left[0] == 0:
                os.kill(armed, signal.SIGKILL)

    def wrapped(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            point()
            result = function(*arguments, **named)
            point()
            return result

        return call

    call = Server._call

    def call_counted(self: Server, commands: Sequence[Sequence[str]]) -> object:
        changes = not {command[0] for command in commands} <= ASKS_TMUX
        return wrapped(call)(self, commands) if changes else call(self, commands)

    Server._call = call_counted  # type: ignore[method-assign]
    if not files:
        return
    for name in OS_WRITES:
        setattr(os, name, wrapped(getattr(os, name)))
    capture = process.capture

    def capture_counted(argv: list[str], *arguments: object, **named: object) -> object:
        moves = bool(MOVES_A_REF & set(argv)) and "list" not in argv
        if moves:
            point()
        result = capture(argv, *arguments, **named)  # type: ignore[arg-type]
        if moves:
            point()
        return result

    process.capture = capture_counted  # type: ignore[assignment]


def every_kill(root: Path, work: Callable[[], object], stride: int = EVERY_STATE) -> Iterator[int]:
    """Kill ``work`` after its first write, its second … (every ``stride``-th point), each time from the same start."""
    kept = root.parent / f"{root.name}-kept"
    shutil.copytree(root, kept, symlinks=True)
    for number in range(stride, 2000, stride):
        shutil.rmtree(root)
        shutil.copytree(kept, root, symlinks=True)
        if in_child(work, number):
            return
        yield number
    raise AssertionError("it never stops writing")
