"""How it is told that a server cannot be asked, or answers again: alike of the one where the trunk lives, and of the
forge that keeps its pull requests."""

from __future__ import annotations

from typing import Protocol

from batty_hooks.state import events
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids


class Notes(Protocol):
    """What is noted of asking: the ``outcome`` ("": it answers), what was ``said``, ``since`` when."""

    @property
    def outcome(self) -> str: ...

    @property
    def said(self) -> str: ...

    @property
    def since(self) -> float: ...


def tell(project: Project, who: str, before: Notes, now: Notes, kind: str = "") -> None:
    """Once for each cause, and when it is over; ``kind`` tells apart whom the ids are of."""
    if now.outcome and (now.outcome, now.said) != (before.outcome, before.said):
        id = ids.of_server("away", f"{kind}{now.outcome} {now.said} {now.since}")
        events.append(project, id, happened.SERVER_AWAY, label=who, text=now.said or now.outcome)
    elif before.outcome and not now.outcome:
        events.append(project, ids.of_server("back", f"{kind}{before.since}"), happened.SERVER_BACK, label=who)
