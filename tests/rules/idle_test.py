"""Who stands still, whose turn was cut off, and when a limit without an end is tried again."""

from __future__ import annotations

import os
import time

import pytest
from rules.facts import Facts

from batty_hooks.people.needs import agents
from batty_hooks.rules import idle, limits
from batty_hooks.state import deliveries, inbox, members, panes
from batty_hooks.state.inbox import Message
from batty_hooks.state.members import ASKING, GONE, LIMIT, READY, STARTING, WORKING, Report, State
from batty_hooks.state.panes import Pane
from batty_hooks.state.queue import Attempt
from batty_hooks.system import process
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds

ME = "engineer-1"


@pytest.fixture
def look(look: Facts) -> Facts:
    """engineer-1 is ready in its pane, has read the brief of t1, and nothing is on its way."""
    look.write_board(progress="- [x] One (engineer-1) ^t1")
    panes.record(look.project, Pane(ME, "%1", "tui", os.getpid(), process.birth(os.getpid())))
    look.says(ME, READY, seconds_ago=300)
    get(look, ids.brief("t1", 1), kinds.BRIEF, flags="S")
    return look


def get(look: Facts, id: str, kind: str = kinds.NOTE, flags: str = "", card: str = "t1") -> None:
    inbox.send(look.project, Message(id, "human", ME, "x", "x", kind, card))
    if flags:
        inbox.confirm(look.project, ME, id, flags)
    look.again()


def still(look: Facts) -> str:
    look.again()
    found = idle.stands_still(look, ME)
    return found[0].id if found else ""


def test_who_is_ready_with_a_card_that_nobody_waits_for_stands_still(look: Facts) -> None:
    assert still(look) == "t1"
    found = idle.stands_still(look, ME)
    assert found and time.time() - 400 < found[1] < time.time() - 200


@pytest.mark.parametrize("state", [STARTING, WORKING, ASKING, LIMIT, GONE])
def test_not_who_is_anything_but_ready(look: Facts, state: str) -> None:
    look.says(ME, state)
    assert still(look) == ""


def test_not_without_a_pane_or_a_living_process(look: Facts) -> None:
    panes.record(look.project, Pane(ME, "%1", "tui", os.getpid(), "another birth"))
    assert still(look) == ""
    panes.forget(look.project, ME)
    assert still(look) == ""


def test_not_with_a_message_that_waits_or_is_on_its_way(look: Facts) -> None:
    deliveries.record(look.project, ME, deliveries.Sent("m1", time.time()))
    assert still(look) == ""
    deliveries.forget(look.project, ME)
    assert still(look) == "t1"
    get(look, "m1")
    assert still(look) == ""


def test_not_who_has_reported_or_waits_for_the_gate(look: Facts) -> None:
    members.report(look.project, Report(ME, "t1", "x", "c1", "done", 1.0))
    assert still(look) == ""
    members.drop_report(look.project, members.reports(look.project)[0])
    assert still(look) == "t1"
    look.wait(look.offer("c1", "t1"))
    assert still(look) == ""


def test_not_who_waits_for_an_answer(look: Facts) -> None:
    inbox.send(look.project, Message(ids.question(time.time_ns(), 1), ME, "human", "x", "x", kinds.ASK))
    assert still(look) == ""


@pytest.mark.parametrize(
    ("lanes", "card"),
    [
        ({}, ""),
        ({"progress": "- [x] One (engineer-2) ^t1"}, ""),
        ({"progress": "- [x] One (engineer-1) ^t1 [blocked:: no]"}, ""),
        ({"progress": "- [x] Two (engineer-1) ^t2"}, ""),
        ({"progress": "- [x] Two (engineer-1) ^t2\n- [x] One (engineer-1) ^t1"}, "t1"),
        ({"progress": "- [x] One (engineer-1) ^t1 [blocked:: no]\n- [x] Two (engineer-1) ^t2"}, ""),
        ({"done": "- [x] One (engineer-1) ^t1"}, ""),
    ],
)
def test_only_with_a_card_in_hand_that_it_was_briefed_for(look: Facts, lanes: dict[str, str], card: str) -> None:
    look.write_board(**lanes)
    assert still(look) == card


@pytest.mark.parametrize(("flags", "stands"), [("", False), ("S", True), ("ST", False)])
def test_only_a_brief_that_was_read_and_stands_counts(look: Facts, flags: str, stands: bool) -> None:
    look.write_board(progress="- [x] Two (engineer-1) ^t2")
    get(look, ids.brief("t2", 1), kinds.BRIEF, flags, "t2")
    if not flags:
        assert still(look) == ""
    assert bool(idle.unreported(look, ME)) == stands
    assert idle.brief_of(look, ME, "t2") == (ids.brief("t2", 1) if stands else "")


def test_asked_once_for_each_brief_and_again_when_it_has_come_back(look: Facts) -> None:
    card = look.card("t1")
    assert card and not idle.was_nudged(look, ME, card)
    get(look, idle.nudge_id(look, ME, card), kinds.NUDGE, "S")
    assert idle.was_nudged(look, ME, card)
    look.back["t1"] = [Attempt(1, "failed", "c1")]
    assert not idle.was_nudged(look, ME, card)


def test_overdue_by_the_teams_own_patience(look: Facts) -> None:
    look.team = replace(look.team, nudge=60.0)
    assert idle.is_overdue(look, time.time() - 61) and not idle.is_overdue(look, time.time() - 59)


# cut off


def cut(look: Facts, state: str = READY, seconds_ago: float = 100.0) -> bool:
    look.says(ME, state, seconds_ago=50, cut=time.time() - seconds_ago if seconds_ago else 0.0)
    return bool(idle.cut_off(look, ME))


def test_cut_off_until_it_was_told_to_go_on(look: Facts) -> None:
    assert cut(look)
    get(look, ids.again(ME, "1.000"), kinds.NUDGE)
    assert not cut(look)
    assert cut(look, seconds_ago=-100), "a turn that was cut off since then is told of once more"


def test_no_cut_is_none(look: Facts) -> None:
    assert not cut(look, seconds_ago=0)


@pytest.mark.parametrize("state", [STARTING, WORKING, LIMIT, GONE])
def test_who_is_not_ready_again_is_not_told_yet(look: Facts, state: str) -> None:
    assert not cut(look, state)


def test_what_is_on_its_way_comes_first(look: Facts) -> None:
    deliveries.record(look.project, ME, deliveries.Sent("m1", time.time()))
    assert not cut(look)


# at work in its worktree


@pytest.mark.parametrize(("state", "at_work"), [("", True), (WORKING, True), (GONE, True), (READY, False)])
def test_in_a_turn_is_who_has_a_pane_and_is_not_known_to_be_ready(look: Facts, state: str, at_work: bool) -> None:
    (look.project.member_directory(ME) / "state.json").unlink()
    if state:
        look.says(ME, state)
    look.again()
    assert idle.in_a_turn(look, ME) == at_work
    assert not idle.in_a_turn(look, "engineer-2")


# limits


@pytest.mark.parametrize(("lately", "seconds"), [(0, 600), (1, 1200), (2, 2400), (3, 4800), (4, 7200), (9, 7200)])
def test_the_more_often_a_limit_was_tried_lately_the_longer_it_waits(look: Facts, lately: int, seconds: int) -> None:
    for number in range(lately):
        get(look, ids.again(ME, f"{number}.000"), kinds.NUDGE, "S")
    assert limits.tried_again_at(look.project, ME, State(LIMIT, 1000.0, "")) == 1000.0 + seconds


def test_who_is_cut_off_again_and_again_is_not_told_to_go_on_without_end(look: Facts) -> None:
    told = 0
    for number in range(40):
        look.says(ME, READY, seconds_ago=0, cut=time.time())
        if not (cut := idle.cut_off(look, ME)):
            break
        get(look, ids.again(ME, f"{cut:.3f}.{number}"), kinds.NUDGE, flags="S")
        told += 1
    assert told == 12 and idle.is_worn_out(look, ME)
    look.team = replace(look.team, nudge=0.0)
    assert any("again and again" in what for what, _, _ in agents.needs(look)), "a person hears of it"
    get(look, "m9", flags="S")
    look.says(ME, READY, seconds_ago=0, cut=time.time())
    assert idle.cut_off(look, ME), "whoever writes to it sets it going"


# What makes an agent in a pane get one more message of each kind: an act of somebody's own, or a cap of ours.
BOUNDS = {
    kinds.BRIEF: "a card is given, or given back", kinds.FAILED: "a report; so many retries, then its card is blocked",
    kinds.TOGETHER: "a report; so many retries", kinds.CONFLICT: "a report; so many retries",
    kinds.REJECTED: "somebody's word", kinds.INCOMPLETE: "a report; so many retries",
    kinds.UNBLOCKED: "somebody's word", kinds.CHANGED: "a save of the card's words", kinds.NOTE: "somebody wrote it",
    kinds.ASK: "somebody asked it", kinds.REVIEW: "a new commit", kinds.BLOCKED: "an engineer's word",
    kinds.DIGEST: "a fact nobody told yet, by a key that does not change with time", kinds.MILESTONE: "a landing",
    kinds.ESCALATED: "a need, once", kinds.NUDGE: "once for a brief and attempt; going on: twelve in a row",
    kinds.CLASH: "three for a pair of cards", kinds.VOID: "a card is taken back",
    kinds.NOTICE: "a commit, a save of the board",
}  # fmt: skip


def test_of_each_kind_that_costs_a_turn_it_is_known_what_bounds_it() -> None:
    assert set(BOUNDS) == {word for word, kind in kinds.TABLE.items() if kind.pane != kinds.PUT_AWAY}
