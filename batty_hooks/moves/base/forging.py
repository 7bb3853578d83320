"""What propose and poll do alike: one of them at the forge at a time, and how asking it went is noted and told."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator

from batty_hooks.moves.base import reaching
from batty_hooks.rules import pulls as rule
from batty_hooks.rules import serving, uploading
from batty_hooks.rules.look import Look
from batty_hooks.state import pulls
from batty_hooks.state.project import Project
from batty_hooks.system import forge, lock

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
    followed, known = bool(rule.polled(look)), pulls.notes(look.project)
    last = known.tried if known.failures else max(known.looked, known.tried)
    if followed and uploading.is_ahead(last, look.at):
        return look.at
    return rule.due(known, followed, _touched(look), not rule.is_up_to_date(look))


def note(look: Look, answer: forge.Answer, upon: str = "") -> None:
    """Write down how asking went (``upon``: of all of them, the trunk standing there); what is news is told first."""
    before = pulls.notes(look.project)
    now = rule.after(before, answer, time.time(), upon)
    program = rule.place_of(look).program
    reaching.tell(look.project, program, before, now, f"{program} ")
    pulls.note(look.project, now)


def _touched(look: Look) -> float:
    """When a person last changed the remotes, which one is meant, or who he is at the forge."""
    own = [look.project.common / "config", look.project.own_team_file]
    return serving.newest([*own, *forge.settings(forge.GH), *forge.settings(forge.GLAB)])
