"""Killing a piece of work at its n-th write: a forked child that ends itself with SIGKILL, no sleep, no luck.

What counts as a write: every call of the os functions by which files come to be, change their name or go, every git
call that moves a ref, and every call that changes something in tmux. Product code knows nothing of this; a new write is
covered the moment it is written. An fsync changes nothing that a kill could leave, so it is passed over (a power cut is
`power`'s matter, which counts it).
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scene import own_copy, working_below

from batty_hooks.system import process
from batty_hooks.system.tmux import Server

OS_WRITES = ("rename", "replace", "link", "unlink", "symlink", "mkdir", "write")
MOVES_A_REF = {"update-ref", "merge", "switch", "checkout", "worktree", "branch", "commit-tree", "restore", "clean"}
MOVES_A_REF |= {"push", "fetch", "gh"}  # on the server, and what was seen of it; and what is asked of a forge
ASKS_TMUX = {"has-session", "show-options", "list-panes", "list-clients", "display-message", "capture-pane"}
EVERY_STATE = 2  # a stride: what is on disk after a write is what is there before the next one


def in_child(work: Callable[[], object], kill_at: int = 0, files: bool = True) -> bool:
    """Run ``work`` in a forked child, killed at write number ``kill_at`` (0: never); True when it came to its end. Not
    ``files``: only what changes something in tmux is counted."""
    pid = os.fork()
    if pid == 0:
        os.fsync = _lasts  # type: ignore[assignment]
        if kill_at:
            arm(kill_at, files)
        end_of(work)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the work itself failed"
    return True


def _lasts(fd: object) -> None:
    """What is written outlives a kill as it is; on a busy disk a real fsync is most of the time."""


def end_of(work: Callable[[], object]) -> None:
    """Do ``work`` and end this process: 0, or 1 when it failed."""
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def arm(kill_at: int, files: bool = True, syncs: bool = False) -> None:
    """Count calls; each is a point before it and a point after it. At number ``kill_at`` this process is killed.
    ``syncs``: an fsync counts too."""
    armed = os.getpid()

    def kill(number: int) -> None:
        if number == kill_at:
            os.kill(armed, signal.SIGKILL)

    _at_points(kill, files, syncs)


def _at_points(act: Callable[[int], None], files: bool = True, syncs: bool = False) -> None:
    """Call ``act`` with its number at each point, from here on in this process."""
    count, armed = [0], os.getpid()

    def point() -> None:
        if os.getpid() == armed:  # not in a child on its way to become another program
            count[0] += 1
            act(count[0])

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
    for name in (*OS_WRITES, *(["fsync"] if syncs else [])):
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


def every_kill(
    root: Path, work: Callable[[], object], stride: int = EVERY_STATE, starts: bool = False, runs: bool = False
) -> Iterator[int]:
    """``root`` as ``work`` leaves it when it is killed after its first write, its second … (every ``stride``-th point).

    A work that only writes files is done once, and what is on disk at each point is kept: that is all a kill leaves.
    (Where nothing has changed since the point before, the two are one: a directory that was there is made again, say.)
    One that ``runs`` programs in ``root`` and waits for them as well; where one is running, it is begun and killed. One
    that ``starts`` programs which go on or are left over is begun and killed for each point.
    """
    kept = root.parent / f"{root.name}-kept"
    if starts or (runs and not Path("/proc/self/cwd").exists()):
        yield from _killed(root, work, stride, kept)
    else:
        yield from _looked_at(root, work, stride, kept, runs)


def _killed(root: Path, work: Callable[[], object], stride: int, kept: Path) -> Iterator[int]:
    own_copy(root, kept)
    for number in range(stride, 2000, stride):
        shutil.rmtree(root)
        own_copy(kept, root)
        if in_child(work, number):
            return
        yield number
    raise AssertionError("it never stops writing")


def _looked_at(root: Path, work: Callable[[], object], stride: int, kept: Path, runs: bool) -> Iterator[int]:
    kept.mkdir()
    if runs:
        own_copy(root, kept / "begin")

    before: list[object] = []

    def keep(number: int) -> None:
        if number % stride == 0 and runs and working_below(root):
            (kept / str(number)).touch()
        elif number % stride == 0 and (now := _on_disk(root)) not in before:
            before[:] = [now]
            own_copy(root, kept / str(number))

    def watched() -> None:
        _at_points(keep)
        work()

    assert in_child(watched)
    whole = root.rename(kept / "whole")
    for number in sorted(int(place.name) for place in kept.iterdir() if place.name.isdigit()):
        if (kept / str(number)).is_dir():
            (kept / str(number)).rename(root)
        else:
            own_copy(kept / "begin", root)
            in_child(work, number)
        yield number
        shutil.rmtree(root)
    whole.rename(root)


def _on_disk(root: Path) -> object:
    """Equal for two moments between which nothing below ``root`` was written: a kill leaves the same at both."""
    found = [(str(root), os.lstat(root))]
    for directory, directories, files in os.walk(root):
        found += [(path := os.path.join(directory, name), os.lstat(path)) for name in (*directories, *files)]
    return {path: (of.st_ino, of.st_mode, of.st_size, of.st_mtime_ns, of.st_ctime_ns) for path, of in found}
