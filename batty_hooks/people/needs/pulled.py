"""What of pull requests needs a person: a program that is not there or not logged in, and what only he can decide."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.people import at_forge
from batty_hooks.rules import following, merged, rechecks, serving, uploading
from batty_hooks.rules import pulls as rule
from batty_hooks.rules.advice import how_to_report
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import ALTERED, CLOSED, PASSED, PROPOSED, standing
from batty_hooks.state import pulls, queue, server
from batty_hooks.state.pulls import Pull
from batty_hooks.state.queue import Offer
from batty_hooks.state.team import Remote
from batty_hooks.system import forge, screen
from batty_hooks.system.git import refs

_LASTS_SECONDS = 600.0  # of a forge that does not answer: until then it comes back by itself


def needs(look: Look, remote: Remote) -> Iterator[tuple[str, float, str]]:
    """(what, since when, what mends it)."""
    yield from _of_program(look, remote)
    for offer in look.offers:
        pull = pulls.get(look.project, offer.key)
        if pull:
            yield from _of_pull(look, remote, offer, pull)
    yield from _left_open(look, remote)
    now = following.of(look)
    if now.ahead and merged.has_landed(look, queue.branch_key(look.trunk), now.ahead):
        what = f"{look.trunk} here has commits that landed on {remote.name} in another form, so it does not follow"
        yield what, 0.0, f"git reset --keep {look.tip[:12]}  (in the checkout of {look.trunk})"


def _of_program(look: Look, remote: Remote) -> Iterator[tuple[str, float, str]]:
    known = pulls.notes(look.project)
    lasts = known.outcome in rule.A_PERSONS or look.at - known.since > _LASTS_SECONDS
    if known.outcome and lasts:
        answer = forge.Answer(known.outcome, known.said)
        what, mend = at_forge.trouble(rule.place_of(look), remote.name, answer)
        yield what, known.since, mend


def _of_pull(look: Look, remote: Remote, offer: Offer, pull: Pull) -> Iterator[tuple[str, float, str]]:
    row, name, words = standing(look, offer).row, f"{rule.name_of(pull)} of {offer.label}", forge.words_of(pull.url)
    if row == CLOSED:
        again = words.command("reopen", pull.number)
        mend = f"{again}  (or, back to its engineer: batty-hooks reject {offer.typed} 'why')"
        yield f"{name} was closed without being merged", 0.0, mend
    elif row == ALTERED:
        label = offer.typed
        yield (
            f"{name} was merged in another form, and {look.trunk} does not hold all of {offer.commit[:10]}",
            pull.since,
            f"batty-hooks reject {label} 'what is lacking'  (or, if nothing is: batty-hooks merge {label})",
        )
    elif row == PROPOSED and pull.state == forge.MERGED:
        if not serving.hindrance(look) and server.notes(look.project).looked > pull.since:
            again = f"batty-hooks reject {shlex.quote(offer.label)} 'why'"
            mend = f"{words.command('view --web', pull.number)}  (where it went; to have it offered anew: {again})"
            yield f"{name} was merged, but {look.trunk} on {remote.name} does not hold that", pull.since, mend
    elif row == PROPOSED:
        yield from _of_open(look, remote, pull, offer, name)
    elif row == PASSED and pull.trouble and pull.refused == offer.commit:
        if uploading.pending(look, (offer.commit,)) or rule.waits_for_queue(pull, offer.commit):
            return  # it took too long, or the server's queue holds the branch: that goes on by itself
        there = refs.resolve(look.project.root, pulls.head_ref(offer.key))
        is_theirs = there and not refs.contains(look.project.root, offer.commit, there)
        merge = f"git merge {there[:12] if there else ''}  (on {offer.branch}; then: {how_to_report(look, offer)})"
        again = merge if is_theirs else "batty-hooks remote  (once that is mended: it is tried again)"
        why_not = uploading.why_not(look, (offer.commit,))
        said = f"{pull.trouble}; nor ahead of its push: {why_not}" if why_not else pull.trouble
        yield f"{offer.label} passed, but cannot be offered on {remote.name}: {said}", pull.tried, again


def _of_open(look: Look, remote: Remote, pull: Pull, offer: Offer, name: str) -> Iterator[tuple[str, float, str]]:
    """What nobody but a person goes on with, of one that is open."""
    words = forge.words_of(pull.url)
    web = words.command("view --web", pull.number)
    if pull.base and pull.base != look.trunk:
        mend = words.for_base(pull.number, look.trunk)
        yield f"{name} is to be merged into {pull.base}, not into {look.trunk}", 0.0, mend
    if any(check.state == forge.WAITS for check in pull.checks):
        yield f"{name}: a check waits for a person's word", 0.0, web
    if rechecks.is_sure(pull) and pull.head and not _is_ours(look, pull, offer):
        red = ", ".join(rule.red_ones(pull))
        what = f"{name} is red on the server ({red}) with what somebody else has pushed to {pull.branch}"
        yield what, 0.0, f"{web}  (its engineer is not charged with that)"
    elif rule.stands_still(pull, look.at):
        what = f"{name} stands still since {screen.moment(pull.new_at)}: {rule.words(pull)}"
        yield what, pull.new_at, f"{web}  (what it waits for: a check that never reports, a review, who merges it)"


def _is_ours(look: Look, pull: Pull, offer: Offer) -> bool:
    """Whether what the forge shows at its head is that commit, or one of ours of before: it may be behind a push."""
    if merged.is_plain(look, pull.head, offer.commit) or merged.holds(look, offer.commit, pull.head):
        return True
    return any(attempt.commit == pull.head for attempt in look.attempts(offer.key))


def _left_open(look: Look, remote: Remote) -> Iterator[tuple[str, float, str]]:
    """Open ones that nobody offers any more: their card is gone, or begins anew, or has landed in another way."""
    if not look.has_board or look.doubt or not rule.is_up_to_date(look):
        return
    waiting = {offer.key for offer in look.offers}
    for pull in rule.polled(look):
        card = look.card(pull.key)
        if pull.state != forge.OPEN or pull.key in waiting or pull.key.startswith("b-"):
            continue
        if card is None or card.lane != "in progress":
            why = "is not on the board any more" if card is None else "has landed" if card.id in look.landed else ""
            why = why or f"stands in {card.lane.upper() if card else ''}"
            words = forge.words_of(pull.url)
            web = words.command("view --web", pull.number)
            mend = f"{words.command('close', pull.number)}  (or, if it is to be merged all the same: {web})"
            what = f"{rule.name_of(pull)} of {pull.key} is open on {remote.name}, and {pull.key} {why}"
            yield what, 0.0, mend
