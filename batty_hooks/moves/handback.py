"""handback: what cannot land goes back to its engineer with the reason; after two retries a person is asked.

The attempt's ref first (it counts), the message, then the card if it is blocked; the queue entry goes last.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base import Item, Look, escalate, standing
from batty_hooks.moves.base.standing import CONFLICT, FAILED, WITHDRAWN
from batty_hooks.state import events, inbox, queue, trunk, verdicts
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict

NAME = "handback"
ORDER = 60
WATCHES = ("queue", "verdicts")
SLOW = False
_ROWS = (FAILED, CONFLICT, WITHDRAWN)


def ripe(look: Look) -> Iterator[Item]:
    """Offers with a conflict or a red verdict, and offers whose card is gone or somebody else's."""
    for offer in queue.offers(look.project):
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
    kind, candidate, verdict = now.row, now.candidate, now.verdict
    if kind not in _ROWS:
        return
    if kind != WITHDRAWN:
        queue.record_attempt(project, key, Attempt(offer.attempt, kind, offer.commit))
        _tell(look, offer, kind, candidate, verdict)
        _ask_a_person(look, offer, kind)
    events.append(
        project, f"{key}.handback.{offer.attempt}", f"handed back: {kind}", card=offer.card, member=offer.member,
        label=offer.label, branch=offer.branch, commit=offer.commit, attempt=offer.attempt,
        log=verdict.log if verdict else "", text=_gist(kind, candidate, verdict),
    )  # fmt: skip
    queue.remove(project, offer)


def _gist(kind: str, candidate: Candidate | None, verdict: Verdict | None) -> str:
    if kind == CONFLICT and candidate:
        return f"conflict in {', '.join(candidate.conflicts)}"
    if verdict and verdict.result == verdicts.TIMEOUT:
        return f"the test was stopped after {verdict.seconds:.0f} s"
    return (verdict.first or f"exit {verdict.exit}") if verdict else kind


def _tell(look: Look, offer: Offer, kind: str, candidate: Candidate | None, verdict: Verdict | None) -> None:
    gist = _gist(kind, candidate, verdict)
    body = _conflict_text(look, offer, candidate) if kind == CONFLICT else _failure_text(look, offer, verdict)
    receiver = offer.member if offer.member in look.names else look.team.human
    inbox.send(
        look.project,
        inbox.Message(
            f"{offer.key}.gate.{offer.attempt}", "batty-hooks", receiver, f"{offer.label} came back: {gist}", body,
            kind, offer.card, reply_to=f"{offer.key}.brief.1" if offer.card else "",
        ),
    )  # fmt: skip


def _failure_text(look: Look, offer: Offer, verdict: Verdict | None) -> str:
    assert verdict
    alone = _partner(look, offer, verdict)
    return (
        f"{offer.label} ({offer.title}) failed its test, attempt {offer.attempt}, merged with {look.trunk} at "
        f"{verdict.base[:10]}.\n{alone}\n"
        f"command: {verdict.command}\nresult:  {verdict.result}, exit {verdict.exit}, {verdict.seconds:.1f} s\n"
        f"log:     {verdict.log}\n\n"
        f"The last {verdicts.TAIL_LINES} lines:\n\n" + "\n".join(verdicts.tail(verdict)) + "\n\n"
        f"To see what was tested: git merge {look.trunk}\nMend it on {offer.branch}, commit, and report again:\n"
        f"    batty-hooks done\n"
    )


def _partner(look: Look, offer: Offer, verdict: Verdict) -> str:
    """When the same commit passed on an older trunk: what has landed since, for one of those is the other half."""
    since = trunk.landings_since(look.project, verdict.base, offer.commit)
    for base, _ in since[1:]:
        earlier = trunk.candidate(look.project, base, offer.commit)
        known = look.verdict(earlier)
        if known and known.passed:
            after = [f"{commit[:10]} {subject}" for commit, subject in since if commit != base]
            names = "; ".join(after[: [commit for commit, _ in since].index(base)])
            return f"It passed on {look.trunk} at {base[:10]}: it fails together with what landed since: {names}\n"
    return ""


def _conflict_text(look: Look, offer: Offer, candidate: Candidate | None) -> str:
    assert candidate
    others = trunk.touched_by(look.project, offer.commit, candidate.base, candidate.conflicts)
    other = "".join(f"  {commit[:10]} {subject}\n" for commit, subject in others)
    return (
        f"{offer.label} ({offer.title}) cannot be merged with {look.trunk} at {candidate.base[:10]}.\n\n"
        f"In conflict:\n" + "".join(f"  {path}\n" for path in candidate.conflicts) + "\n"
        f"The other side landed with:\n{other or '  (unknown)'}\n"
        f"Resolve it in your worktree:\n    git merge {look.trunk}\n    (edit the files)\n"
        f"    git add {' '.join(candidate.conflicts[:5])}\n    git commit --no-edit\n    batty-hooks done\n"
    )


def _ask_a_person(look: Look, offer: Offer, kind: str) -> None:
    """Every third attempt of a kind that comes back blocks the card; unblocked, it has as many again."""
    card = look.card(offer.card) if offer.card else None
    if not card:
        return
    same = [attempt for attempt in queue.attempts(look.project, offer.key) if attempt.kind == kind]
    if same and len(same) % (look.team.gate.retries + 1) == 0:
        word = "its test failed" if kind == FAILED else "it conflicted with the trunk"
        escalate(look, card, f"{word} {len(same)} times, the last at {offer.commit[:10]}")
