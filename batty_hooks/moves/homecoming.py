"""homecoming: an engineer whose card has landed gets his worktree back onto the trunk, with nothing in it lost.

The branch that has landed is deleted. While his turn goes on, his worktree is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look, idle
from batty_hooks.state import events, members, queue, trunk, worktrees
from batty_hooks.state.project import Project

NAME = "homecoming"
ORDER = 75
WATCHES = ("queue", "members", "branches")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Engineers without a card whose worktree stands on a branch that the trunk contains."""
    if not look.project.board_file.exists():
        return
    at_work = {card.owner for card in look.board.cards if card.lane == "in progress"}
    at_work |= {offer.member for offer in queue.offers(look.project)}
    for member in look.team.engineers:
        home = look.homes.get(member.name)
        if member.name in at_work or not home or not home.branch or not worktrees.is_managed(look.project, home.path):
            continue
        if members.is_running(look.project, member.name) or idle.in_a_turn(look, member.name):
            continue
        if home.branch != look.trunk and trunk.contains(look.project, look.tip, home.head):
            yield Item(f"{member.name}:{home.branch}", f"{member.name} leaves {home.branch}", member=member.name)


def take(project: Project, item: Item) -> None:
    """Keep what is uncommitted under refs/batty/saved/, then go to the trunk's tip."""
    look = Look(project)
    if item not in ripe(look):
        return
    saved = worktrees.go_home(project, item.member, look.tip)
    if saved:
        events.append(project, saved, "saved", member=item.member, ref=saved,
                      text=f"uncommitted files of {item.member} are kept as {saved}")  # fmt: skip
