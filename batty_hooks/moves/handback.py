"""handback: what cannot land goes back to its engineer with the reason; after two retries a person is asked.

The attempt's ref first (it counts), the message, then the card if it is blocked; the queue entry goes last.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.effects import escalate
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import reasons
from batty_hooks.rules.advice import blocked_words, how_to_report
from batty_hooks.rules.look import Look
from batty_hooks.rules.reasons import TOGETHER, Reason
from batty_hooks.rules.standing import CHECKED, CONFLICT, FAILED, SHALLOW, WITHDRAWN, standing
from batty_hooks.state import events, inbox, queue, worktrees
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.vocabulary import happened, ids, keys, kinds, offer_ids

NAME = "handback"
ORDER = 60
WATCHES = ("queue", "verdicts")
SLOW = False
_ROWS = (FAILED, CHECKED, CONFLICT, WITHDRAWN)
_WORDS = {
    FAILED: "its test failed",
    TOGETHER: "it failed together with what had landed",
    CONFLICT: "it conflicted with the trunk",
}


def ripe(look: Look) -> Iterator[Item]:
    """Offers with a conflict or a red verdict, and offers whose card is gone or somebody else's."""
    for offer in look.offers:
        row, key = standing(look, offer).row, keys.join(offer.key, str(offer.attempt))
        known = inbox.keys(look.project, _receiver(look, offer)) if row == SHALLOW else {}
        if row == SHALLOW and offer_ids.shallow(offer.key, offer.commit) not in known:
            yield Item(key, f"{offer.label} waits: {row}", offer.card, offer.member)
        if row in _ROWS:
            yield Item(key, f"{offer.label} goes back: {row}", offer.card, offer.member)


def take(project: Project, item: Item) -> None:
    """Hand one offer back."""
    key, attempt = keys.split(item.key)
    offer = queue.get(project, key)
    if not offer or str(offer.attempt) != attempt:
        return
    look = Look(project)
    now = standing(look, offer)
    if now.row == SHALLOW:
        _tell_shallow(look, offer)
    if now.row not in _ROWS:
        return
    why = reasons.reason(look, offer, now)
    if why.kind != WITHDRAWN:
        queue.record_attempt(project, key, Attempt(offer.attempt, why.kind, offer.commit))
        card = look.card(offer.card) if offer.card else None
        stop = _stop(look, offer, why.kind) if card else ""
        _tell(look, offer, why, f"{blocked_words(look, card, stop)}.\n" if card and stop else "")
        if card and stop:
            escalate(look, card, stop)
    events.append(
        project, offer_ids.handback(key, offer.attempt), happened.handed_back(why.kind), card=offer.card,
        member=offer.member, label=offer.label, branch=offer.branch, commit=offer.commit, attempt=offer.attempt,
        since=offer.at, log=now.verdict.log if now.verdict else "", text=why.gist,
    )  # fmt: skip
    if why.kind in (CONFLICT, reasons.TOGETHER):  # only because others had landed
        queue.keep_place(project, offer)
    if why.kind in (FAILED, TOGETHER):
        queue.remember(project, False, offer)
    queue.remove(project, offer)


def _tell_shallow(look: Look, offer: Offer) -> None:
    """It stays in the queue, and no attempt is counted: what is missing is nothing its engineer could commit."""
    what = reasons.shallow(look, offer)
    text = f"{what}.\n\nThat comes with:\n    {reasons.DEEPEN}\nThen it is tested; it need not be reported again.\n"
    id, to = offer_ids.shallow(offer.key, offer.commit), _receiver(look, offer)
    inbox.send(look.project, inbox.Message(id, "batty-hooks", to, what, text, kinds.NOTICE, offer.card))


def _receiver(look: Look, offer: Offer) -> str:
    return offer.member if offer.member in look.names else look.team.human


def _tell(look: Look, offer: Offer, why: Reason, stop: str) -> None:
    """What came of it, then what is to be done about it; or, of a card that is to be blocked, who decides that."""
    newer = worktrees.moved_on(look.project, offer.branch, offer.commit, how_to_report(look, offer))
    text = f"{why.text}\n{stop or why.mend}{newer}"
    inbox.send(
        look.project,
        inbox.Message(
            offer_ids.sent_back(offer.key, offer.attempt), "batty-hooks", _receiver(look, offer),
            f"{offer.label} came back: {why.gist}", text, why.kind, offer.card,
            reply_to=ids.brief(offer.key, 1) if offer.card else "",
        ),
    )  # fmt: skip


def _stop(look: Look, offer: Offer, kind: str) -> str:
    """Why the card is to be blocked; "" while it has retries. Every third attempt of a kind that comes back is the last
    one; unblocked, it has as many again."""
    same = [attempt for attempt in queue.attempts(look.project, offer.key) if attempt.kind == kind]
    if not same or len(same) % (look.team.gate.retries + 1):
        return ""
    return f"{_WORDS[kind]} {len(same)} times, the last at {offer.commit[:10]}"
