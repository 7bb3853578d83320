"""review: a green offer that needs a person's word is put to whoever may give it; a rejected one goes back.

Asking: the message, the event, then a note beside the offer, which is what makes it asked once. Sending back: the
attempt's ref (it counts, but not as a failure), the message, the event; the queue entry goes last.

A person's word is a field of the offer. Approved (which commit), cleared (its protected paths too), rejected (why), by
whom: written under the queue's lock into the one file that says what waits, so the row in the state table follows from
it, a newer commit is not covered by an older word, and the move `review` finishes a rejection that was killed. A
rejection is written under the landing lock as well, and a landing reads the offer again when it has the lock: one of
the two happens, never both.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import asking, reviewing
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import IN_REVIEW, PROTECTED, REJECTED, REVIEW, Standing, standing
from batty_hooks.state import events, inbox, queue, trunk
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.system import lock
from batty_hooks.vocabulary import happened, ids, keys, kinds, offer_ids

NAME = "review"
ORDER = 65
WATCHES = ("queue", "verdicts", "members")
SLOW = False
_ASKING = (IN_REVIEW, REVIEW, PROTECTED)


def ripe(look: Look) -> Iterator[Item]:
    """Offers that a person has sent back, those whose reviewer or approver has not been asked yet, and unread reviews
    of what is not reviewed any more."""
    for offer in look.offers:
        row = standing(look, offer).row
        if row == REJECTED:
            yield Item(keys.join("back", offer.key), f"{offer.label} goes back: rejected", offer.card, offer.member)
        elif row in _ASKING and not _is_asked(look, offer, row):
            who = _asked(look, offer, row)
            yield Item(keys.join("ask", offer.key), f"{offer.label} waits for {who}'s word", offer.card, offer.member)
    for member in look.team.reviewers:
        for id in reviewing.obsolete(look, member.name, _wanted(look, member.name)):
            key = keys.join("withdraw", member.name, id)
            yield Item(key, f"what {member.name} was asked is withdrawn", member=member.name)


def due(look: Look) -> float:
    """When the next reviewer will have been mute for too long."""
    asked = [offer for offer in look.offers if standing(look, offer).row == IN_REVIEW]
    return min((reviewing.mute_at(look, offer) for offer in asked), default=float("inf"))


def take(project: Project, item: Item) -> None:
    """Ask, or send back."""
    kind, *_, key = keys.split(item.key)
    if kind == "withdraw":
        _withdraw(Look(project), item.member, key)
        return
    offer, look = queue.get(project, key), Look(project)
    if not offer:
        return
    now = standing(look, offer)
    if kind == "back" and now.row == REJECTED:
        _send_back(look, offer)
    elif kind == "ask" and now.row in _ASKING:
        _ask(look, offer, now)


def reject(project: Project, offer: Offer, why: str, by: str) -> None:
    """Write down that an offer is sent back; the move does the rest. Raises FatalError when it has just landed, or a
    newer commit waits in its place."""
    look = Look(project)
    with lock.held(project.lock("landing"), look.team.lock_timeout):
        if trunk.contains(project, look.tip, offer.commit):
            raise FatalError(f"{offer.label} has landed already", f"batty-hooks show {offer.typed}")
        if queue.reject(project, offer, why, by) is None:
            what = f"{offer.label} does not wait with {offer.commit[:10]} any more"
            raise FatalError(what, f"batty-hooks show {offer.typed}  (look at it again)")


def _id(look: Look, offer: Offer, row: str) -> str:
    return reviewing.asked_id(offer) if row == IN_REVIEW else offer_ids.word_wanted(offer.key, row, offer.commit)


def _is_asked(look: Look, offer: Offer, row: str) -> bool:
    """Whether who is to say a word has been asked; a reviewer who is asked in the place of another has not."""
    if queue.told(look.project, offer).asked != _note(look, offer, row):
        return False
    return row != IN_REVIEW or reviewing.is_asked(look, offer, _asked(look, offer, row))


def _note(look: Look, offer: Offer, row: str) -> str:
    """What is noted, and logged, of an offer about which somebody was asked: of a reviewer, which."""
    if row != IN_REVIEW:
        return _id(look, offer, row)
    return offer_ids.review(offer.key, offer.commit, _asked(look, offer, row))


def _asked(look: Look, offer: Offer, row: str) -> str:
    """Whose word it waits for in that row."""
    return reviewing.assigned(look, offer) if row == IN_REVIEW else look.team.boss(offer.member)


def _ask(look: Look, offer: Offer, now: Standing) -> None:
    """The human needs no message: it stands under "needs you" until he has decided."""
    who, id = _asked(look, offer, now.row), _id(look, offer, now.row)
    if who != look.team.human:
        gist = "changes what is protected" if now.row == PROTECTED else "waits for your review"
        text = asking.brief(look, offer, now) if now.row == IN_REVIEW else asking.question(look, offer, now)
        message = inbox.Message(
            id, "batty-hooks", who, f"{offer.label} passed and {gist}", text, kinds.REVIEW, offer.card
        )
        if not inbox.send(look.project, message) and now.row == IN_REVIEW and not reviewing.is_asked(look, offer, who):
            inbox.put_back(look.project, who, id)  # (it was withdrawn, while its card was blocked)
    note = _note(look, offer, now.row)
    events.append(look.project, note, happened.APPROVAL_ASKED,
                  card=offer.card, member=offer.member, label=offer.label, to=who,
                  commit=offer.commit, attempt=offer.attempt, text=", ".join(now.held_by))  # fmt: skip
    queue.tell(look.project, offer, asked=note)


def _withdraw(look: Look, name: str, id: str) -> None:
    """A review that nobody waits for any more costs its reviewer no turn."""
    if id in reviewing.obsolete(look, name, _wanted(look, name)):
        inbox.confirm(look.project, name, id, "ST")


def _wanted(look: Look, name: str) -> set[str]:
    """The ids of the reviews that a reviewer is waited for."""
    return {reviewing.asked_id(offer) for offer in look.offers
            if reviewing.assigned(look, offer) == name and standing(look, offer).row == IN_REVIEW}  # fmt: skip


def _send_back(look: Look, offer: Offer) -> None:
    project, gist = look.project, " ".join(offer.rejected.split())
    queue.record_attempt(project, offer.key, Attempt(offer.attempt, REJECTED, offer.commit))
    receiver = offer.member if offer.member in look.names else look.team.human
    id = offer_ids.rejected(offer.key, offer.attempt)
    if receiver != offer.by:
        inbox.send(
            project,
            inbox.Message(id, offer.by, receiver, f"{offer.label} was rejected: {gist}"[:120],
                          asking.rejection(look, offer, id),
                          kinds.REJECTED, offer.card, reply_to=ids.brief(offer.key, 1) if offer.card else ""),
        )  # fmt: skip
    events.append(
        project, offer_ids.handback(offer.key, offer.attempt), happened.BACK_REJECTED, card=offer.card,
        member=offer.member, label=offer.label, branch=offer.branch, commit=offer.commit, attempt=offer.attempt,
        by=offer.by, text=gist,
    )  # fmt: skip
    queue.remove(project, offer)
