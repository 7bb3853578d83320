"""Which facts a boss is told, when, and what only rides along."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rules.facts import Facts
from rules.ladder import ARCHITECT, HUMAN, MANAGER, ME, ask, get, ladder, later, runs

from batty_hooks.rules import reporting
from batty_hooks.state import blocks, deliveries, told
from batty_hooks.state.blocks import Block
from batty_hooks.state.queue import Attempt
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds, offer_ids

OTHER = "engineer-1-2"
BLOCKED = f"- [x] One ({ME}) ^t1 [blocked:: no key]"


@pytest.fixture
def look(tmp_path: Path) -> Facts:
    """Everybody's agent is idle."""
    found = ladder(tmp_path)
    for member in found.team.members:
        runs(found, member.name)
    return found


def news(look: Facts, name: str = MANAGER) -> list[str]:
    look.again()
    return [fact.line for fact in reporting.news(look, name)]


def block(look: Facts, seconds_ago: float = 5.0, more: str = "") -> str:
    look.write_board(progress=f"{BLOCKED}\n{more}")
    blocks.note(look.project, Block(ME, "t1", "no key", time.time() - seconds_ago))
    look.again()
    return ids.blocked("t1", 0, "no key")


def test_a_block_is_told_to_its_engineers_own_boss_alone(look: Facts) -> None:
    block(look)
    assert news(look) == ["t1 (One) of engineer-1-1 is blocked: no key"]
    assert news(look, "manager-2") == news(look, ARCHITECT) == news(look, ME) == []
    [fact] = reporting.news(look, MANAGER)
    assert fact.command == "batty-hooks task unblock t1"


def test_cards_that_are_given_out_by_hand_are_told_to_whose_engineers_idle_for_them(look: Facts) -> None:
    look.homes = {ME: Worktree(look.project.worktrees / ME, look.tip, None)}
    look.write_board(todo="- [ ] One ^t1\n- [ ] Two [for:: manager-2] ^t2\n- [ ] Three (engineer-2-1) ^t3")
    assert news(look) == []
    look.team = replace(look.team, dispatch={"todo": "manual"})
    assert news(look) == [f"t1 (One) waits to be assigned, and {ME} has nothing to do"]
    [fact] = reporting.news(look, MANAGER)
    assert fact.command == f"batty-hooks assign {ME} t1"
    assert news(look, "manager-2") == news(look, ARCHITECT) == []


def test_nothing_is_told_twice(look: Facts) -> None:
    key = block(look)
    told.remember(look.project, MANAGER, {key: time.time()})
    assert news(look) == []


def test_a_block_that_came_as_a_message_is_no_news(look: Facts) -> None:
    get(look, MANAGER, block(look), kinds.BLOCKED, "t1")
    assert news(look) == []


@pytest.mark.parametrize("word", ["working", "starting", "asking", "limit", "gone"])
def test_only_who_is_idle_is_told(look: Facts, word: str) -> None:
    block(look)
    runs(look, MANAGER, word)
    assert news(look) == []


def test_not_who_has_something_to_read(look: Facts) -> None:
    block(look)
    get(look, MANAGER, "m1", flags="")
    assert news(look) == []
    get(look, MANAGER, "m1")
    assert news(look)
    look.project.member_directory(MANAGER).mkdir(exist_ok=True)
    deliveries.record(look.project, MANAGER, deliveries.Sent("m1", time.time()))
    assert news(look) == []


def test_what_needs_nothing_waits_for_something_that_does(look: Facts) -> None:
    look.write_board(progress=f"- [x] Two ({OTHER}) ^t2")
    look.back["t2"] = [Attempt(1, "failed", "c1"), Attempt(2, "conflict", "c2")]
    get(look, OTHER, offer_ids.landed("t3", "abc1234def"), kinds.LANDED, "t3")
    assert news(look) == []
    block(look, more=f"- [x] Two ({OTHER}) ^t2")
    assert news(look) == [
        "t1 (One) of engineer-1-1 is blocked: no key",
        "t2 (Two) of engineer-1-2 came back, attempt 1: its test failed",
        "t2 (Two) of engineer-1-2 came back, attempt 2: it conflicts with the trunk",
        "t3 of engineer-1-2 has landed as abc1234",
    ]
    assert news(look, "manager-2") == []


def test_what_was_passed_by_is_told_above_and_rides_along_below(look: Facts) -> None:
    key = block(look, 700)
    told.remember(look.project, MANAGER, {key: time.time() - 650})
    assert news(look) == [], "it costs the mute one no turn"
    [above] = news(look, ARCHITECT)
    assert above.startswith("t1 (One) of engineer-1-1 is blocked: no key (since ")
    assert above.endswith("; not solved by manager-1)")
    [fact] = [fact for fact in reporting.facts(look, MANAGER) if fact.key.endswith(".passed")]
    assert fact.line.startswith("architect is asked now") and not fact.command
    later(look, 1300)
    assert not [fact for fact in reporting.facts(look, ARCHITECT) if fact.command], "it is the human's by now"


def test_a_question_is_no_fact_for_who_was_asked_and_one_for_who_is_next(look: Facts) -> None:
    ask(look, seconds_ago=400)
    runs(look, MANAGER, "ready", 300)
    assert reporting.open_questions(look, MANAGER) and not [
        fact for fact in reporting.facts(look, MANAGER) if fact.command
    ]
    assert [line.partition(" (since")[0] for line in news(look, ARCHITECT)] == [
        "engineer-1-1 has asked manager-1: ask" + line.partition("manager-1: ask")[2].partition(" (")[0]
        for line in news(look, ARCHITECT)
    ]


@pytest.mark.parametrize(("starts", "is_told"), [(1, False), (5, True)])
def test_an_engineer_that_ended_again_and_again_is_for_its_boss_to_replace(
    look: Facts, starts: int, is_told: bool
) -> None:
    from batty_hooks.state import panes
    from batty_hooks.system.records import replace

    look.write_board(progress=f"- [x] One ({ME}) ^t1")
    runs(look, ME, "gone")
    pane = next(pane for pane in look.panes if pane.member == ME)
    panes.record(look.project, replace(pane, starts=tuple(time.time() for _ in range(starts))))
    look.__dict__.pop("panes", None)
    assert bool(news(look)) == is_told


def test_an_engineer_at_a_limit_that_is_tried_again_and_again_is_told_once(look: Facts) -> None:
    look.write_board(progress=f"- [x] One ({ME}) ^t1")
    get(look, ME, ids.brief("t1", 1), kinds.BRIEF, "t1")
    runs(look, ME, "limit", 9)
    [line] = news(look)
    assert line.startswith(f"{ME} has reached a limit: ") and "t1 is in its hand" in line
    told.remember(look.project, MANAGER, dict.fromkeys((fact.key for fact in reporting.facts(look, MANAGER)), 1.0))
    for seconds_ago in (5, 3, 1):
        runs(look, ME, "limit", seconds_ago)
        assert news(look) == []


def test_the_human_and_strangers_are_told_nothing_so(look: Facts) -> None:
    block(look)
    assert news(look, HUMAN) == [] and news(look, "nobody") == []
