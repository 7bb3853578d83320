"""Looking at the server on which the trunk lives; and how it is told that a server cannot be asked, or answers again:
alike of that one, and of the forge that keeps its pull requests."""

from __future__ import annotations

import time
from typing import Any, Protocol

from batty_hooks.rules import serving
from batty_hooks.rules.look import Look
from batty_hooks.state import events, server
from batty_hooks.state.project import Project
from batty_hooks.system.records import replace
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


def ask(look: Look) -> None:
    """Look at the server now; what came of it is told when it is news, and then noted."""
    project, remote = look.project, look.team.remote
    if not remote:
        return
    before, tip = server.notes(project), server.tip(project, remote.name, look.trunk)
    begun = time.time()
    answer = server.look(project, remote.name, look.trunk, serving.LOOK_LIMIT)
    now = time.time()
    said: dict[str, Any] = serving.after(before, answer, now, now - begun)
    tell(project, remote.name, before, replace(before, **said))
    server.note(project, **said)
    _tell_rewritten(look, remote.name, tip)


def _tell_rewritten(look: Look, remote: str, tip: str | None) -> None:
    found = server.rewritten(look.project, remote, look.trunk)
    if found:
        text = f"{look.trunk} was at {found.was[:10]} and is at {found.now[:10]}, which does not contain that"
        id = ids.of_server("rewritten", f"{found.was} {found.now}")
        events.append(look.project, id, happened.SERVER_REWRITTEN, label=remote, commit=found.now, text=text)
