"""`watch.pid`, `watch.version`, `paused`, `stopping` of `.batty/`: who makes moves by itself, and what holds them up.

The watcher is whoever holds the flock `watch.lock`; its files only say more of it. What holds moves up is a person's
pause, which stays until it is taken away, and a `stop` that waits for turns to end: its file names it, and one that was
killed holds nobody up.

A watcher that was told to end says so at once (in `.batty/watch.pid`), for its work in hand may take a while: a `start`
waits for a while for its end and starts another, which waits for the rest.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from batty_hooks import __version__
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories, lock, process

_ENDING = "ending"  # in the watcher's file, once it was told to end
_ENDING_SECONDS = 10.0
_LEAVING_SECONDS = 2.0  # for one that has taken its file away to let go of its flock
_COMING_SECONDS = 5.0  # for one that is being started to say that it is there
_POLL_SECONDS = 0.02


def alive(project: Project) -> int | None:
    """The pid of the running watcher (0: it has not written it yet), or None."""
    if lock.is_free(project.lock("watch")):
        return None
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(project.watcher_file.read_text().split()[0])
    return 0


def suspended(project: Project) -> int | None:
    """The pid of a watcher that somebody has stopped (Ctrl-Z) and not brought back, or None."""
    pid = alive(project)
    return pid if pid and process.suspended(pid) else None


def suspended_beside(project: Project) -> list[int]:
    """The pids of other commands that somebody has stopped (Ctrl-Z) in the middle of their work: what they have begun
    waits for them, and so does whoever needs a lock that they hold."""
    from batty_hooks.system import holders

    files = [project.batty / name for name in directories.matching(project.batty, "", ".lock")]
    return [pid for pid in holders.of(files) if pid != suspended(project) and process.suspended(pid)]


def version(project: Project) -> str:
    """Of which version the running watcher is; "" when there is none, or one from before that was written."""
    with contextlib.suppress(OSError):
        return project.watcher_version_file.read_text().strip() if alive(project) else ""
    return ""


def of_another_version(project: Project) -> tuple[str, str] | None:
    """What to say of a running watcher that is not of this version, and how to mend it."""
    pid = alive(project)
    if not pid or (of_it := version(project)) == __version__:
        return None
    what = f"the running watcher is {of_it or 'of an older version'}; this is batty-hooks {__version__}"
    return what, f"kill {pid}  (then begin it again: batty-hooks start, or batty-hooks watch)"


def is_ending(project: Project) -> bool:
    """Whether the running watcher was told to end."""
    with contextlib.suppress(OSError):
        return alive(project) is not None and _ENDING in project.watcher_file.read_text()
    return False


def stays(project: Project) -> bool:
    """Whether a watcher is running and goes on, which one that was suspended does not; one that is ending is waited
    for, for a while: its successor waits for the rest (see turn)."""
    limit = time.monotonic() + _ENDING_SECONDS
    while is_ending(project) and time.monotonic() < limit:
        time.sleep(_POLL_SECONDS)
    return not is_ending(project) and alive(project) is not None and suspended(project) is None


def is_missed(project: Project) -> bool:
    """Whether nobody sees what we have written unless he is woken, and we may wake somebody."""
    if os.environ.get("BATTY_NO_WAKE") or os.environ.get("BATTY_GATE"):
        return False
    return alive(project) is None or suspended(project) is not None


def wake(project: Project) -> None:
    """Have somebody look now: the watcher sees our writes by itself; without one, a `wake` is started, unless one waits
    to look already."""
    if is_missed(project) and lock.is_free(project.lock("wake-next")):
        process.detach([str(project.launcher), "wake"], project.root, process.clean_environment())


@contextlib.contextmanager
def expected(project: Project) -> Iterator[None]:
    """Within the with-block a watcher is brought up, and nobody need be woken meanwhile: it begins with a look. When
    none has come up for a while, somebody is woken after all."""
    try:
        with lock.tried(project.lock("wake-next")):
            yield
            limit = time.monotonic() + _COMING_SECONDS
            while not alive(project) and time.monotonic() < limit:
                time.sleep(_POLL_SECONDS)
    finally:
        wake(project)


# what the watcher says of itself, under its flock


@contextlib.contextmanager
def turn(project: Project) -> Iterator[bool]:
    """Hold the watcher's flock; the with-block gets False where a watcher is running that goes on. The end of one that
    was told to end is waited for, however long its work in hand takes."""
    while is_ending(project):
        time.sleep(_POLL_SECONDS)
    with lock.tried(project.lock("watch"), _LEAVING_SECONDS) as got:
        yield got


def enter(project: Project) -> None:
    """Say that this process is the watcher."""
    atomic.write(project.watcher_version_file, f"{__version__}\n", lasting=False)
    atomic.write(project.watcher_file, f"{os.getpid()}\n")


def tell_ending(project: Project) -> None:
    """Say that this process, the watcher, ends as soon as the work in hand is done."""
    atomic.write(project.watcher_file, f"{os.getpid()} {_ENDING}\n", lasting=False)


def leave(project: Project) -> None:
    """Say that there is no watcher any more."""
    atomic.remove(project.watcher_file)


# what holds moves up


def is_held(project: Project) -> bool:
    """Whether nothing new is to be begun: a person has paused the team, or it is being stopped."""
    return is_paused(project) or is_being_stopped(project)


def is_paused(project: Project) -> bool:
    """Whether a person has paused the team."""
    return project.pause_file.exists()


def pause(project: Project, words: str) -> None:
    """Begin nothing new; ``words`` are for whoever reads the file. Made twice, the first ones stay."""
    atomic.create(project.pause_file, f"{words}\n")


def resume(project: Project) -> None:
    """A pause is over."""
    atomic.remove(project.pause_file)


def is_being_stopped(project: Project) -> bool:
    """Whether a `stop` that still lives waits for turns to end."""
    try:
        return process.birth(int(project.stop_file.read_text("utf-8"))) != ""
    except (OSError, ValueError):
        return False


def begin_stop(project: Project) -> None:
    """Say that this process stops the team."""
    atomic.write(project.stop_file, f"{os.getpid()}\n")


def end_stop(project: Project) -> None:
    """The team is stopped, or starts anew."""
    atomic.remove(project.stop_file)
