"""Whose word an offer that has passed waits for: its reviewer's first, then that of whoever is above its engineer.

A reviewer's word counts like this: where nothing else is asked for (`merge: {mode: auto}`), what it lets land lands;
in review mode, and where protected paths are changed, its word goes before the one above, and stands in for nobody's.

It is passed by, and whoever is above the engineer is asked in its place, when it has sent the card back for the stated
number of rounds, or when it is mute: it has read the review and ended its turn (or its command has ended) without a
word, or has done nothing at all, for the stated time; not while it waits for an answer to a question of its own. Who
has been asked in its place stays asked.

A mute one leaves it first to another reviewer who is at hand: neither gone, nor at a limit, nor mute itself. Each is
asked once about a commit, so where all are mute it ends with whoever is above all the same.

Several reviewers share the work by what lies before each of them, not engineer by engineer: an engineer who lands ten
cards a day would make one of them busy and leave the other idle. Who was asked about a card keeps it through all its
rounds, for it knows what it has said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from batty_hooks.rules import own_files, questions
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members, queue
from batty_hooks.state.queue import Offer
from batty_hooks.vocabulary import kinds, offer_ids

_NEVER = float("inf")


def reviewer(look: Look, offer: Offer) -> str:
    """Who is to look at an offer and has not said of this commit that it may land; "" when nobody is: there is no
    reviewer, it has said so, or somebody whose word stands above its own has."""
    name = assigned(look, offer)
    return "" if _is_said(offer) else name


def _is_said(offer: Offer) -> bool:
    return offer.commit in (offer.reviewed, offer.approved)


def assigned(look: Look, offer: Offer) -> str:
    """Whose review an offer is, whatever was said of it already; "" where nobody reviews its member's work."""
    if not look.team.reviewers_of(offer.member):
        return ""
    known = look.once("assigned", lambda look: _assigned(look, look.offers))
    return known[offer.key] if offer.key in known else _assigned(look, [*look.offers, offer])[offer.key]


def _assigned(look: Look, offers: Sequence[Offer]) -> dict[str, str]:
    """Who has been asked keeps it, unless another has to go on; the others go to who has the least to look at, the one
    that came first first."""
    found, new, waiting = dict[str, str](), dict[str, tuple[str, ...]](), Counter[str]()
    had = {one.name: set(filter(offer_ids.is_review, own_files.keys(look, one.name))) for one in look.team.reviewers}
    may = {offer.key: look.team.reviewers_of(offer.member) for offer in offers}
    kept = {offer.key: keeps(look, offer, may[offer.key], had) for offer in offers}
    absent = {name for name in had if (state := look.state(name)) and state.state in (members.GONE, members.LIMIT)}
    absent |= {kept[offer.key] for offer in offers if _is_mute(look, offer, kept[offer.key])}
    for offer in offers:
        among, keeper, id = may[offer.key], kept[offer.key], asked_id(offer)
        others = tuple(name for name in among if name not in absent and id not in had[name])
        leaves_it = (keeper in absent and id not in had[keeper]) or _is_mute(look, offer, keeper)
        if keeper and not (leaves_it and others):
            found[offer.key] = keeper
            waiting[keeper] += not _is_said(offer)
        elif among:
            new[offer.key] = others if keeper else among
        else:
            found[offer.key] = ""
    return {**found, **shared(new, waiting, {name: len(keys) for name, keys in had.items()}, absent)}


def keeps(look: Look, offer: Offer, among: Collection[str], had: Mapping[str, set[str]]) -> str:
    """Who of those that may was asked about this very commit last, else about an earlier one; "" when nobody was."""
    asked = {(key == asked_id(offer), inbox.written_at(look.project, name, key)): name for name in among
             for key in had[name] if key.startswith(offer_ids.review(offer.key, ""))}  # fmt: skip
    return asked[max(asked)] if asked else ""


def shared(new: Mapping[str, Sequence[str]], waiting: Mapping[str, int], had: Mapping[str, int],
           away: Collection[str]) -> dict[str, str]:  # fmt: skip
    """Who gets each of the ``new`` things, of those that may look at it: who has the fewest ``waiting``, then who
    ``had`` the fewest in all, then the first named; who is ``away`` only where nobody else may."""
    waits, been, found = Counter(waiting), Counter(had), {}
    for key, among in new.items():
        name = min(among, key=lambda one: (one in away, waits[one], been[one], among.index(one)))
        waits[name] += 1
        been[name] += 1
        found[key] = name
    return found


def passed_by(look: Look, offer: Offer) -> str:
    """Why the reviewer of an offer is not waited for, in words ("": it is, or there is none)."""
    name = reviewer(look, offer)
    if not name:
        return ""
    times = sent_back(look, offer)
    if times >= look.team.review.rounds:
        return f"it was sent back {times} time{'s' if times > 1 else ''}, so it is for you to decide"
    if _is_above_asked(look, offer) or look.at >= mute_at(look, offer):
        asked = [one for one in look.team.reviewers_of(offer.member) if asked_id(offer) in own_files.keys(look, one)]
        if len(asked) > 1:
            return f"{' and '.join(asked)}, who were asked to review it one after the other, have not said a word"
        return f"{name}, who reviews it, has not said a word"
    return ""


def _is_above_asked(look: Look, offer: Offer) -> bool:
    """Whether somebody above has been asked in the place of a reviewer."""
    asked = queue.told(look.project, offer).asked
    return bool(asked) and not asked.startswith(asked_id(offer))


def _is_mute(look: Look, offer: Offer, name: str) -> bool:
    """Whether that reviewer has said nothing of an offer for too long, and nobody above has been asked yet."""
    return not _is_said(offer) and look.at >= _mute_at(look, offer, name) and not _is_above_asked(look, offer)


def sent_back(look: Look, offer: Offer) -> int:
    """How often somebody has looked at a card, or branch, and sent it back."""
    return sum(attempt.kind == kinds.REJECTED for attempt in look.attempts(offer.key))


def mute_at(look: Look, offer: Offer) -> float:
    """When the reviewer of an offer will have said nothing for too long (seconds since the epoch): infinite while it
    is not asked."""
    return _mute_at(look, offer, assigned(look, offer))


def _mute_at(look: Look, offer: Offer, name: str) -> float:
    id = asked_id(offer)
    flags = own_files.keys(look, name).get(id)
    if flags is None or "T" in flags:
        return _NEVER
    state, member = look.state(name), look.team.member(name)
    if flags and member and member.role.command and not members.is_running(look.project, name):
        return 0.0
    since = inbox.moved_at(look.project, name, id)
    if not flags or not state or state.state != members.READY:
        since = max(since, state.since if state else 0.0)  # others are before it, or it is at it
    if since + look.team.review.wait <= look.at:
        since = max(since, _heard_since(look, name, since))
    return since + look.team.review.wait


def _heard_since(look: Look, name: str, since: float) -> float:
    """When a reviewer was written to last, since it could have answered: it may have asked something. Infinite while
    that is open."""
    if questions.of(look, name):
        return _NEVER
    notes = [one for one in inbox.listed(look.project, name, since=since) if kinds.is_note(one.kind)]
    return max((inbox.written_at(look.project, name, one.id) for one in notes), default=0.0)


def is_waited_for(look: Look, offer: Offer, name: str, id: str) -> bool:
    """Whether an offer waits for that reviewer's answer to that very review."""
    waits = asked_id(offer) == id and reviewer(look, offer) == name
    return waits and not offer.rejected and not passed_by(look, offer)


def is_asked(look: Look, offer: Offer, name: str) -> bool:
    """Whether a reviewer has that review to read, or has read it; one that was withdrawn from it counts for nothing."""
    flags = own_files.keys(look, name).get(asked_id(offer))
    return flags is not None and "T" not in flags


def asked_id(offer: Offer) -> str:
    """The id of the message by which an offer is put to its reviewer."""
    return offer_ids.review(offer.key, offer.commit)


def obsolete(look: Look, name: str, wanted: set[str]) -> list[str]:
    """The ids of unread reviews of a reviewer that nobody waits for any more."""
    keys = own_files.keys(look, name)
    return [key for key, flags in keys.items() if offer_ids.is_review(key) and not flags and key not in wanted]
