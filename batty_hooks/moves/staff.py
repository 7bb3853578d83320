"""staff: every engineer of the team has a worktree and an inbox before there is a card for him.

Made ahead, because making a worktree of a large repository takes a second, and a brief should take none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batty_hooks.moves.base import Item, Look
from batty_hooks.state import events, inbox, worktrees
from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.system.git import objects

NAME = "staff"
ORDER = 30
WATCHES = ("team_directory", "worktrees")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Members without an inbox, engineers without a worktree or with a board of their own in it."""
    if not look.team.members:
        return
    homes = look.homes
    for member in look.team.engineers:
        if member.name not in homes:
            yield Item(member.name, f"{member.name} has no worktree yet", member=member.name)
        elif _has_own_board(look, homes[member.name].path):
            yield Item(f"{member.name}:board", f"{member.name} has saved the board beside its link", member=member.name)
    for name in sorted(look.team.names - frozenset(member.name for member in look.team.engineers)):
        if not (look.project.inboxes / name / "cur").is_dir():
            yield Item(name, f"{name} has no inbox yet", member=name)


def take(project: Project, item: Item) -> None:
    """Make the inbox, then (for an engineer) the worktree: on today's trunk, or on the branch of the card in hand,
    for somebody may have deleted it under his feet."""
    look = Look(project)
    if item.key.endswith(":board"):
        _hand_in(look, item.member)
        return
    inbox.make(project, item.member)
    if any(member.name == item.member for member in look.team.engineers):
        events.append(project, f"{item.member}.worktree.{look.tip[:12]}", "worktree", member=item.member)
        worktrees.ensure(project, item.member, look.tip)
        branch = _branch_in_hand(look, item.member)
        if branch:
            worktrees.begin(project, item.member, branch, look.tip)


def _has_own_board(look: Look, place: Path) -> bool:
    """Whether an editor that renames (`sed -i` is one) has put a file in the place of the link to the board."""
    name = look.project.board_file.name
    file = place / name
    return file.is_file() and not file.is_symlink() and objects.entry(look.project.root, look.tip, name) is None


def _hand_in(look: Look, member: str) -> None:
    """What was saved there is merged as any late save of the board is; then the link again."""
    home = look.homes.get(member)
    if home and _has_own_board(look, home.path):
        store.hand_in(look.project, home.path / look.project.board_file.name)
        worktrees.link_board(look.project, home.path)


def _branch_in_hand(look: Look, member: str) -> str | None:
    cards = look.board.cards if look.project.board_file.exists() else []
    mine = [card.id for card in cards if card.lane == "in progress" and card.owner == member and not card.blocked]
    return next(filter(None, (worktrees.branch_of(look.project, member, id) for id in mine if id)), None)
