"""ahead: what a person has committed on the local trunk, and the server's lacks, is offered like a branch.

So it is tested before it is pushed, and never dropped. What comes back is not offered again as it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base import offering
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import following
from batty_hooks.rules.look import Look
from batty_hooks.state.members import Report
from batty_hooks.state.project import Project

NAME = "ahead"
ORDER = 21
WATCHES = ("branches",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Commits of the local trunk that are to be offered."""
    commit = following.to_offer(look) if look.team.remote else ""
    if commit:
        yield Item(commit, f"{look.trunk} here has commits that the server lacks: to be offered")


def take(project: Project, item: Item) -> None:
    """Offer them, as they stand now."""
    look = Look(project)
    commit = following.to_offer(look)
    if commit:
        human = look.team.human
        report = Report(human, "", look.trunk, commit, "trunk", time.time())
        offering.make_offer(look, report, approved=commit, cleared=commit, by=human)
