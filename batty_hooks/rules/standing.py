"""In which row of the state table an offer stands: the one place that says so, for moves and for people alike."""

from __future__ import annotations

from batty_hooks.errors import FatalError
from batty_hooks.rules import charging, protection, pulls, reviewing
from batty_hooks.rules.charging import Inquiry, inquiry, trunk_itself
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk, verdicts
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.git import objects
from batty_hooks.system.records import dataclass

WITHDRAWN = "withdrawn"  # its card is gone, or somebody else's
LANDED = "landed"  # the trunk contains it: the landing is to be entered everywhere
SHALLOW = "shallow"  # this clone does not go back to where it left the trunk: nobody is charged
DAMAGED = "damaged"  # git cannot read all of it: something of it is broken or gone from its objects
CONFLICT = "conflict"  # it cannot be merged
WAITING = "waiting"  # no verdict yet on what would land
FAILED = "failed"  # what would land fails its test (or ran out of time), and nobody doubts whose fault it is
BROKEN = "broken"  # the test command itself could not be started: nobody is charged
TRUNK_FAILS = "trunk fails"  # it is red, and so is the trunk without it: nobody is charged
REJECTED = "rejected"  # a person sends it back
IN_REVIEW = "in review"  # passed, and waits for its reviewer's `merge`
PROTECTED = "protected"  # passed, changes protected paths, and waits for a person's `merge --approve`
REVIEW = "review"  # passed, and waits for a person's `merge`
BLOCKED = "blocked"  # its card is: nothing of it is tested or lands before a person lets it go on
HELD = "held"  # passed, and waits for changes in the checkout of the trunk
PASSED = "passed"  # may land now
PROPOSED = "proposed"  # passed, and offered on the server as a pull request
CHECKED = "red on the server"  # so, and the server's own checks have failed
CLOSED = "closed"  # so, and a person has closed it
ALTERED = "altered"  # merged there with commits of others, in which what was offered cannot be found
_AS_A_PULL = {pulls.OFFERED: PROPOSED, pulls.RED: CHECKED, pulls.CLOSED: CLOSED, pulls.ALTERED: ALTERED,
              pulls.ENTERING: PROPOSED}  # fmt: skip
_WHATEVER_TRUNK = (pulls.CLOSED, pulls.ALTERED, pulls.ENTERING)  # what follows from it though it does not merge


@dataclass(frozen=True)
class Standing:
    """The row, the evidence, what holds a landing up (paths changed by the human, or protected; what git says of a
    damaged one, and what mends it), and what is to be tested before a red one is charged."""

    row: str
    candidate: Candidate | None = None
    verdict: Verdict | None = None
    held_by: tuple[str, ...] = ()
    inquiry: Inquiry | None = None


def standing(look: Look, offer: Offer) -> Standing:
    """Where an offer stands at the moment of ``look``, derived from board, trunk, verdicts and checkout."""
    return look.once(("standing", offer), lambda look: _readable(look, offer))


def _readable(look: Look, offer: Offer) -> Standing:
    """One that git cannot read holds up no other; where git cannot read the trunk either, nothing can be said."""
    try:
        return _standing(look, offer)
    except FatalError as error:
        objects.tree_of(look.project.root, look.tip)
        return Standing(DAMAGED, held_by=(error.what, error.mend))


def _standing(look: Look, offer: Offer) -> Standing:
    as_pull = pulls.of(look, offer)
    if look.contains(offer.commit) or as_pull == pulls.LANDED:
        return Standing(LANDED)
    card = look.card(offer.card)
    if offer.card and look.has_board and (not card or card.lane == "todo" or card.owner != offer.member):
        return Standing(WITHDRAWN)
    if offer.rejected:
        return Standing(REJECTED)
    if card and card.blocked and not _is_going_back(look, offer):
        return Standing(BLOCKED)
    candidate = look.candidate(offer.commit)
    verdict = look.verdict(candidate)
    may_be_its_own = as_pull == pulls.OFFERED and not pulls.is_up_to_date(look)
    if candidate.conflicts and as_pull not in _WHATEVER_TRUNK and not may_be_its_own:
        return Standing(SHALLOW if trunk.is_cut_off(look.project, candidate) else CONFLICT, candidate)
    if as_pull in _AS_A_PULL:
        return Standing(_AS_A_PULL[as_pull], candidate, verdict)
    if verdict is None:
        return _red_before(look, offer, candidate) or Standing(WAITING, candidate)
    if not verdict.passed:
        return _red(look, offer, candidate, verdict)
    asks = unapproved(look, offer, candidate)
    if asks:
        return Standing(asks[0], candidate, verdict, asks[1])
    held = look.obstacles(candidate)
    if offer.card and not look.has_board:  # (where it has a place in the order, and is to be entered)
        held = ["kanban.md, which is not there", *held]
    return Standing(HELD if held else PASSED, candidate, verdict, tuple(held))


def _is_going_back(look: Look, offer: Offer) -> bool:
    """Whether it was this very attempt that blocked its card: that is finished."""
    return any(attempt.number == offer.attempt for attempt in look.attempts(offer.key))


def _red(look: Look, offer: Offer, candidate: Candidate, verdict: Verdict) -> Standing:
    """A command that cannot be started is the change's own fault when it can be started without the change."""
    itself = trunk_itself(look, broken=verdict if verdict.result == verdicts.BROKEN else None)
    if isinstance(itself, Inquiry):
        return Standing(WAITING, candidate, verdict, inquiry=itself)
    if not itself.passed:
        return Standing(BROKEN if itself.result == verdicts.BROKEN else TRUNK_FAILS, candidate, verdict)
    lacking = inquiry(look, offer, verdict) if verdict.result != verdicts.BROKEN else None
    return Standing(WAITING if lacking else FAILED, candidate, verdict, inquiry=lacking)


def _red_before(look: Look, offer: Offer, candidate: Candidate) -> Standing | None:
    """Where the trunk moves on faster than a test takes, no test is of the trunk as it is: who was red by itself on two
    trunks, each of them green, is as sure to be red as who was it twice on one."""
    red = charging.red_on_trunks(look, offer)
    return Standing(FAILED, candidate, red) if red else None


def unapproved(look: Look, offer: Offer, candidate: Candidate) -> tuple[str, tuple[str, ...]] | None:
    """The row in which an offer waits for a person's word before it may land, with the protected paths it changes;
    None when nobody has to be asked. An approval is of one commit: a newer one needs its own. A reviewer is asked
    before anybody else; one that is passed by leaves it to whoever is above."""
    passed_by = reviewing.passed_by(look, offer)
    if reviewing.reviewer(look, offer) and not passed_by:
        return IN_REVIEW, ()
    protected = protection.touched(look, candidate) if offer.cleared != offer.commit else ()
    if protected:
        return PROTECTED, protected
    if (passed_by or look.team.merge_mode == "review") and offer.approved != offer.commit:
        return REVIEW, ()
    return None
