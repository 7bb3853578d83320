"""Pull requests: what follows for an offer from what the forge says of its own, and when the forge is asked again.

What was decided here:

* A pull request speaks of an offer only while it offers that very commit: red checks of the commit before are over.
* Merged is what the forge says and the server's trunk shows: its merge commit (of a merge, a squash or a rebase) is
  there, and what was merged has all that the commit has that was tested, be it by other commits: GitLab rebases a
  branch before it merges it by fast-forward.
* A test here is of the trunk as it was when the request was made. It is not made again for each commit of others: from
  then on the server's own checks, and whoever merges it, judge. A conflict goes back at once all the same.
* One that was closed is a person's word, which a newer commit does not go past. `reject` passes it on to the engineer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from batty_hooks.rules.look import Look
from batty_hooks.state import pulls, trunk
from batty_hooks.state.pulls import Notes, Pull
from batty_hooks.state.queue import Offer
from batty_hooks.system import forge
from batty_hooks.system.records import dataclass, replace
from batty_hooks.vocabulary import kinds

NONE, OFFERED, RED, CLOSED, LANDED, ALTERED = "none", "offered", "red", "closed", "landed", "altered"
POLL_SECONDS, LIMIT = 30.0, 40.0  # between two looks at the forge; that one of them, or one offering, may take
_FIRST_RETRY, _LAST_RETRY, _PERSONS_RETRY = 5.0, 120.0, 60.0
_MOST = 10  # doublings that count
_TRY_AGAIN = 300.0  # after which what the forge would not take is tried once more
A_PERSONS = (forge.MISSING, forge.LOGIN, forge.NOT_THERE)  # what nobody but a person can change
LOG_LINES = 50


@dataclass(frozen=True)
class News:
    """What has become of a pull request since it was last looked at."""

    merged: bool = False
    closed: bool = False
    reopened: bool = False
    thrown_out: bool = False
    red: bool = False


def says(
    pull: Pull | None,
    commit: str,
    on_trunk: bool,
    holds: Callable[[str], bool],
    sent_back: bool,
    is_it: Callable[[str], bool],
) -> str:
    """What follows for an offer of ``commit``. ``on_trunk``: the trunk holds the commit by which it was merged;
    ``holds(head)``: that one holds ``commit``; ``sent_back``: a person has rejected what was closed; ``is_it(head)``:
    that one is ``commit``, or what the forge has made of it on a newer trunk."""
    if pull is None or not pull.number:
        return NONE
    if pull.state == forge.CLOSED:
        return NONE if sent_back else CLOSED
    if pull.state == forge.MERGED:
        if not holds(pull.head):
            return ALTERED if pull.commit == commit else NONE
        return LANDED if on_trunk else OFFERED
    if pull.commit != commit:
        return NONE
    return RED if is_red(pull) and is_it(pull.head) else OFFERED


def of(look: Look, offer: Offer) -> str:
    """The same of an offer as it waits; NONE where work does not land by pull requests."""
    if not look.team.remote:
        return NONE
    return look.once(("pull says", offer), lambda look: _of(look, offer))


def _of(look: Look, offer: Offer) -> str:
    pull = pulls.get(look.project, offer.key)
    if pull is None or (look.team.remote and look.team.remote.land != "pr" and pull.state != forge.MERGED):
        return NONE
    there = bool(pull.merge) and trunk.contains(look.project, look.tip, pull.merge)
    rejected = any(one.kind == kinds.REJECTED and one.commit == pull.commit for one in look.attempts(offer.key))
    return says(
        pull, offer.commit, there, lambda head: _holds(look, head, offer.commit), rejected,
        lambda head: is_it(look, head, offer.commit),
    )  # fmt: skip


def _holds(look: Look, head: str, commit: str) -> bool:
    return bool(head) and trunk.has_all(look.project, head, commit)  # (what is not here holds nothing)


def is_it(look: Look, head: str, commit: str) -> bool:
    """Whether the ``head`` of a pull request is ``commit``, or what the forge has made of it on a newer trunk: GitLab
    rebases what it is to merge, GitHub merges the trunk into it."""
    return bool(head) and trunk.is_renewed(look.project, look.tip, head, commit)


def has_landed(look: Look, key: str, commit: str) -> bool:
    """Whether ``commit`` has landed by a pull request of that key, in whatever form."""
    pull = pulls.get(look.project, key)
    if pull is None or pull.state != forge.MERGED or not pull.merge:
        return False
    return trunk.contains(look.project, look.tip, pull.merge) and _holds(look, pull.head, commit)


def landed_as(look: Look, key: str) -> str:
    """The commit by which the forge has merged it; "" when it has not."""
    pull = pulls.get(look.project, key)
    return pull.merge if pull and pull.state == forge.MERGED else ""


def is_red(pull: Pull) -> bool:
    """Whether any check has failed, and none is going on any more that could say more."""
    states = [check.state for check in pull.checks]
    return forge.RED in states and forge.RUNNING not in states


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
    said = next((words for state, words in (
        (forge.RUNNING, "checks running"), (forge.RED, "checks failed"), (forge.WAITS, "a check waits for a person"),
        (forge.PASSED, "checks passed"),
    ) if state in states), "no checks")  # fmt: skip
    decision = "" if pull.decision == "review required" else pull.decision
    return ", ".join(filter(None, (said, decision, "in the server's queue" if pull.queued else "")))


def news(before: Pull, now: Pull, is_it: bool) -> News:
    """What is to be told of it; ``is_it``: what it offers is our commit, or that on a newer trunk."""
    is_open = now.state == forge.OPEN
    return News(
        now.state == forge.MERGED and before.state != forge.MERGED,
        now.state == forge.CLOSED and before.state != forge.CLOSED,
        is_open and before.state == forge.CLOSED,
        is_open and before.queued and not now.queued,
        is_open and is_it and is_red(now) and not (is_red(before) and before.head == now.head),
    )


def seen(before: Pull, there: forge.Pull) -> Pull:
    """What is known of it once the forge has said so; of what it does not say, what was known stays."""
    queued = before.queued if there.queued is None else there.queued
    kept = before.log if there.head == before.head else ()
    return replace(
        before, number=there.number, url=there.url, state=there.state, head=there.head, merge=there.merge,
        checks=there.checks, decision=there.decision, queued=queued, updated=there.updated, log=kept,
    )  # fmt: skip


def polled(look: Look) -> list[Pull]:
    """Those of which the forge may have something new to say: open ones, and what was closed and is waited for."""
    waiting = {offer.key for offer in look.offers}
    found = pulls.known(look.project)
    return [
        pull for pull in found
        if pull.number and (pull.state == forge.OPEN or (pull.state == forge.CLOSED and pull.key in waiting))
    ]  # fmt: skip


def due(known: Notes, followed: bool, touched: float) -> float:
    """When the forge is to be asked next (seconds since the epoch; infinity: when there is something to ask for).
    ``touched`` is when a person last changed what git, `gh` or `glab` go by."""
    if not followed:
        return math.inf
    if known.outcome in A_PERSONS:
        return known.tried + (0 if touched > known.tried else _PERSONS_RETRY)
    if known.failures:
        return known.tried + min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** min(known.failures - 1, _MOST))
    return known.looked + POLL_SECONDS


def after(known: Notes, answer: forge.Answer, now: float) -> Notes:
    """What to note of an answer of the forge's. What it refuses is of one pull request, and so an answer."""
    if answer.outcome in (forge.ACCEPTED, forge.REFUSED):
        return Notes(now, now)
    since = known.since if known.outcome else now
    return Notes(known.looked, now, answer.outcome, answer.said, since, known.failures + 1)


def may_be_offered(known: Notes, pull: Pull | None, commit: str, now: float) -> bool:
    """Whether it is time to offer a commit, or to try it again."""
    if known.outcome and now < due(known, True, 0.0):
        return False
    return not pull or not pull.trouble or pull.refused != commit or now >= pull.tried + _TRY_AGAIN


def title_of(look: Look, offer: Offer) -> str:
    """What its pull request is called."""
    return f"{offer.card}: {offer.title}" if offer.card else offer.branch


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
    return "\n\n".join([*said, "Offered by batty-hooks."]) + "\n"
