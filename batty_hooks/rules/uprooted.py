"""Branches that were deleted under the worktree they are checked out in (`git update-ref -d`, an edit of packed-refs).

git takes such a worktree for one without any commit: every file looks new, and the next commit would begin a history of
its own. Nothing is lost, for the worktree's own log knows where the branch stood; so whoever is at work there is given
nothing and reports nothing until somebody brings the branch back. (A worktree of ours that goes to another card brings
it back itself: see state/worktrees/moving.py.)

A card that waits, blocked, has its branch checked out nowhere: anybody may delete it, with no word of git's. The log of
the worktree that left it knows where it stood, so it comes back with the card. (Who wants a card begun anew releases it
first: what has no branch then is begun from the trunk.)
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from batty_hooks.rules import branch_owner
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, queue, trunk, worktrees
from batty_hooks.state.members import Report
from batty_hooks.system.git import refs
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import ids

if TYPE_CHECKING:
    from batty_hooks.state.board.text import Card

_NAMES = "`git fsck --no-reflogs --lost-found` names"
_FIND = "git fsck --no-reflogs --lost-found  (then `git branch {branch} COMMIT`)"


def is_waiting(look: Look, member: str) -> bool:
    """Whether a member's work waits for its branch to be brought back."""
    home = look.homes.get(member)
    return bool(home and home.uprooted and _matters(look, member, home)) or bool(_lost(look, member))


def is_of(look: Look, member: str, card: str) -> bool:
    """Whether it is the branch of that card that a member's worktree lacks."""
    home = look.homes.get(member)
    return bool(home and home.uprooted and branch_owner.card_of(look, home.branch or "") == card)


def gone(look: Look, card: Card) -> tuple[str, str]:
    """The branch of a card that was begun, and waits while its engineer is elsewhere, when somebody has deleted it, and
    where it stood; ("", "") while all of it is there, or in the trunk."""
    project, home = look.project, look.homes.get(card.owner)
    if card.lane != "in progress" or not card.id or card.id in look.landed or card.owner not in look.names or not home:
        return "", ""
    was_begun = any(key.startswith(ids.briefs(card.id)) for key in inbox.keys(project, card.owner))
    if not was_begun or not worktrees.is_managed(project, home.path) or standing_brief(project, card.owner, card.id):
        return "", ""
    if worktrees.named_branch(project, card.owner, card.id) or queue.get(project, card.id):
        return "", ""
    branch, tip = worktrees.left_branch(home.path, f"{card.owner}/{card.id}")
    return (branch, tip) if tip and refs.is_commit(project.root, tip) and not look.contains(tip) else ("", "")


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """What is gone (since when nobody knows), and what brings it back."""
    for member in look.homes:
        if is_waiting(look, member):
            yield words(look, member), 0.0, mend(look, member)


def words(look: Look, member: str) -> str:
    """That a member's branch is gone, and what waits for it, in one line."""
    home = look.homes[member]
    if lost := _lost(look, member):
        return f"{lost} has no branch any more: it was deleted, and {member}'s worktree with it"
    card = branch_owner.card_of(look, home.branch or "")
    what = f"the branch {home.branch}" + (f" of {card}" if card else "")
    return f"{what} was deleted while {member}'s worktree had it checked out; nothing of it is lost, and it waits"


def mend(look: Look, member: str) -> str:
    """The command that brings the branch back to where it stood; or has the card begun anew."""
    home = look.homes[member]
    if lost := _lost(look, member):
        return f"batty-hooks task release {lost}  (it is begun anew; {_NAMES} what it held)"
    branch, tip = shlex.quote(home.branch or ""), _stood_on(look, home)
    return f"git branch {branch} {tip[:12]}" if tip else _FIND.format(branch=branch)


def _lost(look: Look, member: str) -> str:
    """The card in hand of a member whose worktree was taken away with its branch (`git worktree remove --force`, `git
    branch -D`) and made again without it; "" where that is not so."""
    home, card = look.homes.get(member), look.in_hand(member) if member in look.names else None
    if not home or home.branch or not card or not card.id or card.blocked or card.id in look.landed:
        return ""
    if not worktrees.is_managed(look.project, home.path) or not standing_brief(look.project, member, card.id):
        return ""
    if worktrees.branch_of(look.project, member, card.id) or queue.get(look.project, card.id):
        return ""
    return card.id if look.contains(home.head) else ""


def begun_anew(look: Look, report: Report) -> str:
    """Where a branch stood before it was deleted and its engineer's next commit began a history that the trunk has no
    commit of; "" for any other."""
    home = look.homes.get(report.member)
    if not home or home.branch != report.branch or not trunk.is_unrelated(look.candidate(report.commit)):
        return ""
    return worktrees.stood_before(home.path)


def _matters(look: Look, member: str, home: Worktree) -> bool:
    """Whether something of it is nowhere else, or its card is worked on; else the worktree simply goes on."""
    tip, mine = _stood_on(look, home), look.in_hand(member) if member in look.names else None
    own = branch_owner.card_of(look, home.branch or "")
    return not tip or not look.contains(tip) or bool(mine and mine.id and mine.id == own)


def _stood_on(look: Look, home: Worktree) -> str:
    """By the worktree's log; where there is none (core.logAllRefUpdates), what was reported from it."""
    if home.head.strip("0"):
        return home.head
    offered = [offer.commit for offer in look.offers if offer.branch == home.branch]
    card = branch_owner.card_of(look, home.branch or "")
    back = [attempt.commit for attempt in queue.attempts(look.project, card)] if card else []
    return next(iter([*offered, *reversed(back)]), "")
