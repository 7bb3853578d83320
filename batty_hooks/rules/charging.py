"""When a red run is charged to the one it is about, and what has to be tested before that.

Nobody is charged on one red run. A second one counts if it is the same tree again, that commit alone on another
trunk, or a bigger candidate that failed with the same line; and the trunk itself has to be green. A third is asked
for where the two failed in different lines, or a bigger candidate with it passed on the same trunk. Where tests fail
by chance (who was red by himself landed all the same), a third, a fourth and a fifth are asked for: at one run in ten
two in a row are one good change in a hundred, five one in a hundred thousand. Red and then green on one tree is
flaky: it lands, and `log --flaky` lists it. A commit that passes on the trunk it was made from and fails on today's
goes back as *together*, with the card it does not go with; that has its own count of retries.

A test command that cannot be started is the change's own fault only if the trunk can be tested after it. Otherwise it
is nobody's.
"""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.rules import evidence
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk, verdicts
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.records import dataclass

_FEWEST, _MORE = 2, 3


@dataclass(frozen=True)
class Inquiry:
    """A candidate to be tested (again) before somebody is charged; ``label`` is what people call it."""

    candidate: Candidate
    label: str
    commits: tuple[str, ...] = ()


def trunk_itself(look: Look, broken: Verdict | None = None) -> Verdict | Inquiry:
    """The verdict on the trunk as it stands, or the test that is lacking; a red one is made sure of, too.

    With ``broken`` (a test command that could not be started) only a verdict made since then tells anything.
    """
    if broken and broken.tree == look.itself.tree:
        return broken
    known = look.verdict(look.itself)
    stale = known is None or (broken is not None and known.at <= broken.at)
    if known is None or stale or (not known.passed and known.result != verdicts.BROKEN and known.runs < 2):
        return Inquiry(look.itself, look.trunk)
    return known


def inquiry(look: Look, offer: Offer, verdict: Verdict) -> Inquiry | None:
    """What is to be tested before ``offer``, red by itself on today's trunk, is charged; None: it may be."""
    own = _on_its_own(look, offer)
    earlier = evidence.alone(look, offer.commit)
    known = earlier if earlier and earlier.key != verdict.key else (look.verdict(own) if own else None)
    if own and known is None and not _named_alone(look, offer, verdict):
        return Inquiry(own, offer.label, (offer.commit,))  # whether it fails by itself, or together with what landed
    if not sure(look, offer, verdict):
        return Inquiry(look.candidate(offer.commit), offer.label, (offer.commit,))
    return None


def sure(look: Look, offer: Offer, verdict: Verdict) -> bool:
    """Whether a red verdict on ``offer`` rests on as many runs as it takes."""
    own = _on_its_own(look, offer)
    others = evidence.red_with(look, offer.commit)
    if own and (alone := look.verdict(own)) and alone.key != verdict.key:
        others = [*others, alone]
    same = (other for other in others if other.key != verdict.key and not other.passed)
    more = [other for other in same if len(other.commits) == 1 or (other.first and other.first == verdict.first)]
    return verdict.runs + len({other.key for other in more}) >= runs_needed(look) + _doubts(
        look, offer, [verdict, *more]
    )


def runs_needed(look: Look) -> int:
    """How many red runs it takes to charge somebody: two, and up to five where tests are known to fail by chance."""
    return _FEWEST + min(_MORE, evidence.flakes(look))


def _doubts(look: Look, offer: Offer, reds: Sequence[Verdict]) -> int:
    """How many red runs more these ask for: one where they failed in different lines, one where a bigger candidate with
    the offer in it, on the same trunk as one of them, has passed. (It may be red all the same: several things are
    broken, or what came along mends them.)"""
    places_differ = any(one.unlike or not verdicts.alike(one.first, reds[0].first) for one in reds)
    bases = {one.base for one in reds}
    passed = (one for one in evidence.tested_with(look, offer.commit) if one.passed and len(one.commits) > 1)
    return places_differ + any(one.base in bases for one in passed)


def was_flaky(look: Look, offer: Offer) -> bool:
    """Whether an offer that has landed had been red by itself, under the test command that let it land."""
    own = [one for one in evidence.tested_with(look, offer.commit) if one.commits == (offer.commit,)]
    return any((one.flaky or not one.passed) and evidence.is_of_today(look, one) for one in own)


def red_on_trunks(look: Look, offer: Offer) -> Verdict | None:
    """The newest red run of an offer alone, if it was red alone on other trunks, too, in as many runs as it takes, and
    the trunks were green without it.

    Only runs since it was offered count, under today's test command; and none at all once this very commit has come
    back: whoever reports it again says that something else has changed.
    """
    if any(attempt.commit == offer.commit for attempt in look.attempts(offer.key)):
        return None
    reds = [verdict for verdict in evidence.red_with(look, offer.commit) if _counts(look, offer, verdict)]
    if len({verdict.base for verdict in reds}) < _FEWEST:
        return None
    reds = [verdict for verdict in reds if _was_green(look, verdict.base)]
    if len({verdict.base for verdict in reds}) < _FEWEST:
        return None
    if sum(verdict.runs for verdict in reds) < runs_needed(look) + _doubts(look, offer, reds):
        return None
    return max(reds, key=lambda verdict: verdict.at)


def _counts(look: Look, offer: Offer, verdict: Verdict) -> bool:
    is_red = verdict.result in (verdicts.FAILED, verdicts.TIMEOUT) and verdict.commits == (offer.commit,)
    return is_red and verdict.at >= offer.at and evidence.is_of_today(look, verdict)


def _was_green(look: Look, base: str) -> bool:
    itself = look.verdict(look.once(("trunk at", base), lambda look: trunk.itself(look.project, base)))
    return itself is not None and itself.passed


def _named_alone(look: Look, offer: Offer, verdict: Verdict) -> bool:
    """Whether a bigger candidate failed in the same way, and its output spoke of this commit's files only."""
    return any(
        len(other.commits) > 1 and other.first == verdict.first and other.named == (offer.commit,)
        for other in evidence.red_with(look, offer.commit)
    )


def _on_its_own(look: Look, offer: Offer) -> Candidate | None:
    """The commit on the trunk it was made from, if the trunk has moved since."""
    fork = look.fork(offer.commit)
    if not fork or fork == look.tip:
        return None
    return look.candidate_on(fork, offer.commit)
