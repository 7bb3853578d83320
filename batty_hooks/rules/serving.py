"""The trunk on a server: when it is looked at again, and what keeps work from landing there.

Nothing is concluded about the server that it has not said itself. Between two looks the trunk is as last seen: work is
tested upon that, and whether it still holds is found out by the push, which moves the trunk only from there.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from batty_hooks.rules import uploading
from batty_hooks.rules.look import Look
from batty_hooks.state import server, spool
from batty_hooks.state.server import Notes, Refusal
from batty_hooks.system import screen
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import dataclass, replace

LOOK_LIMIT, PUSH_LIMIT = 30.0, 50.0  # seconds that one may take; a push holds the landing lock
_WHILE_WAITING, _NOW_AND_THEN = 10.0, 60.0  # seconds between two looks: something waits to land, or nothing does
_FIRST_RETRY, _LAST_RETRY = 5.0, 120.0
_LAST_WHILE_WAITING = 8.0  # what waits lands ten seconds after the server's return, however long it was away
_REFUSED_FIRST, _REFUSED_LAST = 30.0, 600.0
_WHOLE = 2  # times that several are pushed together and refused, before they are in parts
_PATIENCE = 5.0  # seconds that a look may take for a test to wait for it: a slow server holds up no work
_RACES = 3  # lost in a row, after which the shortest test goes first
_HOUR = 3600.0
A_PERSONS = (asked.LOGIN, asked.NOT_THERE)  # what nobody but a person can change: not retried blindly


@dataclass(frozen=True)
class Hindrance:
    """Why nothing can land on the server now: in words that follow "waits for", since when (seconds since the epoch;
    0: nobody knows), and by which answer of the server's ("": none of its), what it has ``said`` when it refused.
    ``passes``: the next look ends it."""

    words: str
    since: float = 0.0
    outcome: str = ""
    passes: bool = False
    said: str = ""


def due(known: Notes, waits: bool, touched: float, is_open: bool) -> float:
    """When the server is to be looked at next (seconds since the epoch; infinity: when a person says so).

    ``waits``: something waits to land. ``touched`` is when a person last changed what git goes by with servers, or says
    which is meant.
    ``is_open``: a push was not answered.
    """
    if known.outcome in A_PERSONS and touched <= known.tried:
        return math.inf
    if known.outcome in A_PERSONS:
        return known.tried
    if known.failures:
        return known.tried + _pause(_FIRST_RETRY, _LAST_WHILE_WAITING if waits else _LAST_RETRY, known.failures)
    if is_open or known.at_once:
        return known.tried
    return known.looked + (_WHILE_WAITING if waits else _NOW_AND_THEN)


def _pause(first: float, last: float, times: int) -> float:
    """Seconds until the next try after so many in a row: twice as long each time, up to the ``last`` length."""
    return min(last, first * 2.0 ** min(times - 1, 20))


def next_look(look: Look) -> float:
    """The same of this project; infinity where no server is spoken of."""
    return look.once("next look", _next_look)


def _next_look(look: Look) -> float:
    remote = look.team.remote
    if not remote:
        return math.inf
    left = server.under_way(look.project)
    if left and left.is_alive:
        return math.inf  # what comes of it is known in a moment
    common = look.project.common
    if uploading.is_ahead(_notes(look).tried, look.at):
        return look.at
    touched = newest(
        [common / "config", common / "FETCH_HEAD", common / "refs/remotes" / remote.name, look.project.own_team_file]
    )
    waits = bool(look.offers or spool.entries(look.project))
    return due(_notes(look), waits, touched, left is not None)


def newest(paths: Iterable[Path]) -> float:
    """When the newest of these files was written (seconds since the epoch; 0: there is none)."""
    found = [0.0]
    for path in paths:
        with contextlib.suppress(OSError):
            found.append(path.stat().st_mtime)
    return max(found)


def _notes(look: Look) -> Notes:
    return look.once("server's notes", lambda look: server.notes(look.project))


def waits_for_look(look: Look) -> bool:
    """Whether a test is to begin only after a look at the server that is due: what it would be tested upon may be old.
    Not where the server does not answer, or takes its time."""
    known = _notes(look)
    return not known.outcome and known.took < _PATIENCE and next_look(look) <= look.at


def hindrance(look: Look, commits: Sequence[str] = ()) -> Hindrance | None:
    """What keeps these ``commits`` (none: anything) from landing on the server together now; None when nothing does, or
    where the trunk lives here."""
    remote = look.team.remote
    if not remote:
        return None
    name, known = remote.name, _notes(look)
    if known.hook_first and server.hook_runs(look.project):
        return Hindrance(f"the pre-push hook here, running since {screen.moment(known.hook_at)}", known.hook_at)
    if server.rewritten(look.project, name, look.trunk):
        return Hindrance(f"{name} ({look.trunk} was rewritten there)")
    if known.outcome:
        return Hindrance(f"{name} ({state_words(known)})", known.since, known.outcome)
    if not known.looked:
        return Hindrance(f"{name} (not looked at yet)", passes=True)
    if (left := server.under_way(look.project)) and not left.is_alive:
        return Hindrance(f"{name} (a push was not answered)", left.at, passes=True)
    if known.at_once:
        return Hindrance(f"{name} (somebody else was faster, it is looked at again)", known.tried, passes=True)
    if waits := uploading.pending(look, commits):
        return Hindrance(f"{name} (uploaded ahead of its push, since {screen.moment(waits.asked)})", waits.asked)
    if remote.land != "push":
        return None
    found = _refused(name, _without_late(look, known), commits, look.at)
    why_not = uploading.why_not(look, commits) if found else ""
    return _said(name, found, f"{found.said}; nor ahead of its push: {why_not}") if found and why_not else found


def _without_late(look: Look, known: Notes) -> Notes:
    """Without the refusals of what took too long, and is there by now."""
    kept = (one for one in known.refusals if one.at > uploading.done_at(look, one.commits))
    return replace(known, refusals=tuple(kept))


def _said(name: str, found: Hindrance, said: str) -> Hindrance:
    return replace(found, words=f"{name} (not taken: {said})", said=said)


def _refused(name: str, known: Notes, commits: Sequence[str], now: float) -> Hindrance | None:
    """A protected trunk takes nothing of ours; any other refusal is of what was pushed, and of whatever holds all of
    that. It is tried again after a while; what was refused together for the second time, in parts."""
    for found in reversed(known.refusals):
        if found.outcome != asked.PROTECTED and not _holds(commits, found):
            continue
        if _goes_in_parts(found) or abs(now - found.at) < _pause(_REFUSED_FIRST, _REFUSED_LAST, found.times):
            return _said(name, Hindrance("", found.at, found.outcome), found.said)
    return None


def _holds(commits: Iterable[str], found: Refusal) -> bool:
    return bool(found.commits) and set(found.commits) <= set(commits)


def _goes_in_parts(found: Refusal) -> bool:
    return found.outcome == asked.REFUSED and len(found.commits) > 1 and found.times >= _WHOLE


def goes_in_parts(look: Look, commits: Sequence[str]) -> bool:
    """Whether the server has refused these, or some of them, so often together that fewer are to be tried: one work
    that it refuses is not to hold up what waits beside it. (Once is not enough: it may pass, and parts need tests.)"""
    found = _notes(look).refusals if look.team.remote else ()
    return any(_goes_in_parts(one) and _holds(commits, one) for one in found)


def is_suspect(look: Look, commit: str) -> bool:
    """Whether the server has refused it when it was pushed by itself, or it is uploaded ahead: then it goes with
    nobody."""
    found = _notes(look).refusals if look.team.remote else ()
    return bool(uploading.pending(look, (commit,))) or any(
        one.outcome == asked.REFUSED and one.commits == (commit,) for one in found
    )


def state_words(known: Notes) -> str:
    """How it stands with a server that cannot be asked, in a few words."""
    if known.outcome == asked.LOGIN:
        return "it does not let us in"
    if known.outcome == asked.NOT_THERE:
        return "not there"
    return f"unreachable since {screen.moment(known.since)}"


def after(known: Notes, answer: asked.Answer, now: float, took: float = 0.0) -> dict[str, object]:
    """What to note of an answer to a look that ``took`` so many seconds (see `server.note`)."""
    if answer.outcome == asked.ACCEPTED:
        return {"looked": now, "tried": now, "outcome": "", "said": "", "since": 0.0, "failures": 0,
                "at_once": False, "took": round(took, 3)}  # fmt: skip
    since = min(known.since, now) if known.outcome else now
    return {
        "tried": now, "outcome": answer.outcome, "said": answer.said, "since": since, "failures": known.failures + 1,
    }  # fmt: skip


def after_push(known: Notes, answer: asked.Answer, commits: Sequence[str], now: float) -> dict[str, object]:
    """What to note of an answer to a push. Somebody who was faster costs nobody anything but the look that follows."""
    answered = [
        found for found in known.refusals if found.commits == tuple(commits) or found.outcome == asked.PROTECTED
    ]  # fmt: skip
    others = tuple(found for found in known.refusals if found not in answered)
    if answer.outcome == asked.ACCEPTED:
        return {"looked": now, "tried": now, "in_a_row": 0, "refusals": others}
    if answer.outcome == asked.STALE:
        return {"at_once": True, "tried": now, "lost": (*known.lost, now), "in_a_row": known.in_a_row + 1}
    if answer.outcome in (asked.PROTECTED, asked.REFUSED):
        times = max((found.times for found in answered if found.outcome == answer.outcome), default=0)
        if any(_goes_in_parts(found) and set(commits) < set(found.commits) for found in others):
            times = max(times, _WHOLE - 1)  # a part: what held it was tried twice
        return {"refusals": (*others, Refusal(tuple(commits), answer.outcome, answer.said, now, times + 1))}
    return after(known, answer, now)


def hook_goes_first(look: Look) -> bool:
    """Whether the pre-push hook here is to be asked before a push, for it takes longer than one may."""
    return bool(look.team.remote) and _notes(look).hook_first


def after_hook(took: float) -> dict[str, object]:
    """What to note of that hook when it was run ahead, and ``took`` so many seconds."""
    return {"hook_first": took > PUSH_LIMIT / 2}


def is_losing(look: Look) -> bool:
    """Whether others were faster so often that what is tested fastest is to go first."""
    return bool(look.team.remote) and _notes(look).in_a_row >= _RACES


def again(known: Notes) -> dict[str, object]:
    """What to note when a person says that it is to be tried again: all that was refused is, also as a whole."""
    return {"refusals": tuple(replace(found, at=0.0, times=1) for found in known.refusals)}


def races(known: Notes, now: float) -> int:
    """How often somebody else was faster in the last hour."""
    return sum(at > now - _HOUR for at in known.lost)
