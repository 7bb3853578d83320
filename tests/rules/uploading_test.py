"""What is brought to the server ahead of its push: when it is tried again, and what follows from the answers."""

from __future__ import annotations

import pytest
from rules.facts import Facts

from batty_hooks.rules import uploading
from batty_hooks.state.server import Upload
from batty_hooks.system.git import server as asked
from batty_hooks.system.git.server import Answer
from batty_hooks.system.records import replace

NOW = 1_000_000.0
NEW = Upload("c1", NOW - 60)


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (Answer(asked.ACCEPTED), Upload("c1", NOW - 60, done=NOW, tried=NOW)),
        (Answer(asked.STALE, "exists"), Upload("c1", NOW - 60, done=NOW, tried=NOW)),  # a killed one of us made it
        (Answer(asked.UNREACHABLE, "no answer for 300 s", late=True), Upload("c1", NOW - 60, tried=NOW, failures=1)),
        (Answer(asked.LOGIN, "denied"), Upload("c1", NOW - 60, tried=NOW, failures=1)),
        (Answer(asked.REFUSED, "no such refs"), Upload("c1", NOW - 60, tried=NOW, refused="no such refs")),
        (Answer(asked.PROTECTED), Upload("c1", NOW - 60, tried=NOW, refused="protected")),
    ],
)
def test_what_follows_from_an_answer(answer: Answer, after: Upload) -> None:
    assert uploading.after(NEW, answer, NOW) == after


def test_one_that_is_silent_twice_in_a_row_is_given_up() -> None:
    silent = Answer(asked.UNREACHABLE, "no answer for 120 s", late=True)
    twice = uploading.after(uploading.after(NEW, silent, NOW), silent, NOW)
    assert twice.refused == "no answer for 120 s"


@pytest.mark.parametrize(
    ("known", "settled"),
    [([], False), ([NEW], False), ([replace(NEW, done=NOW)], True), ([replace(NEW, refused="no such refs")], True)],
)
def test_what_is_there_or_cannot_be_is_not_what_makes_its_push_late(
    look: Facts, known: list[Upload], settled: bool
) -> None:
    look.once("uploads", lambda look: {one.commit: one for one in known})
    assert uploading.is_settled(look, ("c1",)) is settled


def test_it_is_tried_ever_more_seldom() -> None:
    assert uploading.due(NEW, NOW) == 0.0
    pauses = [uploading.due(Upload("c1", NOW, tried=NOW, failures=number), NOW) - NOW for number in (1, 2, 5, 9, 4000)]
    assert pauses == [5, 10, 80, 300, 300]
    assert uploading.due(Upload("c1", NOW, tried=NOW + 7200, failures=9), NOW) == NOW, "the clock was set back"
