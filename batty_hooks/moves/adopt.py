"""adopt: what had come back here, and was merged on the server all the same, is entered as landed.

A person merges a pull request whose check was red, say, or one of a blocked card: that is his word. While its engineer
is at work on it, or has committed more, it is left to its next report. What is offered here has landed already, so the
move land enters it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base import offering
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import idle, merged
from batty_hooks.rules.look import Look
from batty_hooks.state import members, pulls, worktrees
from batty_hooks.state.board.text import Card
from batty_hooks.state.members import Report
from batty_hooks.state.project import Project
from batty_hooks.state.pulls import Pull
from batty_hooks.system.git import refs
from batty_hooks.vocabulary import keys

NAME = "adopt"
ORDER = 22
WATCHES = ("board_file", "branches", "queue")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Cards in progress whose last attempt was merged."""
    for card, pull in _found(look):
        yield Item(keys.join(card.id, str(pull.number)), f"{card.id} was merged on the server", card.id, card.owner)


def take(project: Project, item: Item) -> None:
    """Offer the commit that came back."""
    look = Look(project)
    for card, pull in _found(look):
        if card.id == item.card:
            branch = worktrees.branch_of(project, card.owner, card.id) or pull.branch
            offering.make_offer(look, Report(card.owner, card.id, branch, pull.commit, "merged", time.time()))


def _found(look: Look) -> Iterator[tuple[Card, Pull]]:
    remote = look.team.remote
    if not remote or remote.land != "pr" or not look.has_board or look.doubt:
        return
    waiting = {offer.key for offer in look.offers}
    reported = {report.card for report in members.reports(look.project)}
    for card in look.cards:
        if card.lane != "in progress" or not card.id or card.id in waiting | reported or card.id in look.landed:
            continue
        pull = pulls.get(look.project, card.id)
        if pull and merged.came_back_and_was_merged(look, pull) and _is_left(look, card):
            yield card, pull


def _is_left(look: Look, card: Card) -> bool:
    """Whether nobody is at work on it, and its branch has nothing newer."""
    is_at_work = members.is_running(look.project, card.owner) or idle.in_a_turn(look, card.owner)
    if is_at_work and look.in_hand(card.owner) == card:
        return False
    branch = worktrees.branch_of(look.project, card.owner, card.id)
    tip = refs.branch_tip(look.project.root, branch) if branch else None
    return tip is None or look.contains(tip) or merged.has_landed(look, card.id, tip)
