"""Who is who when a command is typed: the sender, a name that was meant, what a member may do. Not a move."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves.base import Look
from batty_hooks.state import worktrees

if TYPE_CHECKING:
    from batty_hooks.state.board.text import Card


def sender(look: Look, place: Path) -> str:
    """Who is typing: $BATTY_MEMBER, else the member whose worktree this is, else the human.

    Raises FatalError for a $BATTY_MEMBER nobody knows: an unknown name is never taken for the human.
    """
    named = os.environ.get("BATTY_MEMBER")
    if named:
        return known(look, named)
    at_home = worktrees.member_at(look.project, place)
    return at_home if at_home in look.names else look.team.human


def approvers(look: Look, owner: str) -> tuple[str, ...]:
    """Who says yes or no to a member's work: whoever is above him, and the human always."""
    return tuple(dict.fromkeys((look.team.boss(owner), look.team.human)))


def approver(look: Look, place: Path, owner: str) -> str | None:
    """Who is typing, if that is somebody who says yes or no to ``owner``'s work; else None."""
    who = present(look, place)
    return who if who in approvers(look, owner) else None


def present(look: Look, place: Path) -> str:
    """Who is typing, where it matters who does: in a worktree of the team that is its member, whatever $BATTY_MEMBER
    says, so that no engineer becomes the human by setting it (a guard against shortcuts: he can still go elsewhere)."""
    said, at_home = sender(look, place), worktrees.member_at(look.project, place)
    if at_home and (at_home in look.names or place.absolute().is_relative_to(look.project.worktree(at_home))):
        return at_home
    return said


def refusal(look: Look, place: Path, owner: str, act: str, mend: str) -> FatalError:
    """The words for somebody who may not ``act`` ("approve t12"): who may, and where to type it."""
    names = " or ".join(approvers(look, owner))
    return FatalError(f"{present(look, place)} may not {act}: {names} may", f"{mend}, typed in {look.project.root}")


def known(look: Look, name: str) -> str:
    """``name`` if somebody is called so. Raises FatalError with the nearest name."""
    if name in look.names:
        return name
    import difflib

    close = difflib.get_close_matches(name, sorted(look.names), 1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    raise FatalError(f"there is no member {name!r}", f"{guess}the members are: {', '.join(sorted(look.names))}", USAGE)


def may_write(look: Look, sender: str, receiver: str) -> bool:
    """Whether ``sender`` may write to ``receiver``; without a team everybody may."""
    return not look.team.members or look.team.may_write(sender, receiver)


def card_in_hand(look: Look, member: str) -> Card | None:
    """The card a member is working on."""
    mine = [card for card in look.board.cards if card.lane == "in progress" and card.owner == member]
    return next((card for card in mine if not card.blocked), mine[0] if mine else None)
