"""What an engine does when its moves are made: it keeps the state of the team as a commit of its history.

No move: nothing of a card depends on it, it holds no lock that work waits for, and what goes wrong with it is said and
holds up nothing. So what belonged together, all that one sweep has changed, is one commit.
"""

from __future__ import annotations

from functools import partial
from itertools import takewhile

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.under_lock import Trouble, words
from batty_hooks.rules import chronicling
from batty_hooks.rules.look import Look
from batty_hooks.state import events, history, panes
from batty_hooks.state.history import Events, Known
from batty_hooks.state.project import Project
from batty_hooks.vocabulary.names import HUMAN


class Chronicler:
    """Keeps the history of one project; it remembers what the newest commit holds."""

    def __init__(self, project: Project, say: Trouble) -> None:
        self.project = project
        self.say = say
        self.known = Known()
        self.failed = ""

    def keep(self, look: Look) -> None:
        """Keep the state as it is now, if it has changed."""
        try:
            is_kept, trunk, human = _settings(look)
            if is_kept:
                living = [pane.member for pane in panes.listed(self.project) if pane.alive]
                self.known = history.record(self.project, self.known, trunk, living, partial(self._news, human))
            self.failed = ""
        except Exception as raised:  # a full disk, a repository that git cannot write: work goes on
            self.known = Known()
            error = raised if isinstance(raised, FatalError) else words(self.project, raised)
            if error.what != self.failed:
                self.failed = error.what
                self.say("history", error)

    def _news(self, human: str, seq: int) -> Events:
        """What has happened since that event; of a log that was cut meanwhile, all that it holds."""
        newest = next(events.newest(self.project), {})
        if newest.get("seq", 0) < seq:
            return chronicling.since(events.recent(self.project), seq, human)
        new = takewhile(lambda event: event.get("seq", 0) > seq, events.newest(self.project))
        return chronicling.since(list(new)[::-1], seq, human)


def _settings(look: Look) -> tuple[bool, str, str]:
    """Whether a history is kept, the trunk ("": nobody can tell) and the human's name. A team.yaml that cannot be read
    is a state as well."""
    try:
        return bool(look.team.history), look.trunk, look.team.human
    except FatalError:
        return True, "", HUMAN
