"""review: a green offer that needs a person's word is put to whoever may give it; a rejected one goes back.

Asking: the message, then the event, which is what makes it asked once. Sending back: the attempt's ref (it counts, but
not as a failure), the message, the event; the queue entry goes last.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import Item, Look, Standing, standing
from batty_hooks.moves.base.standing import PROTECTED, REJECTED, REVIEW
from batty_hooks.state import events, inbox, queue, trunk
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.system import lock

NAME = "review"
ORDER = 65
WATCHES = ("queue", "verdicts")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Offers that a person has sent back, and those whose approver has not been asked yet."""
    asked: set[str] | None = None
    for offer in look.offers:
        row = standing(look, offer).row
        if row == REJECTED:
            yield Item(f"back:{offer.key}", f"{offer.label} goes back: rejected", offer.card, offer.member)
        elif row in (REVIEW, PROTECTED):
            asked = asked if asked is not None else {str(event.get("id")) for event in events.recent(look.project)}
            if _id(offer, row) not in asked:
                boss = look.team.boss(offer.member)
                yield Item(f"ask:{offer.key}", f"{offer.label} waits for {boss}'s word", offer.card, offer.member)


def take(project: Project, item: Item) -> None:
    """Ask, or send back."""
    kind, _, key = item.key.partition(":")
    offer, look = queue.get(project, key), Look(project)
    if not offer:
        return
    now = standing(look, offer)
    if kind == "back" and now.row == REJECTED:
        _send_back(look, offer)
    elif kind == "ask" and now.row in (REVIEW, PROTECTED):
        _ask(look, offer, now)


def reject(project: Project, offer: Offer, why: str, by: str) -> None:
    """Write down that an offer is sent back; the move does the rest. Raises FatalError when it has just landed, or a
    newer commit waits in its place."""
    look = Look(project)
    with lock.held(project.lock("landing"), look.team.lock_timeout):
        if trunk.contains(project, look.tip, offer.commit):
            raise FatalError(f"{offer.label} has landed already", f"batty-hooks show {offer.label}")
        if queue.reject(project, offer, why, by) is None:
            what = f"{offer.label} does not wait with {offer.commit[:10]} any more"
            raise FatalError(what, f"look at it again: batty-hooks show {offer.label}")


def _id(offer: Offer, row: str) -> str:
    return f"{offer.key}.{row}.{offer.commit[:12]}"


def _named(offer: Offer) -> str:
    return f"{offer.card} ({offer.title})" if offer.card else offer.branch


def _ask(look: Look, offer: Offer, now: Standing) -> None:
    """The human needs no message: it stands under "needs you" until he has decided."""
    boss, id = look.team.boss(offer.member), _id(offer, now.row)
    if boss != look.team.human:
        gist = "changes what is protected" if now.row == PROTECTED else "waits for your review"
        inbox.send(look.project, inbox.Message(id, "batty-hooks", boss, f"{offer.label} passed and {gist}",
                                               _question(look, offer, now), "review", offer.card))  # fmt: skip
    events.append(look.project, id, "approval asked", card=offer.card, member=offer.member, label=offer.label, to=boss,
                  commit=offer.commit, attempt=offer.attempt, text=", ".join(now.held_by))  # fmt: skip


def _question(look: Look, offer: Offer, now: Standing) -> str:
    owner = f" of {offer.member}" if offer.member else ""
    paths = "".join(f"  {path}\n" for path in now.held_by)
    protected = f"It changes what is protected, and lands only if you allow that:\n{paths}\n" if paths else ""
    seconds = f" in {now.verdict.seconds:.1f} s" if now.verdict else ""
    approve = "--approve " if paths else ""
    return (
        f"{_named(offer)}{owner}, attempt {offer.attempt}, passed its test{seconds}, merged with "
        f"{look.trunk}. It waits for your word.\n\n{protected}"
        f"Look at it:    batty-hooks show {offer.label}\n"
        f"Let it land:   batty-hooks merge {approve}--commit {offer.commit[:10]} {offer.label}\n"
        f"Send it back:  batty-hooks reject {offer.label} 'why'\n\n"
        f"Your word is about commit {offer.commit[:10]} of {offer.branch}; a newer one is put to you again.\n"
    )


def _send_back(look: Look, offer: Offer) -> None:
    project, gist = look.project, " ".join(offer.rejected.split())
    queue.record_attempt(project, offer.key, Attempt(offer.attempt, REJECTED, offer.commit))
    receiver = offer.member if offer.member in look.names else look.team.human
    id = f"{offer.key}.rejected.{offer.attempt}"
    if receiver != offer.by:
        inbox.send(
            project,
            inbox.Message(id, offer.by, receiver, f"{offer.label} was rejected: {gist}"[:120], _answer(offer, id),
                          REJECTED, offer.card, reply_to=f"{offer.key}.brief.1" if offer.card else ""),
        )  # fmt: skip
    events.append(
        project, f"{offer.key}.handback.{offer.attempt}", "handed back: rejected", card=offer.card, member=offer.member,
        label=offer.label, branch=offer.branch, commit=offer.commit, attempt=offer.attempt, by=offer.by, text=gist,
    )  # fmt: skip
    queue.remove(project, offer)


def _answer(offer: Offer, id: str) -> str:
    return (
        f"{_named(offer)}, attempt {offer.attempt} at {offer.commit[:10]}, was looked at by {offer.by} "
        f"and does not land as it is:\n\n{offer.rejected.rstrip()}\n\n"
        f"It counts as no failed test. Change it on {offer.branch}, commit, and report again:\n    batty-hooks done\n"
        f"To ask back:\n    batty-hooks send {offer.by} --re {id} 'your question'\n"
    )
