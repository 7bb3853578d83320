"""The waker: an engine that works until all are idle, where no watcher does.

One works and one waits to look again; further ones leave. A waker that finds a watcher beside it, and sees that it
stays, leaves too.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from batty_hooks.errors import FatalError
from batty_hooks.state import spool, watcher
from batty_hooks.state.project import Project
from batty_hooks.system import lock

if TYPE_CHECKING:
    from batty_hooks.moves.base.runner import Runner

_LOOK_SECONDS = 1.0
_CRASHED_SECONDS = 10.0  # a watcher that ends sooner would only do so again


def look_now(project: Project) -> bool:
    """Make every ripe move until idle, unless somebody is at it already and will look again. False where nothing was
    looked at, and nobody is to be told anything."""
    # One waker works and one waits to look again after it; any further one would only look a third time.
    with contextlib.ExitStack() as waiting:
        if not waiting.enter_context(lock.tried(project.lock("wake-next"))):
            return False
        with lock.held(project.lock("wake"), timeout=86400):
            if watcher.stays(project):
                # The hook could not see it (from an agent's sandbox); or it sleeps, and nothing on disk has woken it.
                with contextlib.suppress(OSError, FatalError):
                    spool.wish(project, project.root)
                return False
            if not _look(project, waiting):
                return False
    return watcher.alive(project) is None


def _look(project: Project, waiting: contextlib.ExitStack) -> bool:
    """Make every ripe move; False where nothing of ours is any more. ``waiting`` is the place of who waits to look.

    What that needs is imported here: an agent's start and each of its turns wake somebody, and most have nothing to do.
    """
    from batty_hooks.moves.base.runner import Runner
    from batty_hooks.state import githooks, panes
    from batty_hooks.state.panes import windows

    if not githooks.are_here(project):
        return False  # `uninstall` was faster
    waiting.close()  # from here on somebody else may wait: what woke him may come after our last look
    if panes.listed(project) and watcher.alive(project) is None:
        windows.revive_watcher(panes.server(project), _CRASHED_SECONDS)
    work(project, Runner(project, None, lambda item, error: None))
    return True


def work(project: Project, runner: Runner, after: float = _CRASHED_SECONDS) -> None:
    """Make every ripe move until idle, or until a watcher stays. What was begun here is ended here all the same (a
    test, an agent's command), and should the watcher go meanwhile, it is looked here again."""
    is_left = True
    while is_left:
        over = threading.Event()
        threading.Thread(target=give_way, args=(project, over, after), daemon=True).start()
        runner.until_idle(over)
        is_left = over.is_set()
        over.set()
        while is_left and watcher.alive(project) is not None:
            is_left = any(thread.is_alive() for thread in runner.threads.values())
            time.sleep(_LOOK_SECONDS if is_left else 0)


def give_way(project: Project, over: threading.Event, after: float) -> None:
    """Have it be ``over`` once one watcher has been at it for so many seconds: in a busy team nobody is ever idle, and
    two that look do everything twice. (One that crashes at once must leave somebody who looks.)"""
    known, since = None, time.monotonic()
    while not over.wait(_LOOK_SECONDS):
        now = None if watcher.is_ending(project) or watcher.suspended(project) else watcher.alive(project)
        if not now or now != known:
            known, since = now, time.monotonic()
        elif time.monotonic() - since >= after:
            over.set()
