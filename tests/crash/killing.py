"""Killing a piece of work at its n-th write: a forked child that ends itself with SIGKILL, no sleep, no luck.

What counts as a write: every call of the os functions by which files come to be, change their name or go, every git
call that moves a ref, and every call that changes something in tmux. Product code knows nothing of this; a new write is
covered the moment it is written. An fsync changes nothing that a kill could leave, so it is passed over (a power cut is
`power`'s matter, which counts it).
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from stat import S_ISDIR

from crash.moments import UNREAD, Moment, Moments
from scene import own_copy, working_below

from batty_hooks.system import process
from batty_hooks.system.tmux import Server

OS_WRITES = ("rename", "replace", "link", "unlink", "symlink", "mkdir", "write")
MOVES_A_REF = {"update-ref", "merge", "switch", "checkout", "worktree", "branch", "commit-tree", "restore", "clean"}
MOVES_A_REF |= {"push", "fetch", "gh"}  # on the server, and what was seen of it; and what is asked of a forge
ASKS_TMUX = {"has-session", "show-options", "list-panes", "list-clients", "display-message", "capture-pane"}
EVERY = bool(os.environ.get("EVERY"))
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

    at_points(kill, files, syncs)


def at_points(act: Callable[[int], None], files: bool = True, syncs: bool = False) -> None:
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
    Of points between which nothing has changed but what nobody reads (temporary files, empty directories, locks that
    nobody holds, objects that no ref names), only the last is given, with all of that lying there; EVERY=1 gives each.
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
    moments = Moments(root, kept)
    begin = moments.now()
    found: list[tuple[int, bool, Moment]] = []
    last = [0]

    def keep(number: int, is_last: bool = False) -> None:
        last[0] = number
        if is_last or number % stride == 0:
            is_running = bool(runs and working_below(root))
            now = (is_running, moments.now(is_kept=not is_running))
            if found and _are_alike(found[-1][1:], now):
                found.pop()
            found.append((number, *now))

    def watched() -> None:
        at_points(keep)
        work()
        if last[0]:  # (a refused write has one point: the one after the last write may be odd)
            keep(last[0], is_last=True)
        (kept / "found").write_bytes(pickle.dumps(found))

    assert in_child(watched)
    whole = moments.now()
    for number, is_running, moment in pickle.loads((kept / "found").read_bytes()):
        moments.bring_back(begin if is_running else moment)
        if is_running:
            in_child(work, number)
        yield number
    moments.bring_back(whole)


def _are_alike(one: tuple[bool, Moment], other: tuple[bool, Moment]) -> bool:
    """Whether a kill at two moments leaves the same for whoever comes after it."""
    if EVERY:
        return one == other
    return one[0] == other[0] and _what_is_read(one[1]) == _what_is_read(other[1])


def _what_is_read(moment: Moment) -> dict[str, tuple[int, ...]]:
    """Without the number and the time of an inode, which change with a second link to it."""
    return {path: of[1:4] for path, of in moment.items() if not S_ISDIR(of[1]) and not UNREAD.search(path)}
