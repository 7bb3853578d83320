"""What propose and poll do alike: one of them at the forge at a time, and how asking it went is noted and told."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator

from batty_hooks.rules import pulls as rule
from batty_hooks.rules.look import Look
from batty_hooks.state import events, pulls
from batty_hooks.state.project import Project
from batty_hooks.system import forge, lock
from batty_hooks.vocabulary import happened, ids

_LIMIT_SECONDS = 200.0


@contextlib.contextmanager
def at_the_forge(project: Project) -> Iterator[None]:
    """Nobody else asks the forge for the length of a with-block."""
    with lock.held(project.lock("forge"), _LIMIT_SECONDS):
        yield


def next_look(look: Look) -> float:
    """When the forge is to be asked next (seconds since the epoch); infinity where nothing is offered there."""
    remote = look.team.remote
    if not remote or remote.land != "pr":
        return math.inf
    followed = bool(rule.polled(look))
    return rule.due(pulls.notes(look.project), followed, _touched(look), not rule.is_up_to_date(look))


def note(look: Look, answer: forge.Answer, upon: str = "") -> None:
    """Write down how asking went (``upon``: of all of them, the trunk standing there); what is news is told first."""
    before = pulls.notes(look.project)
    now = rule.after(before, answer, time.time(), upon)
    program = rule.place_of(look).program
    if now.outcome and (now.outcome, now.said) != (before.outcome, before.said):
        id = ids.of_server("away", f"{program} {now.outcome} {now.said} {now.since}")
        events.append(look.project, id, happened.SERVER_AWAY, label=program, text=now.said or now.outcome)
    elif before.outcome and not now.outcome:
        id = ids.of_server("back", f"{program} {before.since}")
        events.append(look.project, id, happened.SERVER_BACK, label=program)
    pulls.note(look.project, now)


def _touched(look: Look) -> float:
    """When a person last changed the remotes, or who he is at the forge."""
    found = [0.0]
    for path in (look.project.common / "config", *forge.settings(forge.GH), *forge.settings(forge.GLAB)):
        with contextlib.suppress(OSError):
            found.append(path.stat().st_mtime)
    return max(found)
