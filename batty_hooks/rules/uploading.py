"""What is brought to the server ahead of its push, for that took longer than a push may: when, and who waits for it.

A push holds the landing lock, and a trunk that moves meanwhile makes it vain: it has a short limit. What takes longer
than that to upload (a large file, a slow line) goes ahead, outside of that lock and for as long as it makes progress;
the push that follows has little left to send. Others land meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from batty_hooks.rules.look import Look
from batty_hooks.state import server
from batty_hooks.state.server import Upload
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import replace

LIMIT, SILENCE = 6 * 3600.0, 120.0  # seconds that one may take, and go on without a sign of progress
CLEARING_LIMIT = 30.0
_FIRST_RETRY, _LAST_RETRY, _MOST = 5.0, 300.0, 10
_SAME_TIME = 1.0  # seconds by which two clocks may differ that are one
_GIVES_UP = (asked.REFUSED, asked.PROTECTED)


def of(look: Look) -> dict[str, Upload]:
    """What is to be there, by its commits."""
    return look.once("uploads", lambda look: server.uploads(look.project) if look.team.remote else {})


def pending(look: Look, commits: Iterable[str]) -> Upload | None:
    """The first of these that is still to be uploaded; None: nothing waits for that."""
    return next((one for commit in commits if (one := of(look).get(commit)) and _is_open(one)), None)


def done_at(look: Look, commits: Sequence[str]) -> float:
    """Since when all of these are there (seconds since the epoch); 0 where they were not uploaded."""
    known = of(look)
    return min((known[commit].done if commit in known else 0.0 for commit in commits), default=0.0)


def is_settled(look: Look, commits: Sequence[str]) -> bool:
    """Whether all of these are there, or cannot be uploaded ahead: a push of them that is late is so for something
    else."""
    known = of(look)
    return all(commit in known and not _is_open(known[commit]) for commit in commits)


def why_not(look: Look, commits: Iterable[str]) -> str:
    """Why the server does not let one of these be uploaded ahead; "" where it does."""
    return next((one.refused for commit in commits if (one := of(look).get(commit)) and one.refused), "")


def wanted(look: Look) -> list[Upload]:
    """What waits for it, and has not been brought there."""
    waits = _waits(look)
    return [one for one in of(look).values() if one.commit in waits and _is_open(one)]


def left(look: Look) -> list[Upload]:
    """What waits no more: it has landed, or came back."""
    waits = _waits(look)
    return [one for one in of(look).values() if one.commit not in waits]


def is_ahead(at: float, now: float) -> bool:
    """Whether a time that was written down has not come yet: the clock was set back since, and no pause is to last as
    long as that."""
    return at > now + _SAME_TIME


def due(one: Upload, now: float) -> float:
    """When to try it, or to try it again (seconds since the epoch)."""
    if not one.failures or is_ahead(one.tried, now):
        return min(one.tried, now)
    return one.tried + min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** min(one.failures - 1, _MOST))


def after(one: Upload, answer: asked.Answer, now: float) -> Upload:
    """What to note of an answer of the server's to that."""
    if answer.outcome in (asked.ACCEPTED, asked.STALE):  # (a ref of that name is there: it can hold nothing else)
        return replace(one, done=now, tried=now, failures=0)
    if answer.outcome in _GIVES_UP or (answer.late and one.failures):  # (once, the line may have been to blame)
        return replace(one, tried=now, refused=answer.said or answer.outcome)
    return replace(one, tried=now, failures=one.failures + 1)


def _waits(look: Look) -> set[str]:
    return {offer.commit for offer in look.offers}


def _is_open(one: Upload) -> bool:
    return not one.done and not one.refused
