"""handback: what cannot land goes back to its engineer with the reason; after two retries a person is asked.

The attempt's ref first (it counts), the message, then the card if it is blocked; the queue entry goes last.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look, escalate, reasons, standing
from batty_hooks.moves.base.reasons import TOGETHER, Reason
from batty_hooks.moves.base.standing import CONFLICT, FAILED, WITHDRAWN
from batty_hooks.state import events, inbox, queue, worktrees
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer

NAME = "handback"
ORDER = 60
WATCHES = ("queue", "verdicts")
SLOW = False
_ROWS = (FAILED, CONFLICT, WITHDRAWN)
_WORDS = {
    FAILED: "its test failed",
    TOGETHER: "it failed together with what had landed",
    CONFLICT: "it conflicted with the trunk",
}


def ripe(look: Look) -> Iterator[Item]:
    """Offers with a conflict or a red verdict, and offers whose card is gone or somebody else's."""
    for offer in look.offers:
        row = standing(look, offer).row
        if row in _ROWS:
            yield Item(f"{offer.key}:{offer.attempt}", f"{offer.label} goes back: {row}", offer.card, offer.member)


def take(project: Project, item: Item) -> None:
    """Hand one offer back."""
    key, _, attempt = item.key.rpartition(":")
    offer = queue.get(project, key)
    if not offer or str(offer.attempt) != attempt:
        return
    look = Look(project)
    now = standing(look, offer)
    if now.row not in _ROWS:
        return
    why = reasons.reason(look, offer, now)
    if why.kind != WITHDRAWN:
        queue.record_attempt(project, key, Attempt(offer.attempt, why.kind, offer.commit))
        _tell(look, offer, why)
        _ask_a_person(look, offer, why.kind)
    events.append(
        project, f"{key}.handback.{offer.attempt}", f"handed back: {why.kind}", card=offer.card, member=offer.member,
        label=offer.label, branch=offer.branch, commit=offer.commit, attempt=offer.attempt, since=offer.at,
        log=now.verdict.log if now.verdict else "", text=why.gist,
    )  # fmt: skip
    queue.remove(project, offer)


def _tell(look: Look, offer: Offer, why: Reason) -> None:
    receiver = offer.member if offer.member in look.names else look.team.human
    text = why.text + worktrees.moved_on(look.project, offer.branch, offer.commit)
    inbox.send(
        look.project,
        inbox.Message(
            f"{offer.key}.gate.{offer.attempt}", "batty-hooks", receiver, f"{offer.label} came back: {why.gist}",
            text, why.kind, offer.card, reply_to=f"{offer.key}.brief.1" if offer.card else "",
        ),
    )  # fmt: skip


def _ask_a_person(look: Look, offer: Offer, kind: str) -> None:
    """Every third attempt of a kind that comes back blocks the card; unblocked, it has as many again."""
    card = look.card(offer.card) if offer.card else None
    if not card:
        return
    same = [attempt for attempt in queue.attempts(look.project, offer.key) if attempt.kind == kind]
    if same and len(same) % (look.team.gate.retries + 1) == 0:
        escalate(look, card, f"{_WORDS[kind]} {len(same)} times, the last at {offer.commit[:10]}")
