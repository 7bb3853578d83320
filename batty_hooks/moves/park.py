"""park: an engineer whose card has landed gets his worktree back onto the trunk, with nothing in it lost.

The branch that has landed is deleted. While his turn goes on, his worktree is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import keeping
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import branch_owner, idle, merged
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import members, trunk, worktrees
from batty_hooks.state.project import Project
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import keys

NAME = "park"
ORDER = 75
WATCHES = ("queue", "members", "branches")
SLOW = False
LOCK = "worktrees"


def ripe(look: Look) -> Iterator[Item]:
    """Engineers without a card whose worktree stands on a branch that the trunk contains."""
    if not look.has_board:
        return
    kept = {card.id for card in look.cards if card.lane == "in progress" and card.id}  # (a blocked one waits with it)
    at_work = {offer.member for offer in look.offers}
    for member in look.team.engineers:
        home = look.homes.get(member.name)
        card = look.in_hand(member.name)
        if card and (not card.blocked or standing_brief(look.project, member.name, card.id)):
            continue
        if member.name in at_work or not home or not home.branch or not worktrees.is_managed(look.project, home.path):
            continue
        if members.is_running(look.project, member.name) or idle.in_a_turn(look, member.name):
            continue
        if branch_owner.card_of(look, home.branch) in kept:
            continue
        if home.branch != look.trunk and _is_landed(look, home):
            yield Item(keys.join(member.name, home.branch), f"{member.name} leaves {home.branch}", member=member.name)


def _is_landed(look: Look, home: Worktree) -> bool:
    """Whether the trunk has it, in whatever form: a branch that was squashed there is left, and stays."""
    if trunk.contains(look.project, look.tip, home.head):
        return True
    card = branch_owner.card_of(look, home.branch or "") if look.team.remote else ""
    return bool(card) and merged.has_landed(look, card, home.head)


def take(project: Project, item: Item) -> None:
    """Keep what is left there (refs/batty/saved/), then go to the trunk's tip."""
    look = Look(project)
    if item not in ripe(look):
        return
    _, branch = keys.split(item.key)
    worktrees.go_home(project, item.member, branch, look.tip, keeping.teller(project, item.member))
