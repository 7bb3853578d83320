"""offer: a report becomes an offer in the queue (its commit pinned), or is answered at once with what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.base import Item, Look, escalate, hash_of
from batty_hooks.moves.base.standing import REJECTED
from batty_hooks.state import events, inbox, members, queue, trunk
from batty_hooks.state.members import Report
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.system.git import worktrees as git_worktrees

NAME = "offer"
ORDER = 20
WATCHES = ("members",)
SLOW = False
INCOMPLETE = "incomplete"


def ripe(look: Look) -> Iterator[Item]:
    """Every report nobody has taken up."""
    for report in members.reports(look.project):
        label = report.card or report.branch
        yield Item(f"{report.member}:{report.commit}:{report.at}", f"{label} is reported", report.card, report.member)


def take(project: Project, item: Item) -> None:
    """Offer what is reported, or answer; the report goes last."""
    for report in members.reports(project):
        if f"{report.member}:{report.commit}:{report.at}" == item.key:
            look = Look(project)
            lacking = missing(look, report)
            if lacking:
                _answer(look, report, lacking)
            else:
                make_offer(look, report)
            members.drop_report(project, report)


def missing(look: Look, report: Report) -> str:
    """What a report lacks, in one line; "" when it can be offered."""
    project, label = look.project, report.card or report.branch
    if not report.branch:
        return f"HEAD is detached in {report.member}'s worktree: finish the rebase, or `git switch -c BRANCH`"
    if report.card:
        card = look.card(report.card)
        if not card or card.owner != report.member or card.lane == "todo":
            return f"{report.card} is not (or no longer) {report.member}'s card"
        if report.card in look.landed:
            return f"{report.card} has landed already"
    if report.branch == look.trunk:
        return f"{label} stands on {look.trunk} itself: commit on a branch of its own"
    if trunk.contains(project, look.tip, report.commit):
        return f"{report.branch} has no commit that {look.trunk} does not have: commit your work first"
    home = look.homes.get(report.member)
    dirty = git_worktrees.dirty_paths(home.path) if home and home.branch == report.branch else []
    if dirty:
        return f"uncommitted files in {report.member}'s worktree: {', '.join(dirty[:5])}{' …' if dirty[5:] else ''}"
    return _unchanged(look, report)


def _unchanged(look: Look, report: Report) -> str:
    """The same commit with the same red verdict is not tested again, and a rejected one needs a change or a person's
    `merge`: it gets the same answer."""
    key = report.card or queue.branch_key(report.branch)
    back = [attempt for attempt in queue.attempts(look.project, key) if not attempt.kind.startswith(INCOMPLETE)]
    if not back or back[-1].commit != report.commit:
        return ""
    if back[-1].kind == REJECTED and report.how != "merge":
        return f"{report.commit[:10]} was rejected as attempt {back[-1].number}: commit a change first"
    candidate = look.candidate(report.commit)
    verdict = look.verdict(candidate)
    if candidate.conflicts or (verdict and not verdict.passed):
        return f"{report.commit[:10]} is the commit that came back as attempt {back[-1].number}: commit a change first"
    return ""


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
            raise FatalError(f"{waiting.label} is being sent back: {why}", "mend that, then report it again", TRY_AGAIN)
        offer = Offer(
            key=key,
            card=report.card,
            branch=report.branch,
            commit=report.commit,
            member=report.member,
            title=card.title if card else report.branch,
            at=waiting.at if waiting else _old_place(look, key) or events.now(),
            attempt=len(queue.attempts(project, key)) + 1,
            approved=approved or (waiting.approved if waiting else ""),
            cleared=cleared or (waiting.cleared if waiting else ""),
            by=by or (waiting.by if waiting else ""),
        )
        if waiting != offer:
            queue.put(project, offer)
    events.append(project, f"{key}.offer.{offer.attempt}.{offer.commit[:12]}", "offered", card=offer.card,
                  member=offer.member, branch=offer.branch, commit=offer.commit, attempt=offer.attempt)  # fmt: skip
    return offer


def _old_place(look: Look, key: str) -> str:
    """Since when an offer waits that came back only because others had landed: it keeps its place in the line."""
    for event in reversed(events.recent(look.project, f"{key}.handback.")):
        if event["event"].startswith("handed back: ") and str(event["id"]).startswith(f"{key}.handback."):
            others = event["event"].endswith((": conflict", ": together"))
            return str(event.get("since", "")) if others else ""
    return ""


def _count_incomplete(project: Project, key: str, report: Report) -> int:
    """Record a report that could not be taken (once, however often this is called); how many there were."""
    all_back = queue.attempts(project, key)
    kind = f"{INCOMPLETE}-{hash_of(str(report.at))}"
    if not any(attempt.kind == kind for attempt in all_back):
        queue.record_attempt(project, key, Attempt(len(all_back) + 1, kind, report.commit))
        all_back = queue.attempts(project, key)
    return sum(attempt.kind.startswith(INCOMPLETE) for attempt in all_back)


def _answer(look: Look, report: Report, lacking: str) -> None:
    """Say what is missing; an agent that keeps reporting nothing ends with a person."""
    project, key = look.project, report.card or queue.branch_key(report.branch)
    id = f"{key}.report.{hash_of(f'{report.commit}{report.at}')}"
    label = report.card or report.branch
    text = f"Your report of {label} was not taken: {lacking}.\n\nThen report again:\n    batty-hooks done\n"
    if report.member in look.names:
        inbox.send(project, inbox.Message(id, "batty-hooks", report.member, f"Not taken: {lacking}", text,
                                          INCOMPLETE, report.card))  # fmt: skip
    card = look.card(report.card) if report.card else None
    if card and card.owner == report.member and card.lane == "in progress" and report.how != "done":
        count = _count_incomplete(project, key, report)
        if count % (look.team.gate.retries + 1) == 0:
            escalate(look, card, f"reported {count} times without something to land: {lacking}")
    events.append(project, id, "not taken", card=report.card, member=report.member, text=lacking)
