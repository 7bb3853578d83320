"""Putting something into the queue: a report that was taken, or what a person has committed on the trunk himself."""

from __future__ import annotations

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.rules.advice import how_to_report
from batty_hooks.rules.look import Look
from batty_hooks.state import events, queue
from batty_hooks.state.members import Report
from batty_hooks.state.queue import Offer
from batty_hooks.vocabulary import happened, offer_ids


def make_offer(look: Look, report: Report, approved: str = "", cleared: str = "", by: str = "") -> Offer:
    """Put a report into the queue; a newer commit of something that waits already keeps its place.

    ``approved`` and ``cleared`` are what a person says who is asked (see Offer), ``by`` his name. What was approved
    stays so, for an approval names its commit. Raises FatalError while the waiting commit is being sent back.
    """
    project = look.project
    key = report.card or queue.branch_key(report.branch)
    card = look.card(report.card) if report.card else None
    with queue.held(project):
        waiting = queue.get(project, key)
        if waiting and waiting.rejected and not by:
            why = " ".join(waiting.rejected.split())
            raise FatalError(
                f"{waiting.label} is being sent back: {why}",
                f"{how_to_report(look, waiting)}  (once that is mended)",
                TRY_AGAIN,
            )
        offer = Offer(
            key=key,
            card=report.card,
            branch=report.branch,
            commit=report.commit,
            member=report.member,
            title=card.title if card else report.branch,
            at=waiting.at if waiting else queue.place(project, key) or events.now(),
            attempt=len(queue.attempts(project, key)) + 1,
            approved=approved or (waiting.approved if waiting else ""),
            cleared=cleared or (waiting.cleared if waiting else ""),
            by=by or (waiting.by if waiting else ""),
            reviewed=waiting.reviewed if waiting else "",
        )
        # Told first: who finds it in the queue after a kill has nothing more to do.
        events.append(project, offer_ids.offer(key, offer.attempt, offer.commit), happened.OFFERED, card=offer.card,
                      member=offer.member, branch=offer.branch, commit=offer.commit, attempt=offer.attempt)  # fmt: skip
        if waiting != offer:
            queue.put(project, offer)
        queue.give_up_place(project, key)
    return offer
