"""At which level something stands that somebody below cannot solve, whoever is mute, gone or not there."""

from __future__ import annotations

import itertools
import math
import time
from pathlib import Path

import pytest
from rules.facts import Facts
from rules.ladder import ARCHITECT, HUMAN, MANAGER, ME, ask, get, ladder, later, runs

from batty_hooks.people import identity
from batty_hooks.people.needs import approvals, passed_up
from batty_hooks.rules import escalation, reporting
from batty_hooks.rules.escalation import Level
from batty_hooks.rules.standing import PROTECTED, REVIEW
from batty_hooks.state import blocks, told
from batty_hooks.state.blocks import Block
from batty_hooks.state.verdicts import PASSED
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds, offer_ids

CHAIN = [MANAGER, ARCHITECT, HUMAN]


@pytest.fixture
def look(tmp_path: Path) -> Facts:
    found = ladder(tmp_path)
    for name in (MANAGER, ARCHITECT):
        runs(found, name, "working")
    return found


# the decider alone


def stands(now: float, told: dict[str, float] | None = None, waits: tuple[float, ...] = (10.0, 10.0)) -> Level:
    """Where a need of the time 0 stands, if each boss has so many seconds."""
    patience = dict(zip(CHAIN, waits, strict=False))
    return escalation.level(0.0, CHAIN, told or {}, lambda name, began: began + patience[name], now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(0, Level(MANAGER, 0, 0, 10)), (9.9, Level(MANAGER, 0, 0, 10)), (10, Level(ARCHITECT, 1, 10, 20)),
     (19.9, Level(ARCHITECT, 1, 10, 20)), (20, Level(HUMAN, 2, 20, math.inf)), (1e9, Level(HUMAN, 2, 20, math.inf))],
)  # fmt: skip
def test_it_goes_up_level_by_level_and_ends_at_the_human(now: float, expected: Level) -> None:
    assert stands(now) == expected


def test_who_was_told_late_has_as_long_from_then() -> None:
    assert stands(12, {MANAGER: 5}) == Level(MANAGER, 0, 5, 15)
    assert stands(24, {MANAGER: 5, ARCHITECT: 16}) == Level(ARCHITECT, 1, 16, 26)


def test_who_is_not_there_is_passed_by_at_once() -> None:
    assert stands(0, waits=(0.0, 10.0)) == Level(ARCHITECT, 1, 0, 10)
    assert stands(0, waits=(0.0, 0.0)) == Level(HUMAN, 2, 0, math.inf)


def test_who_is_waited_for_for_ever_keeps_it() -> None:
    assert stands(1e9, waits=(math.inf, 10.0)) == Level(MANAGER, 0, 0, math.inf)


@pytest.mark.parametrize("told_ones", [c for n in range(4) for c in itertools.combinations(CHAIN, n)])
@pytest.mark.parametrize("waits", list(itertools.product((0.0, 10.0, math.inf), repeat=2)))
def test_it_never_comes_down_and_always_stands_somewhere(told_ones: tuple[str, ...], waits: tuple[float, ...]) -> None:
    told = dict.fromkeys(told_ones, 3.0)
    highest = max((CHAIN.index(name) for name in told_ones), default=0)
    places = [stands(now, told, waits).place for now in (3, 5, 10, 13, 20, 23, 30, 1e9)]
    assert places == sorted(places) and min(places) >= highest
    if math.inf not in waits:
        assert places[-1] == 2, "somebody is told in the end, whoever is mute"


# whom it goes to


def test_the_chain_of_everybody_ends_at_the_human(look: Facts) -> None:
    assert escalation.chain(look, MANAGER) == CHAIN
    assert escalation.chain(look, ARCHITECT) == CHAIN[1:] and escalation.chain(look, HUMAN) == [HUMAN]
    for member in look.team.members:
        assert escalation.chain(look, member.boss)[-1] == HUMAN


def stood(look: Facts) -> list[tuple[str, str]]:
    look.again()
    return [("ask" if need.question else need.key.split(".")[1], level.who)
            for need, level in escalation.needs(look)]  # fmt: skip


def block(look: Facts, seconds_ago: float = 0.0) -> str:
    look.write_board(progress=f"- [x] One ({ME}) ^t1 [blocked:: no key]")
    blocks.note(look.project, Block(ME, "t1", "no key", time.time() - seconds_ago))
    look.again()
    return ids.blocked("t1", 0, "no key")


@pytest.mark.parametrize(
    ("seconds_ago", "who"), [(0, MANAGER), (599, MANAGER), (601, ARCHITECT), (1199, ARCHITECT), (1201, HUMAN)]
)
def test_a_block_is_passed_on_when_nobody_solves_it(look: Facts, seconds_ago: float, who: str) -> None:
    block(look, seconds_ago)
    assert stood(look) == [("blocked", who)]
    assert escalation.is_with_human(look, ids.blocked("t1", 0, "no key")) == (who == HUMAN)


def test_who_was_told_of_it_later_has_his_own_time(look: Facts) -> None:
    key = block(look, 900)
    told.remember(look.project, MANAGER, {key: time.time() - 100})
    assert stood(look) == [("blocked", MANAGER)]
    assert escalation.due(look) == pytest.approx(time.time() + 500, abs=30)


@pytest.mark.parametrize(
    ("word", "who"),
    [("gone", ARCHITECT), ("limit", ARCHITECT), ("asking", MANAGER), ("ready", MANAGER), ("working", MANAGER)],
)
def test_who_is_gone_or_at_a_limit_is_passed_by_sooner(look: Facts, word: str, who: str) -> None:
    block(look, 100)
    runs(look, MANAGER, word)
    assert stood(look) == [("blocked", who)]


def test_where_no_boss_runs_it_is_the_humans_at_once(tmp_path: Path) -> None:
    look = ladder(tmp_path)
    block(look, 1)
    assert stood(look) == [("blocked", HUMAN)]
    runs(look, ARCHITECT, "working")
    assert stood(look) == [("blocked", ARCHITECT)]


def test_a_boss_has_its_time_from_when_its_agent_was_started(look: Facts) -> None:
    block(look, 5000)
    runs(look, MANAGER, "working", started=time.time() - 10)
    assert stood(look) == [("blocked", MANAGER)]


def test_who_waits_for_an_answer_of_its_own_is_not_mute(look: Facts) -> None:
    block(look, 700)
    ask(look, MANAGER, ARCHITECT, 30)
    assert stood(look) == [("blocked", MANAGER), ("ask", ARCHITECT)]


def test_once_somebody_above_was_told_it_stays_there(look: Facts) -> None:
    key = block(look, 700)
    told.remember(look.project, ARCHITECT, {key: time.time() - 5})
    ask(look, MANAGER, ARCHITECT, 30)
    assert ("blocked", ARCHITECT) in stood(look)


@pytest.mark.parametrize(
    ("word", "seconds_ago", "is_read", "who"),
    [("working", 599, True, MANAGER), ("working", 601, True, ARCHITECT), ("ready", 59, True, MANAGER),
     ("ready", 61, True, ARCHITECT), ("ready", 61, False, MANAGER), ("gone", 61, False, ARCHITECT)],
)  # fmt: skip
def test_a_question(look: Facts, word: str, seconds_ago: float, is_read: bool, who: str) -> None:
    runs(look, MANAGER, word, 300)
    ask(look, seconds_ago=seconds_ago, flags="S" if is_read else "")
    assert stood(look) == [("ask", who)]


def test_who_was_told_of_it_may_answer_whatever_talks_to_says(look: Facts) -> None:
    ask(look, seconds_ago=700.0)
    assert not identity.may_write(look, ARCHITECT, ME)
    [(need, _)] = escalation.needs(look)
    told.remember(look.project, ARCHITECT, {need.key: look.at})
    look.again()
    assert identity.may_write(look, ARCHITECT, ME) and not identity.may_write(look, ARCHITECT, "engineer-2")


def test_an_idle_engineer_once_it_was_asked(look: Facts) -> None:
    look.write_board(progress=f"- [x] One ({ME}) ^t1")
    runs(look, ME)
    get(look, ME, ids.brief("t1", 1), kinds.BRIEF, "t1")
    assert stood(look) == []
    get(look, ME, ids.nudge("t1", ids.brief("t1", 1), 0), kinds.NUDGE, "t1")
    assert stood(look) == [("nudge", MANAGER)]
    later(look, 700)
    assert stood(look) == [("nudge", ARCHITECT)]


CIRCLE = "- [ ] One ^t1 [depends:: t2]\n- [ ] Two ^t2 [depends:: t1]"


@pytest.mark.parametrize("board", ["- [ ] One ^t1 [depends:: t9]", CIRCLE])
def test_a_plan_that_cannot_go_on_is_for_who_plans_and_then_for_the_human(look: Facts, board: str) -> None:
    look.write_board(todo=board)
    [(need, level)] = escalation.needs(look)
    assert (level.who, level.place) == (ARCHITECT, 0) and list(passed_up.needs(look)) == []
    told.remember(look.project, ARCHITECT, {need.key: look.at})
    later(look, 700)
    [(what, _, _)] = passed_up.needs(look)
    assert what.startswith("t1 cannot be begun: ") and what.endswith("(architect does not mend it)")
    look.landed["t9"] = "c9"
    look.again()
    assert bool(escalation.needs(look)) == ("t9" not in board)


def offered(look: Facts, member: str = ME, protected: bool = False) -> str:
    """Work that has passed and waits for a word; the id of the message that asks for it."""
    look.write_board(progress=f"- [x] One ({member}) ^t1")
    offer = look.offer("c1", "t1", member=member)
    look.protected = {"c1": ("Makefile",)} if protected else {}
    look.gate(protect=("Makefile",) if protected else ())
    look.team = replace(look.team, merge_mode="auto" if protected else "review")
    look.judge(look.candidate("c1"), PASSED, ["c1"])
    return offer_ids.word_wanted(offer.key, PROTECTED if protected else REVIEW, "c1")


@pytest.mark.parametrize("protected", [False, True])
def test_a_review_goes_up_as_a_block_does_and_whoever_it_has_come_to_may_give_the_word(
    look: Facts, protected: bool
) -> None:
    key = offered(look, protected=protected)
    get(look, MANAGER, key, kinds.REVIEW, "t1")
    [(need, level)] = escalation.needs(look)
    assert (need.key, level.who) == (key, MANAGER) and list(approvals.needs(look)) == []
    assert need.command.startswith(f"batty-hooks merge {'--approve ' if protected else ''}--commit c1 t1")
    assert reporting.facts(look, MANAGER) == [], "it has come as a message of its own"
    later(look, 700)
    assert escalation.of(look, key) == Level(ARCHITECT, 1, level.until, level.until + 600)
    [fact] = [fact for fact in reporting.facts(look, ARCHITECT) if fact.command]
    assert f"not solved by {MANAGER}" in fact.line and "batty-hooks reject t1 'why'" in fact.command
    assert reporting.facts(look, MANAGER)[0].line.startswith(f"{ARCHITECT} is asked now")
    assert list(approvals.needs(look)) == []
    later(look, 600)
    assert escalation.is_with_human(look, key) and len(list(approvals.needs(look))) == 1
    assert identity.approvers(look, ME, protected) == (MANAGER, ARCHITECT, HUMAN)


def test_a_review_is_the_humans_at_once_where_no_boss_runs_or_he_is_the_boss(tmp_path: Path) -> None:
    look = ladder(tmp_path)
    key = offered(look)
    assert escalation.is_with_human(look, key) and len(list(approvals.needs(look))) == 1
    runs(look, MANAGER, "working")
    assert escalation.of(look, key) and list(approvals.needs(look)) == [], "it is about to be asked"
    offered(look, ARCHITECT)
    assert escalation.needs(look) == []


def test_a_word_that_was_given_or_a_newer_commit_ends_the_need(look: Facts) -> None:
    offered(look)
    assert len(escalation.needs(look)) == 1
    look.offers = [replace(look.offers[0], approved="c1")]
    look.again()
    assert escalation.needs(look) == []


def test_what_is_done_or_the_humans_own_is_no_need(look: Facts) -> None:
    look.write_board(done=f"- [x] One ({ME}) ^t1 [blocked:: no]", progress="- [x] Two (human) ^t2 [blocked:: no]")
    assert stood(look) == []
