"""What a word people type stands for: a card or a branch, and the commit of it that would land or has landed.

`show`, `merge` and `reject` read it in the same way, so that what was looked at is what is approved. Not a move.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import IN_REVIEW, PROTECTED, REVIEW, standing
from batty_hooks.state import queue, trunk, worktrees
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.system.git import objects, refs
from batty_hooks.system.records import dataclass

if TYPE_CHECKING:
    from batty_hooks.state.board.text import Card


@dataclass(frozen=True)
class Change:
    """A card's or a branch's work. ``card`` is "" for a plain branch, ``member`` its owner ("": nobody's).

    ``commit`` is what waits in the queue, as ``offer``, else the branch's tip; ``newer`` the tip when a commit was made
    since; ``landed`` the commit that brought it onto the trunk.
    """

    key: str
    card: str
    title: str
    member: str
    branch: str
    commit: str
    newer: str = ""
    landed: str = ""
    offer: Offer | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return self.card or self.branch


def named(look: Look, word: str) -> Change:
    """What ``word`` stands for. Raises FatalError when it is no card, no branch, or a card without any work yet."""
    id = word.lstrip("^")
    card = look.card(id)
    if card or id in look.landed:
        return _of_card(look, id)
    owned = _card_of_branch(look, word)
    return _of_card(look, owned) if owned else _of_branch(look, word)


def require(change: Change, commit: str) -> None:
    """Raises FatalError unless ``commit`` (or the beginning of an id) is the one that ``change`` is about."""
    if len(commit) < 4 or not change.commit.startswith(commit.lower()):
        raise FatalError(
            f"{change.label} stands at {change.commit[:10]}, not at {commit}",
            f"batty-hooks show {shlex.quote(change.label)}  (look at it again)",
        )


def candidate(look: Look, change: Change) -> Candidate:
    """What landing it makes of the trunk: what did, when it has landed."""
    if not change.landed:
        return look.candidate(change.commit)
    base = objects.parents(look.project.root, change.landed)[0]
    return Candidate(base, change.commit, objects.tree_of(look.project.root, change.landed), ())


def _card_of_branch(look: Look, branch: str) -> str:
    """The card a branch was reported or made for: its work does not land beside the card. "" when there is none."""
    for offer in look.offers:
        if offer.card and offer.branch == branch:
            return offer.card
    for card in look.cards:
        own = f"{card.owner}/{card.id}"
        if card.id and card.lane == "in progress" and (branch == own or branch.startswith(f"{own}-")):
            return card.id
    return ""


def _of_card(look: Look, id: str) -> Change:
    card, offer, landed = look.card(id), queue.get(look.project, id), look.landed.get(id, "")
    title = card.title if card else ""
    if offer:
        tip = refs.branch_tip(look.project.root, offer.branch) or offer.commit
        newer = "" if tip == offer.commit or trunk.contains(look.project, look.tip, tip) else tip
        return Change(id, id, title, offer.member, offer.branch, offer.commit, newer, landed, offer)
    owner = (card.owner if card else "") or look.team.human
    branch = worktrees.branch_of(look.project, owner, id) or ""
    if landed:
        return _landed(look, id, landed, card)
    commit = refs.branch_tip(look.project.root, branch) if branch else None
    if not commit:
        mend = f"`batty-hooks task show {id}` shows the card; work on it belongs on a branch {owner}/{id}-..."
        raise FatalError(f"{id} has no branch yet", mend)
    return Change(id, id, title, owner, branch, commit)


def _landed(look: Look, id: str, landed: str, card: Card | None) -> Change:
    """A card that has landed; what the board has forgotten since, the merge commit still says."""
    facts, parents = trunk.landing_facts(look.project, landed), objects.parents(look.project.root, landed)
    owner, subject = facts.get("member", ""), objects.message(look.project.root, landed).partition("\n")[0]
    title = card.title if card else subject.removeprefix(f"Land {id}: ").removesuffix(f" ({owner})")
    return Change(id, id, title, owner, facts.get("branch", ""), (parents[1:] or [landed])[0], "", landed)


def _of_branch(look: Look, branch: str) -> Change:
    project, key = look.project, queue.branch_key(branch)
    tip, offer = refs.branch_tip(project.root, branch), queue.get(project, key)
    if offer and (not tip or tip == offer.commit or standing(look, offer).row in (IN_REVIEW, REVIEW, PROTECTED)):
        newer = tip if tip and tip != offer.commit else ""
        landed = _landing(look, offer.commit)
        return Change(key, "", offer.title, offer.member, branch, offer.commit, newer, landed, offer)
    if not tip:
        raise FatalError(
            f"there is no branch or card {branch!r}", "`git branch` and `batty-hooks board` list them", USAGE
        )
    return Change(key, "", branch, offer.member if offer else "", branch, tip, "", _landing(look, tip))


def _landing(look: Look, commit: str) -> str:
    """The trunk's commit that brought ``commit`` in; "" when it has not landed, or is one of the trunk's own."""
    if not trunk.contains(look.project, look.tip, commit):
        return ""
    landed = trunk.landing_of(look.project, look.tip, commit)
    return "" if not landed or objects.parents(look.project.root, landed)[0] == commit else landed
