"""staff: every engineer of the team has a worktree and an inbox before there is a card for him.

Made ahead, because making a worktree of a large repository takes a second, and a brief should take none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batty_hooks.moves.base import keeping
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, worktrees
from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.system.git import objects
from batty_hooks.vocabulary import happened, ids, keys

NAME = "staff"
ORDER = 30
WATCHES = ("team_directory", "worktrees")
SLOW = False
_PLACE, _BOARD = "place", "board"
LOCK = "worktrees"


def ripe(look: Look) -> Iterator[Item]:
    """Members without an inbox, engineers without a worktree or with a board of their own in it."""
    if not look.team.members:
        return
    homes = look.homes
    for member in look.team.engineers:
        if member.name not in homes:
            yield Item(keys.join(_PLACE, member.name), f"{member.name} has no worktree yet", member=member.name)
        elif _lacks_board(look, homes[member.name].path):
            key = keys.join(_BOARD, member.name)
            yield Item(key, f"{member.name} has something else than the link to the board", member=member.name)
    for name in sorted(look.team.names - frozenset(member.name for member in look.team.engineers)):
        if not (look.project.inboxes / name / "cur").is_dir():
            yield Item(keys.join(_PLACE, name), f"{name} has no inbox yet", member=name)


def take(project: Project, item: Item) -> None:
    """Make the inbox, then (for an engineer) the worktree: on today's trunk, or on the branch of the card in hand,
    for somebody may have deleted it under his feet."""
    look = Look(project)
    if keys.split(item.key)[0] == _BOARD:
        _hand_in(look, item.member)
        return
    inbox.make(project, item.member)
    if any(member.name == item.member for member in look.team.engineers):
        events.append(
            project, ids.of_member(item.member, "worktree", look.tip[:12]), happened.WORKTREE, member=item.member
        )
        _ensure(look, item.member)
        branch = _branch_in_hand(look, item.member)
        if branch:
            worktrees.begin(project, item.member, branch, look.tip, keeping.teller(project, item.member))


def _ensure(look: Look, member: str) -> None:
    """Make the worktree; anew where somebody deletes it at this very moment (an agent's `rm -rf`)."""
    project, tell = look.project, keeping.teller(look.project, member)
    try:
        worktrees.ensure(project, member, look.tip, tell)
    except FileNotFoundError:
        if project.worktree(member).exists():
            raise
        worktrees.ensure(project, member, look.tip, tell)


def _lacks_board(look: Look, place: Path) -> bool:
    """Whether the link to the board is gone, or something else is in its place: a file that an editor which renames
    (`sed -i` is one) has put there, a directory, a link to elsewhere."""
    name = look.project.board_file.name
    return not worktrees.has_board(look.project, place) and objects.entry(look.project.root, look.tip, name) is None


def _hand_in(look: Look, member: str) -> None:
    """What was saved there is merged as any late save of the board is, all else is kept aside; then the link again."""
    home = look.homes.get(member)
    if home and _lacks_board(look, home.path):
        copy = home.path / look.project.board_file.name
        if copy.is_file() and not copy.is_symlink():
            store.hand_in(look.project, copy)
        else:
            worktrees.free_board(look.project, member, home.path, keeping.teller(look.project, member))
        worktrees.link_board(look.project, home.path)


def _branch_in_hand(look: Look, member: str) -> str | None:
    card = look.in_hand(member)
    return worktrees.named_branch(look.project, member, card.id) if card and card.id else None
