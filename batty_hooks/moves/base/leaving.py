"""A process that goes ends the runs that it has going, and each is told as one in vain: what is killed with it would
leave a worktree in which something runs, and nobody would know where the time went."""

from __future__ import annotations

import os
import threading
import time

from batty_hooks.state import slots
from batty_hooks.state.project import Project

_END_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_going = threading.Event()


def is_so() -> bool:
    """Whether this process goes: nobody needs what it tests."""
    return _going.is_set()


def leave(project: Project) -> None:
    """Go: wait until the runs of this process have ended, a few seconds at the most."""
    _going.set()
    limit = time.monotonic() + _END_SECONDS
    try:
        while time.monotonic() < limit and any(run.tester == os.getpid() for run in slots.running(project)):
            time.sleep(_LOOK_SECONDS)
    finally:
        _going.clear()  # (of a process in which several live, one after the other)
