"""Whose a branch is: what is reported from it lands as the card it was made for, or not at all.

A report belongs to its branch: the card is read from the name of the branch, `<member>/<card>-…`, and only a branch
that is no card's counts for the card in hand. What is on a card's branch or came back of it lands with no other card
while that is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from batty_hooks.rules import own_files
from batty_hooks.rules.look import Look
from batty_hooks.state import worktrees
from batty_hooks.state.members import Report
from batty_hooks.system.git import refs
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import ids

if TYPE_CHECKING:
    from batty_hooks.state.board.text import Card


def card_of(look: Look, branch: str) -> str:
    """The id of the card a branch was made for or is reported for; "" for a branch that is no card's."""
    offered = next((offer.card for offer in look.offers if offer.card and offer.branch == branch), "")
    member, _, rest = branch.partition("/")
    if offered or not rest or not _is_member(look, member):
        return offered
    return named_id(rest, [*(card.id for card in look.cards if card.id), *look.landed, *_briefed(look, member)])


def named_id(rest: str, ids: Iterable[str]) -> str:
    """Which of ``ids`` the part of a branch's name behind its member begins with: `t1-slow-card`; "" for none."""
    found = [id for id in ids if rest == id or rest.startswith(f"{id}-")]
    return max(found, key=len, default="")


def standing_at(look: Look, member: str, place: Path) -> Worktree | None:
    """The worktree a member types in: the linked one that ``place`` lies in, else its own."""
    root = worktrees.root_of(place)
    return next((home for home in look.homes.values() if home.path == root), look.homes.get(member))


def card_here(look: Look, member: str, place: Path) -> Card | None:
    """The card a member speaks of when it names none: that of the branch checked out where it types, else the one in
    hand."""
    home = standing_at(look, member, place)
    card = look.card(card_of(look, home.branch)) if home and home.branch else None
    mine = card and card.owner == member and card.lane == "in progress"
    return card if mine else look.in_hand(member)


def reported_from(look: Look, member: str, branch: str) -> str:
    """The card that a report from ``branch`` is of: the branch's own, else the one in hand; "" for a plain branch. One
    that was taken off the board is still its branch's: who took it away wants nothing of it to land."""
    own, mine = card_of(look, branch), look.in_hand(member)
    card = look.card(own)
    if own and not mine and (own in look.landed or (card and card.lane == "done")):
        return ""  # (what was committed after the landing)
    return own or (mine.id if mine else "")


def misplaced(look: Look, report: Report) -> str:
    """Why a report cannot be of its card, coming from the branch it comes from; "" when it can."""
    foreign = _foreign(look, report.member, report.card, report.branch)
    if foreign or not report.card:
        return foreign
    if report.how == "card" and (mine := look.in_hand(report.member)) and mine.id == report.card:
        return _holds_blocked(look, report)
    own = worktrees.branch_of(look.project, report.member, report.card)
    tip = refs.branch_tip(look.project.root, own) if own and own != report.branch else None
    if tip and not _holds(look, report.commit, tip) and not look.contains(tip):
        return f"{report.member} stands on {report.branch}, which lacks what is on {own}, the branch of {report.card}"
    return _holds_blocked(look, report)


def _foreign(look: Look, member: str, card: str, branch: str) -> str:
    """Whose a branch is, in words, when it is another card's or another member's; "" when it may be this one's."""
    own = card_of(look, branch)
    if card and own and own != card:
        return f"{branch} is the branch of {own}, not of {card}"
    other = branch.partition("/")[0] if "/" in branch else ""
    if member and not own and other in look.names - {member, look.team.human}:
        return f"{branch} is a branch of {other}'s"
    return ""


def reminder(look: Look, member: str, card: str) -> str:
    """What is said with a message about a card that waits while its engineer has another in hand; "" otherwise."""
    mine, about = look.in_hand(member), next((one for one in look.cards if card and one.id == card), None)
    if not mine or not about or mine.id == card or about.owner != member or about.lane != "in progress":
        return ""
    branch = worktrees.branch_of(look.project, member, mine.id)
    where = f", on branch {branch} (`git switch {quote(branch)}` if you have left it)" if branch else ""
    return f"You have {mine.id} in hand{where}: go on with that. {card} comes to you again when you are free.\n"


def _holds_blocked(look: Look, report: Report) -> str:
    """Work of a blocked card lands with no other card: neither what came back nor what is on a branch of its name."""
    for card in look.cards:
        if not card.blocked or not card.id or card.id == report.card or card.lane != "in progress":
            continue
        commits = [attempt.commit for attempt in look.attempts(card.id)]
        commits += worktrees.branches_for(look.project, card.id).values()
        for commit in dict.fromkeys(commits):
            if _holds(look, report.commit, commit) and not look.contains(commit):
                return f"{report.branch} holds {commit[:10]} of {card.id}, which is blocked: {card.blocked}"
    return ""


def _holds(look: Look, commit: str, other: str) -> bool:
    return refs.contains(look.project.root, commit, other)


def _is_member(look: Look, name: str) -> bool:
    """Whether somebody is or was called so."""
    return name in look.names or (look.project.inboxes / name).is_dir()


def _briefed(look: Look, member: str) -> set[str]:
    """The cards a member was ever given: one may have been taken off the board since."""
    return {ids.card_of_brief(key) for key in own_files.keys(look, member)} - {""}
