"""What each member did, from moment to moment: what its agent says, and where that one does nothing, what its card
waits for.

An agent in a pane tells of itself (the event `state`), a command that it was started and has ended. Of who does
neither, and of the time before somebody's first word, nothing is known but what its card waits for; that is shown as
unknown, not as idle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import (
    ASKING,
    ENGINEER,
    GATE,
    GONE,
    IDLE,
    LIMIT,
    OFF,
    QUEUE,
    REVIEW,
    UNKNOWN,
    WORK,
    WORKING,
    YOU,
    Card,
    Facts,
    Lane,
    Span,
)
from batty_hooks.vocabulary import happened

_STATES = {"starting": IDLE, "ready": IDLE, "working": WORKING, "asking": ASKING, "limit": LIMIT, "gone": GONE}
# Of several cards of one member the one that says most of it: who works on one does not wait with another.
_FIRST = (WORK, ENGINEER, GATE, QUEUE, REVIEW, YOU)
_WAITS = {QUEUE: GATE, GATE: GATE, REVIEW: REVIEW, YOU: YOU}
_AT_WORK = {happened.CLAIMED, happened.BRIEFED, happened.WORKTREE, happened.STARTED, happened.STATE}


def lanes(told: Sequence[Event], cards: Iterable[Card], facts: Facts) -> tuple[Lane, ...]:
    """A lane for each member of the team, then for whoever else has worked; each from the first event of all to now."""
    others = dict.fromkeys(event.word("member") for event in told if event.name in _AT_WORK)
    names = [name for name in dict.fromkeys([*facts.members, *others]) if name and name != facts.human]
    begin = told[0].at if told else facts.now
    said = _said(told, names)
    held = _held(cards)
    return tuple(
        Lane(name, tuple(_overlaid(begin, facts.now, said.get(name, []), held.get(name, [])))) for name in names
    )


_Said = list[tuple[float, str, str]]  # since when, state, why
_Held = list[tuple[float, float, str, str]]  # from, to, stage, card


def _said(told: Iterable[Event], names: Iterable[str]) -> dict[str, _Said]:
    """What each member's agent has said of itself; before that, a command that is not started yet is idle."""
    found: dict[str, _Said] = {}
    in_pane: set[str] = set()
    for event in told:
        member = event.word("member")
        if event.name == happened.STATE:
            in_pane.add(member)
            state = _STATES.get(event.word("state"), UNKNOWN)
            found.setdefault(member, []).append((event.at, state, event.word("text")))
        elif event.name == happened.STARTED:
            found.setdefault(member, [(0.0, IDLE, "")]).append((event.at, WORKING, ""))
        elif event.name == happened.ENDED:
            found.setdefault(member, [(0.0, WORKING, "")]).append((event.at, IDLE, _exit(event)))
        elif event.name in (happened.RESTARTED, happened.FAILOVER) and member in found:
            found[member].append((event.at, IDLE, event.word("text")))
        elif event.name in (happened.TEAM_STOPPED, happened.TEAM_STARTED):
            state = OFF if event.name == happened.TEAM_STOPPED else IDLE
            for name in in_pane:
                found[name].append((event.at, state, event.name))
    return found


def _exit(event: Event) -> str:
    return f"exit {event.word('exit')}" if event.number("exit") else ""


def _held(cards: Iterable[Card]) -> dict[str, _Held]:
    """Member → the stages of its cards, by their beginning."""
    found: dict[str, _Held] = {}
    for card in cards:
        for one in card.stages:
            if one.member:
                found.setdefault(one.member, []).append((one.begin, one.end, one.stage, card.id))
    return {name: sorted(held) for name, held in found.items()}


def _overlaid(begin: float, now: float, said: _Said, held: _Held) -> Iterator[Span]:
    """The spans of one member: cut wherever its agent says something else, or one of its cards is elsewhere."""
    cuts = sorted({begin, now, *(at for at, _, _ in said), *(at for part in held for at in part[:2])})
    state, why, place, next_held = UNKNOWN, "", 0, 0
    open_ones: _Held = []
    last: Span | None = None
    for at, until in pairwise(cuts):
        while place < len(said) and said[place][0] <= at:
            _, state, why = said[place]
            place += 1
        while next_held < len(held) and held[next_held][0] <= at:
            open_ones.append(held[next_held])
            next_held += 1
        open_ones = [one for one in open_ones if one[1] > at]
        if at < begin or until > now:
            continue
        one = _span(at, until, state, why, open_ones)
        if last and (last.state, last.card, last.text, last.end) == (one.state, one.card, one.text, one.begin):
            last = last._replace(end=until)
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _span(at: float, until: float, state: str, why: str, held: _Held) -> Span:
    first = min(held, key=lambda one: _FIRST.index(one[2]), default=None)
    stage, card = (first[2], first[3]) if first else ("", "")
    if state in (IDLE, UNKNOWN):
        return Span(_WAITS.get(stage, state), at, until, card)
    return Span(state, at, until, card, why if state != WORKING else "")
