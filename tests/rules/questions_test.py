"""Which questions are open: every way of being answered, and whom the needs name."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from rules.facts import Facts

from batty_hooks.people.needs import passed_up
from batty_hooks.rules import questions
from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.state.members import READY, WORKING
from batty_hooks.vocabulary import ids, kinds

ASKER = "engineer-1"


def ask(look: Facts, to: str = "human", card: str = "", seconds_ago: float = 5.0, sender: str = ASKER,
        kind: str = kinds.ASK) -> str:  # fmt: skip
    """Put a question; its id."""
    id = ids.question(int((time.time() - seconds_ago) * 1e9), 1)
    inbox.send(look.project, Message(id, sender, to, "May I?", "May I?", kind, card))
    look.again()
    return id


def send(look: Facts, sender: str, to: str = ASKER, kind: str = kinds.NOTE, reply_to: str = "") -> None:
    inbox.send(look.project, Message(f"m{time.time_ns()}", sender, to, "Yes", "Yes", kind, reply_to=reply_to))
    look.again()


def opened(look: Facts) -> list[str]:
    return [one.id for one in questions.open_ones(look)]


def test_a_question_is_open(look: Facts) -> None:
    id = ask(look)
    assert opened(look) == [id]
    assert [one.id for one in questions.of(look, ASKER)] == [id] and questions.of(look, "engineer-2") == []


def test_the_oldest_first(look: Facts) -> None:
    late = ask(look, seconds_ago=5)
    early = ask(look, to="engineer-2", seconds_ago=50)
    assert opened(look) == [early, late]


def test_that_it_was_read_is_no_answer(look: Facts) -> None:
    id = ask(look)
    inbox.confirm(look.project, "human", id)
    look.again()
    assert opened(look) == [id]


# every way of being answered

ANSWERS: dict[str, tuple[Callable[[Facts, str], None], bool]] = {
    "by whom was asked": (lambda look, id: send(look, "engineer-2"), True),
    "by the human, whoever was asked": (lambda look, id: send(look, "human"), True),
    "to that very question, whoever writes": (lambda look, id: send(look, "engineer-3", reply_to=id), True),
    "by somebody else": (lambda look, id: send(look, "engineer-3"), False),
    "to another question": (lambda look, id: send(look, "human", reply_to="ask1.1"), False),
    "with what no person wrote": (lambda look, id: send(look, "engineer-2", kind=kinds.FAILED), False),
    "with a mail of another program": (lambda look, id: send(look, "human", kind="x-mail"), True),
    "to somebody else": (lambda look, id: send(look, "human", to="engineer-2"), False),
    "by hand, in the pane": (lambda look, id: _confirm(look, id, "Sa"), True),
    "withdrawn by a mail reader": (lambda look, id: _confirm(look, id, "S"), False),
}


def _confirm(look: Facts, id: str, flags: str) -> None:
    inbox.confirm(look.project, "engineer-2", id, flags)
    look.again()


@pytest.mark.parametrize("how", ANSWERS)
def test_answered(look: Facts, how: str) -> None:
    answer, is_over = ANSWERS[how]
    id = ask(look, to="engineer-2")
    answer(look, id)
    assert opened(look) == ([] if is_over else [id])


def test_what_was_said_before_answers_nothing(look: Facts) -> None:
    send(look, "human")
    time.sleep(0.002)
    id = ask(look, seconds_ago=0)
    assert opened(look) == [id]


@pytest.mark.parametrize(
    ("lanes", "is_open"),
    [({"progress": "- [x] One (engineer-1) ^t1"}, True), ({"progress": "- [x] One (engineer-2) ^t1"}, False),
     ({"todo": "- [ ] One ^t1"}, False), ({"done": "- [x] One (engineer-1) ^t1"}, False), ({}, False)],
)  # fmt: skip
def test_over_when_its_card_is_in_the_askers_hand_no_more(look: Facts, lanes: dict[str, str], is_open: bool) -> None:
    look.write_board(**lanes)
    ask(look, card="t1")
    assert bool(opened(look)) == is_open


def test_without_a_board_it_stays_open(look: Facts) -> None:
    ask(look, card="t1")
    assert opened(look)


@pytest.mark.parametrize(("sender", "to", "kind"), [
    ("stranger", "human", kinds.ASK), ("human", "human", kinds.ASK), (ASKER, "human", kinds.NOTE)])  # fmt: skip
def test_what_is_no_question(look: Facts, sender: str, to: str, kind: str) -> None:
    ask(look, to=to, sender=sender, kind=kind)
    assert opened(look) == []


# what of it needs a person


def test_the_humans_own_at_once(look: Facts) -> None:
    id = ask(look, card="")
    [(what, since, command)] = passed_up.needs(look)
    assert what == "engineer-1 has asked you: May I?" and command.startswith(f"batty-hooks send engineer-1 --re {id} ")
    assert time.time() - 60 < since < time.time()


@pytest.mark.parametrize(
    ("seconds_ago", "state", "is_read", "is_told"),
    [(5, None, True, False), (700, None, False, True), (700, WORKING, True, True), (300, WORKING, True, False),
     (300, READY, True, True), (300, READY, False, False), (30, READY, True, False)],
)  # fmt: skip
def test_an_agents_when_that_does_not_answer(
    look: Facts, seconds_ago: float, state: str | None, is_read: bool, is_told: bool
) -> None:
    id = ask(look, to="engineer-2", card="t1", seconds_ago=seconds_ago)
    if state:
        look.says("engineer-2", state, seconds_ago=seconds_ago)
    if is_read:
        inbox.confirm(look.project, "engineer-2", id)
    look.again()
    told = [what for what, _, _ in passed_up.needs(look)]
    assert told == (["engineer-1 has asked engineer-2, who does not answer, about t1: May I?"] if is_told else [])


def test_an_id_of_somebody_elses_is_as_old_as_its_mail() -> None:
    assert questions.asked_at(Message("askme", "a", "b", "", "", date="2026-01-01T00:00:00+00:00")) == 1767225600.0
    assert questions.asked_at(Message("askme", "a", "b", "", "")) == 0.0
