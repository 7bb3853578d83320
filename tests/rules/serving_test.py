"""When the server is looked at again, what is noted of its answers, and what keeps work from landing there."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from batty_hooks.rules import serving
from batty_hooks.state import server
from batty_hooks.state.project import Project
from batty_hooks.state.server import Notes
from batty_hooks.system.git import server as asked
from batty_hooks.system.git.server import Answer
from batty_hooks.system.records import replace

NOW = 1_000_000.0
SEEN = Notes(looked=NOW, tried=NOW)
AWAY = Notes(looked=NOW - 500, tried=NOW, outcome=asked.UNREACHABLE, said="no route", since=NOW - 60, failures=1)


@pytest.mark.parametrize(
    ("known", "waits", "touched", "is_open", "in_seconds"),
    [
        (Notes(), False, 0.0, False, -NOW + 60),  # nobody has looked yet: long due
        (SEEN, True, 0.0, False, 10),
        (SEEN, False, 0.0, False, 60),
        (SEEN, False, 0.0, True, 0),  # a push was not answered
        (replace(SEEN, at_once=True), False, 0.0, False, 0),  # somebody was faster
        (AWAY, True, 0.0, False, 5),
        (AWAY, True, 0.0, True, 5),  # also of a push that was not answered
        (replace(AWAY, failures=2), False, 0.0, False, 10),
        (replace(AWAY, failures=5), False, 0.0, False, 80),
        (replace(AWAY, failures=9), False, 0.0, False, 120),
        (replace(AWAY, failures=4000), False, 0.0, False, 120),
        (replace(AWAY, failures=4000), True, 0.0, False, 8),  # somebody waits for its return
        (replace(AWAY, outcome=asked.LOGIN), True, NOW - 1, False, math.inf),
        (replace(AWAY, outcome=asked.LOGIN), True, NOW + 1, False, 0),  # a person has changed something since
        (replace(AWAY, outcome=asked.NOT_THERE), True, NOW - 1, True, math.inf),
    ],
)
def test_when_it_is_looked_at_next(known: Notes, waits: bool, touched: float, is_open: bool, in_seconds: float) -> None:
    assert serving.due(known, waits, touched, is_open) - NOW == in_seconds


def note(known: Notes, said: dict[str, object]) -> Notes:
    return replace(known, **said)


def test_an_outage_keeps_its_beginning_and_counts_its_retries() -> None:
    known = SEEN
    for number in range(1, 5):
        known = note(known, serving.after(known, Answer(asked.UNREACHABLE, "no route"), NOW + number))
        assert (known.since, known.failures, known.tried, known.looked) == (NOW + 1, number, NOW + number, NOW)
    known = note(known, serving.after(known, Answer(asked.ACCEPTED), NOW + 9))
    assert known == Notes(looked=NOW + 9, tried=NOW + 9)


def test_who_was_slower_looks_at_once_and_is_charged_with_nothing() -> None:
    known = SEEN
    for number in range(1, 4):
        known = note(known, serving.after_push(known, Answer(asked.STALE), ("c1",), NOW + number))
        assert known.at_once and known.in_a_row == number and known.failures == 0 and not known.refusals
    assert serving.races(known, NOW + 3600) == 3 and serving.races(known, NOW + 3602) == 1
    known = note(known, serving.after(known, Answer(asked.ACCEPTED), NOW + 4))
    assert not known.at_once and known.in_a_row == 3  # a look is no landing
    known = note(known, serving.after_push(known, Answer(asked.ACCEPTED), ("c1",), NOW + 5))
    assert known.in_a_row == 0 and known.looked == NOW + 5


def refused(times: int, outcome: str = asked.REFUSED, said: str = "too big") -> Notes:
    known = SEEN
    for _ in range(times):
        known = note(known, serving.after_push(known, Answer(outcome, said), ("c1",), NOW))
    return known


@pytest.mark.parametrize(("times", "seconds"), [(1, 30), (2, 60), (3, 120), (6, 600), (5000, 600)])
def test_a_refusal_is_tried_again_ever_more_seldom(times: int, seconds: float) -> None:
    known = refused(1) if times > 10 else refused(times)
    if times > 10:
        known = replace(known, refusals=(replace(known.refusals[0], times=times),))
    assert serving._refused("origin", known, ("c1",), NOW + seconds - 0.1)
    assert not serving._refused("origin", known, ("c1",), NOW + seconds)


def test_a_refusal_is_of_what_was_pushed_and_a_protected_trunk_takes_nothing() -> None:
    assert not serving._refused("origin", refused(1), ("c2",), NOW)
    assert serving._refused("origin", refused(1), ("c2", "c1"), NOW), "what holds it is refused with it"
    found = serving._refused("origin", refused(1, asked.PROTECTED, "protected branch"), ("c2",), NOW)
    said = "protected branch"
    assert found == serving.Hindrance("origin (not taken: protected branch)", NOW, asked.PROTECTED, said=said)


def push(known: Notes, outcome: str, *commits: str, at: float = NOW) -> Notes:
    return note(known, serving.after_push(known, Answer(outcome, "no"), commits, at))


def test_refusals_of_other_work_stand_beside_each_other_and_go_when_it_lands() -> None:
    known = push(push(push(SEEN, asked.REFUSED, "c1", "c2"), asked.REFUSED, "c1"), asked.REFUSED, "c1")
    assert [(found.commits, found.times) for found in known.refusals] == [(("c1", "c2"), 1), (("c1",), 2)]
    known = push(known, asked.ACCEPTED, "c1")
    assert [found.commits for found in known.refusals] == [("c1", "c2")]


def test_of_a_protected_trunk_one_refusal_is_known_whatever_is_pushed() -> None:
    known = push(push(SEEN, asked.PROTECTED, "c1"), asked.PROTECTED, "c1", "c2")
    assert [(found.commits, found.times) for found in known.refusals] == [(("c1", "c2"), 2)]
    assert push(known, asked.ACCEPTED, "c3").refusals == ()
    assert [found.outcome for found in push(known, asked.REFUSED, "c3").refusals] == [asked.REFUSED]


def test_what_is_refused_together_goes_in_parts_after_the_second_time_for_ever() -> None:
    once = push(SEEN, asked.REFUSED, "c1", "c2")
    twice = push(once, asked.REFUSED, "c1", "c2", at=NOW + 30)
    for known, later, held in ((once, 29, True), (once, 31, False), (twice, 1e9, True)):
        assert bool(serving._refused("origin", known, ("c1", "c2", "c3"), NOW + later)) is held
    assert not serving._refused("origin", twice, ("c1",), NOW + 31)
    three = push(push(SEEN, asked.REFUSED, "c1", "c2", "c3"), asked.REFUSED, "c1", "c2", "c3")
    assert serving._goes_in_parts(push(three, asked.REFUSED, "c1", "c2").refusals[-1]), "a part needs no second time"
    again = note(twice, serving.again(twice))
    assert not serving._refused("origin", again, ("c1", "c2"), NOW + 31), "a person has said so"


def test_a_pre_push_hook_goes_first_while_it_takes_longer_than_half_of_a_push() -> None:
    for took, first in ((24.0, False), (26.0, True)):
        assert note(SEEN, serving.after_hook(took)).hook_first is first


def test_notes_survive_being_written_down(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path / ".git")
    project.batty.mkdir()
    known = push(replace(SEEN, lost=(NOW,)), asked.REFUSED, "c1", "c2")
    noted = {name: getattr(known, name) for name in ("looked", "tried", "lost", "refusals")}
    assert server.note(project, **noted) == known == server.notes(project)


_TO_LOOKS = (asked.ACCEPTED, asked.LOGIN, asked.UNREACHABLE, asked.NOT_THERE)
_TO_PUSHES = (*_TO_LOOKS, asked.STALE, asked.PROTECTED, asked.REFUSED)
SAID = [*((False, outcome) for outcome in _TO_LOOKS), *((True, outcome) for outcome in _TO_PUSHES)]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_whatever_it_answers_it_is_asked_again_or_a_person_is_told(length: int) -> None:
    """No answers after which nobody would ever ask again and nobody be told."""
    for said in itertools.product(SAID, repeat=length):
        known, now = Notes(), NOW
        for is_push, outcome in said:
            now += 7
            entered = (
                serving.after_push(known, Answer(outcome), ("c1",), now)
                if is_push
                else serving.after(known, Answer(outcome), now)
            )
            known = note(known, entered)
        due = serving.due(known, True, 0.0, False)
        assert due <= now + 120 or known.outcome in serving.A_PERSONS, said
        assert serving.due(known, True, now + 1, False) <= now + 120, said
