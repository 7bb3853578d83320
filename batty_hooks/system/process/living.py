"""Ending a run whose tester is dead: exactly that run, however its processes have hidden."""

from __future__ import annotations

import signal
import time

from batty_hooks.system import supervisor, tree

ENDING_SECONDS = 10.0  # beyond its grace, for a supervisor to end a run and put its log in order
birth = tree.birth


def end_run(pid: int, born: str) -> None:
    """End a run that nobody waits for, given its supervisor's pid and birth: by the supervisor if it lives, else by the
    mark that everything in the run carries. Nothing happens when it is all gone, or the pid another's."""
    if not born or not tree.send(tree.Process(pid, 0, born), signal.SIGTERM):
        return
    limit = time.monotonic() + supervisor.GRACE[supervisor.TIME_IS_UP] + ENDING_SECONDS
    while birth(pid) == born and time.monotonic() < limit:
        time.sleep(0.02)
    tree.end(lambda: _left(pid, born), 0.0)


def _left(pid: int, born: str) -> list[tree.Process]:
    """The supervisor, when it does not end, and everything in its run."""
    living = tree.table()
    there = living.get(pid)
    own = [there, *tree.below(living, [pid], tree.lives_on)] if there and there.birth == born else []
    return [*own, *(process for process in tree.marked(living, tree.mark(pid, born)) if process not in own)]
