"""Pull requests: what follows for an offer from what the forge says of its own, and when the forge is asked again.

What was decided here:

* A pull request speaks of an offer only while it offers that very commit: red checks of the commit before are over.
  Merging the trunk into it (the forge's button "Update branch") makes no other work of it.
* Merged is what the forge says and the server's trunk shows: its merge commit (of a merge, a squash or a rebase) is
  there, and what was merged holds the commit that was tested, or would not change by it (who rebases it there makes
  other commits of it). Of an older one, what is newer is offered anew: nothing of it is taken for landed.
* The trunk and the forge are asked apart, so each may be ahead of the other: that an offered one does not go with the
  trunk is concluded only when the forge was asked since the trunk stands there, for it may be its own squash.
* A test here is of the trunk as it was when the request was made. It is not made again for each commit of others: from
  then on the server's own checks, and whoever merges it, judge. A conflict goes back at once all the same.
* Nobody is charged on one red run, here as there: what is red is asked for once more, where it is a job of the forge's
  own, and counts if it is red again.
* One that was closed is a person's word, which a newer commit does not go past. `reject` passes it on to the engineer.
  Where the trunk holds all of it, it was landed by hand, as some forges' robots do.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from batty_hooks.rules import merged, rechecks
from batty_hooks.rules.look import Look
from batty_hooks.state import pulls, trunk
from batty_hooks.state.pulls import Notes, Pull
from batty_hooks.state.queue import Offer
from batty_hooks.system import forge, late
from batty_hooks.system.records import dataclass, replace
from batty_hooks.vocabulary import kinds

NONE, OFFERED, RED, CLOSED, LANDED, ALTERED = "none", "offered", "red", "closed", "landed", "altered"
ENTERING = "entering"  # merged, says the forge; the trunk as seen here does not hold it (yet)
POLL_SECONDS, LIMIT = 30.0, 40.0  # between two looks at the forge; that one of them, or one offering, may take
_SOONER = 10.0  # the same when the trunk has moved since: it may be by one of them
_LONGEST_TITLE, _LONGEST_TEXT = 250, 60_000  # characters: GitLab takes 255 of a title, GitHub 65,536 of a text
_FIRST_RETRY, _LAST_RETRY, _PERSONS_RETRY = 5.0, 120.0, 60.0
_REST, _LONGEST_REST = 60.0, 900.0  # of a forge that says it was asked too often
_MOST = 10  # doublings that count
_TRY_AGAIN = 300.0  # after which what the forge would not take is tried once more
A_PERSONS = (forge.MISSING, forge.LOGIN, forge.NOT_THERE)  # what nobody but a person can change
_ONCE = "once"
_STILL = 3600.0  # seconds without news of an open one, after which a person is to know
_QUEUED = late.pattern(r"queued for merging|added to a merge queue")
LOG_LINES = 50


@dataclass(frozen=True)
class News:
    """What has become of a pull request since it was last looked at."""

    merged: bool = False
    closed: bool = False
    reopened: bool = False
    thrown_out: bool = False
    red: bool = False


@dataclass(frozen=True)
class Seen:
    """What is seen here of an offer's commit. ``on_trunk``: the trunk holds the commit by which it was merged;
    ``sent_back``: a person has rejected what was closed. Of the pull request's head: whether it ``holds`` the commit,
    is that with nothing but the trunk merged into it (``is_plain``), or is one of ours of before (``is_older``).
    ``is_there``: the trunk holds all of the work, in whatever form; ``was_there``: it did when it was merged."""

    on_trunk: bool
    sent_back: bool
    holds: Callable[[str], bool]
    is_plain: Callable[[str], bool]
    is_older: Callable[[str], bool]
    is_there: Callable[[], bool]
    was_there: Callable[[], bool]


def says(pull: Pull | None, commit: str, seen: Seen) -> str:
    """What follows for an offer of ``commit``."""
    if pull is None or not pull.number:
        return NONE
    if pull.state == forge.CLOSED:
        return LANDED if seen.is_there() else NONE if seen.sent_back else CLOSED
    if pull.state == forge.MERGED:
        return _merged(pull, commit, seen)
    if pull.commit != commit:
        return NONE
    return RED if rechecks.is_sure(pull) and seen.is_plain(pull.head) else OFFERED


def _merged(pull: Pull, commit: str, seen: Seen) -> str:
    if pull.taken == commit or seen.holds(pull.head) or (seen.on_trunk and seen.was_there()):
        is_in = seen.on_trunk or (not pull.merge and seen.is_there())
        return LANDED if is_in else ENTERING
    if pull.commit != commit or seen.is_older(pull.head):
        return NONE
    return ALTERED


def of(look: Look, offer: Offer) -> str:
    """The same of an offer as it waits; NONE where work does not land by pull requests."""
    if not look.team.remote:
        return NONE
    return look.once(("pull says", offer), lambda look: _of(look, offer))


def _of(look: Look, offer: Offer) -> str:
    pull = pulls.get(look.project, offer.key)
    if pull is None or (look.team.remote and look.team.remote.land != "pr" and pull.state != forge.MERGED):
        return NONE
    return says(pull, offer.commit, _seen(look, pull, offer.key, offer.commit))


def _seen(look: Look, pull: Pull, key: str, commit: str) -> Seen:
    back = look.attempts(key)
    rejected = (one for one in back if one.kind == kinds.REJECTED)
    return Seen(
        bool(pull.merge) and trunk.contains(look.project, look.tip, pull.merge),
        any(one.commit == pull.commit or one.number > pull.back for one in rejected),
        lambda head: merged.holds(look, head, commit),
        lambda head: merged.is_plain(look, head, commit),
        lambda head: head in {one.commit for one in back} or merged.holds(look, commit, head),
        lambda: look.candidate(commit).tree == look.itself.tree,
        lambda: merged.would_change_nothing(look, pull.merge, commit),
    )


def is_up_to_date(look: Look) -> bool:
    """Whether the forge was asked how all stands since the trunk here is what it is."""
    return pulls.notes(look.project).upon == look.tip


def red_ones(pull: Pull) -> list[str]:
    """The names of the checks that have failed."""
    return [check.name for check in pull.checks if check.state == forge.RED]


def place_of(look: Look) -> forge.Place:
    """Where they are made, and by which program."""
    remote = look.team.remote
    name, wish = (remote.name, remote.forge) if remote else ("", "")
    return look.once("forge", lambda look: forge.place(look.project.root, name, wish))


def name_of(pull: Pull) -> str:
    """What it is called, by its number, in its forge's words."""
    return forge.words_of(pull.url).one(pull.number)


def words(pull: Pull) -> str:
    """How it stands, in a few words."""
    if pull.state == forge.MERGED:
        return "merged"
    states = {check.state for check in pull.checks}
    if rechecks.has_failed(pull) and not rechecks.is_sure(pull):
        states = {_ONCE}
    said = next((words for state, words in (
        (_ONCE, "red once, to be made sure of"), (forge.RUNNING, "checks running"), (forge.RED, "checks failed"),
        (forge.WAITS, "a check waits for a person"), (forge.PASSED, "checks passed"),
    ) if state in states), "no checks")  # fmt: skip
    decision = "" if pull.decision == "review required" else pull.decision
    return ", ".join(filter(None, (said, decision, "in the server's queue" if pull.queued else "")))


def news(before: Pull, now: Pull) -> News:
    """What is to be told of it."""
    is_open = now.state == forge.OPEN
    return News(
        now.state == forge.MERGED and before.state != forge.MERGED,
        now.state == forge.CLOSED and before.state != forge.CLOSED,
        is_open and before.state == forge.CLOSED,
        is_open and before.queued and not now.queued,
        is_open and rechecks.is_sure(now) and not (rechecks.is_sure(before) and before.head == now.head),
    )


def seen(before: Pull, there: forge.Pull, at: float, back: int) -> Pull:
    """What is known of it once the forge has said so, ``at`` that time (seconds since the epoch), when that many
    attempts had come ``back``; of what it does not say, what was known stays."""
    queued = before.queued if there.queued is None else there.queued
    is_same = there.head == before.head
    is_new = there.state != before.state or not before.since
    trouble = before.trouble
    if _QUEUED.search(trouble) and not (queued and there.state == forge.OPEN):
        trouble = ""  # (the branch is free)
    now = replace(
        before, number=there.number, url=there.url, state=there.state, head=there.head, merge=there.merge,
        base=there.base or before.base, checks=there.checks, decision=there.decision, queued=queued,
        updated=there.updated, log=before.log if is_same else (), since=at if is_new else before.since,
        back=back if is_new else before.back, again=rechecks.kept(before, at) if is_same else (),
        asks=before.asks and is_same, trouble=trouble,
    )  # fmt: skip
    return now if now == before and now.new_at else replace(now, new_at=at)


def stands_still(pull: Pull, at: float) -> bool:
    """Whether an open one has long had no news: a check that is waited for never reports, a queue does not go on, or
    nobody merges it. The forge says of none of these that it lasts."""
    return pull.state == forge.OPEN and 0 < pull.new_at < at - _STILL


def polled(look: Look) -> list[Pull]:
    """Those of which the forge may have something new to say: open ones, and all that something waits for."""
    return look.once("pulls that are polled", _polled)


def _polled(look: Look) -> list[Pull]:
    waiting = {offer.key for offer in look.offers}
    found = pulls.known(look.project)
    return [pull for pull in found if pull.number and (pull.state == forge.OPEN or pull.key in waiting)]


def due(known: Notes, followed: bool, touched: float, moved: bool = False) -> float:
    """When the forge is to be asked next (seconds since the epoch; infinity: when there is something to ask for).
    ``touched`` is when a person last changed what git, `gh` or `glab` go by; ``moved``: the trunk has since it was
    asked."""
    if not followed:
        return math.inf
    if known.outcome in A_PERSONS:
        return known.tried + (0 if touched > known.tried else _PERSONS_RETRY)
    if known.failures and forge.asked_too_often(known.said):
        return known.tried + min(_LONGEST_REST, _REST * 2.0 ** min(known.failures - 1, _MOST))
    if known.failures:
        return known.tried + min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** min(known.failures - 1, _MOST))
    return known.looked + (_SOONER if moved else POLL_SECONDS)


def after(known: Notes, answer: forge.Answer, now: float, upon: str = "") -> Notes:
    """What to note of an answer of the forge's; ``upon``: where the trunk stood when it was asked of all of them. What
    it refuses is of one pull request, and so an answer, but says nothing of the others."""
    if answer.outcome == forge.REFUSED:
        return Notes(now, now, upon=known.upon)
    if answer.outcome == forge.ACCEPTED:
        return Notes(now if upon else known.looked, now, upon=upon or known.upon)
    since = known.since if known.outcome else now
    return Notes(known.looked, now, answer.outcome, answer.said, since, known.failures + 1, known.upon)


def may_be_offered(known: Notes, pull: Pull | None, commit: str, now: float, uploaded: float = 0.0) -> bool:
    """Whether it is time to offer a commit, or to try it again; it was ``uploaded`` ahead at that time (0: it was
    not)."""
    if known.outcome and now < due(known, True, 0.0):
        return False
    return (
        not pull
        or not pull.trouble
        or pull.refused != commit
        or abs(now - pull.tried) >= _TRY_AGAIN
        or (uploaded >= pull.tried)
    )


def waits_for_queue(pull: Pull | None, commit: str) -> bool:
    """Whether a commit cannot be pushed because the server's merge queue holds the branch: that ends by itself."""
    return pull is not None and pull.refused == commit and pull.queued and bool(_QUEUED.search(pull.trouble))


def title_of(look: Look, offer: Offer) -> str:
    """What its pull request is called."""
    title = f"{offer.card}: {offer.title}" if offer.card else offer.branch
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def text_of(look: Look, offer: Offer) -> str:
    """What its pull request says: the card, the verdict, and what it was tested with."""
    card, verdict = look.card(offer.card), look.verdict(look.candidate(offer.commit))
    who = f" by {offer.member}" if offer.member else ""
    said = [card.body.strip()] if card and card.body.strip() else []
    if verdict:
        said.append(
            f"`{verdict.command}` {verdict.result} in {verdict.seconds:.1f} s, on {offer.commit[:12]}{who} merged with "
            f"{look.trunk} at {verdict.base[:12]} (attempt {offer.attempt})."
        )
    return "\n\n".join([*(words[:_LONGEST_TEXT] for words in said), "Offered by batty-hooks."]) + "\n"
