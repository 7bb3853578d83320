"""The thread that looks: when something has changed, and every few seconds. The screen never waits for it, however slow
git is."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import runner, under_lock
from batty_hooks.people.top import glance
from batty_hooks.people.top.glance import Glance
from batty_hooks.state import events
from batty_hooks.state.project import Project

_ASK_SECONDS = 0.5  # how often it is asked, cheaply, whether something has changed
_LOOK_SECONDS = 8.0  # what changes without a file (a process ends, an edit in a worktree) is seen so late
_REST = 3  # times as long as a look took there is none: where looks are slow, they do not take all of a processor

Told = Callable[["Glance | FatalError | None"], None]


class Gone(FatalError):
    """The project is not there any more."""


class Looking(threading.Thread):
    """Tells ``tell`` (in this thread) None when a look begins, then what was seen, or why nothing could be."""

    def __init__(self, project: Project, tell: Told) -> None:
        super().__init__(daemon=True, name="top")
        self.project, self.tell = project, tell
        self.again = threading.Event()
        self.over = False

    def run(self) -> None:
        """Look for ever; what goes wrong is told as one line."""
        while not self.over:
            seen, begun = self._word(), time.monotonic()
            self.tell(None)
            found = self._look()
            if self.over:
                return
            self.tell(found)
            if isinstance(found, Gone):
                return
            self._rest(seen, begun)

    def now(self) -> None:
        """Look at once: we have changed something."""
        self.again.set()

    def _rest(self, seen: object, begun: float) -> None:
        took = time.monotonic() - begun
        time.sleep(min(_REST * took, 10.0))
        limit = begun + max(_LOOK_SECONDS, _REST * took)
        while not self.over and time.monotonic() < limit:
            if self.again.wait(_ASK_SECONDS) or self._word() != seen:
                break
        self.again.clear()

    def _word(self) -> object:
        """A cheap word for all that is watched."""
        with contextlib.suppress(Exception):  # what is wrong, the look will say
            return (runner.snapshot(self.project), events.size(self.project))
        return None

    def _look(self) -> Glance | FatalError:
        try:
            if not (self.project.common / "HEAD").exists():
                what = f"{self.project.root} is not there any more: it was moved, or deleted"
                return Gone(what, "batty-hooks top  (in the new place)")
            return glance.taken(self.project)
        except Exception as error:
            return under_lock.words(self.project, error)
