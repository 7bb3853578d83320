"""staff: every engineer of the team has a worktree and an inbox before there is a card for him.

Made ahead, because making a worktree of a large repository takes a second, and a brief should take none.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look
from batty_hooks.state import events, inbox, worktrees
from batty_hooks.state.project import Project

NAME = "staff"
ORDER = 30
WATCHES = ("team_directory", "worktrees")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Members without an inbox, engineers without a worktree."""
    if not look.team.members:
        return
    homes = look.homes
    for member in look.team.engineers:
        if member.name not in homes:
            yield Item(member.name, f"{member.name} has no worktree yet", member=member.name)
    for name in sorted(look.team.names - frozenset(member.name for member in look.team.engineers)):
        if not (look.project.inboxes / name / "cur").is_dir():
            yield Item(name, f"{name} has no inbox yet", member=name)


def take(project: Project, item: Item) -> None:
    """Make the inbox, then (for an engineer) the worktree: on today's trunk, or on the branch of the card in hand,
    for somebody may have deleted it under his feet."""
    look = Look(project)
    inbox.make(project, item.member)
    if any(member.name == item.member for member in look.team.engineers):
        events.append(project, f"{item.member}.worktree.{look.tip[:12]}", "worktree", member=item.member)
        worktrees.ensure(project, item.member, look.tip)
        branch = _branch_in_hand(look, item.member)
        if branch:
            worktrees.begin(project, item.member, branch, look.tip)


def _branch_in_hand(look: Look, member: str) -> str | None:
    cards = look.board.cards if look.project.board_file.exists() else []
    mine = [card.id for card in cards if card.lane == "in progress" and card.owner == member and not card.blocked]
    return next(filter(None, (worktrees.branch_of(look.project, member, id) for id in mine if id)), None)
