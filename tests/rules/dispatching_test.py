"""Which cards are begun, and who gets which."""

from __future__ import annotations

import os
import time
from itertools import permutations
from typing import Any

import pytest
from rules.facts import ENGINEERS, ROLE, Facts

from batty_hooks.rules import dispatching
from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.state.team import Member
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds

BACKEND, FRONTEND = replace(ROLE, name="backend"), replace(ROLE, name="frontend")
TWO_ROLES = tuple(Member(f"{role.name}-{number}", role, "human") for role in (BACKEND, FRONTEND) for number in (1, 2))


@pytest.fixture(autouse=True)
def everybody_is_free(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Who is in the set is not: whether a worktree may go to another card is asked of git and processes."""
    busy: set[str] = set()

    def free(look: Facts, member: str) -> bool:
        card = look.in_hand(member)
        return member not in busy and not (card and not card.blocked)

    monkeypatch.setattr(dispatching, "is_free", free)
    return busy


def given(look: Facts, **team: Any) -> dict[str, str]:
    look.team = replace(look.team, **team)
    look.again()
    return {card.id: member for card, member in dispatching.assignments(look)}


def briefed(look: Facts, member: str, seconds_ago: float) -> None:
    id = ids.brief(f"t9{int(seconds_ago)}", 1)
    inbox.send(look.project, Message(id, "x", member, "x", "x", kinds.BRIEF))
    at = time.time() - seconds_ago
    os.utime(look.project.inboxes / member / "new" / id, (at, at))


def test_each_free_engineer_gets_one_in_the_order_of_the_board(look: Facts) -> None:
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2\n- [ ] C ^t3\n- [ ] D ^t4")
    assert given(look) == {"t1": "engineer-1", "t2": "engineer-2", "t3": "engineer-3"}


def test_who_has_waited_longest_comes_first(look: Facts) -> None:
    for member, ago in (("engineer-1", 10), ("engineer-2", 30), ("engineer-3", 20)):
        briefed(look, member, ago)
        briefed(look, member, ago + 100)
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2")
    assert given(look) == {"t1": "engineer-2", "t2": "engineer-3"}


def test_who_has_a_blocked_card_in_hand_comes_after_who_has_none(look: Facts) -> None:
    briefed(look, "engineer-2", 10)
    briefed(look, "engineer-3", 20)
    look.write_board("- [ ] A ^t1", "- [x] B (engineer-1) ^t2 [blocked:: x]")
    assert given(look) == {"t1": "engineer-3"}


def test_nobody_starves(look: Facts) -> None:
    """One card at a time, whoever is free: each gets one in turn."""
    got = []
    for number in range(9):
        look.write_board(f"- [ ] A ^t{number}")
        [member] = given(look).values()
        got.append(member)
        briefed(look, member, 1000 - number)
    assert sorted(got[:3]) == sorted(got[3:6]) == sorted(got[6:]) == [one.name for one in ENGINEERS]


def test_an_owned_card_waits_for_its_owner_and_others_pass_it(look: Facts, everybody_is_free: set[str]) -> None:
    look.write_board("- [ ] A (engineer-2) ^t1\n- [ ] B ^t2\n- [ ] C ^t3\n- [ ] D ^t4")
    assert given(look)["t1"] == "engineer-2"
    everybody_is_free.add("engineer-2")
    assert given(look) == {"t2": "engineer-1", "t3": "engineer-3"}


def test_who_alone_may_take_a_later_card_leaves_the_earlier_one_to_another(look: Facts) -> None:
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2\n- [ ] C (engineer-1) ^t3")
    assert given(look) == {"t1": "engineer-3", "t2": "engineer-2", "t3": "engineer-1"}


def test_no_one_idles_while_a_card_that_fits_is_ready(look: Facts) -> None:
    """Whatever the order of the cards: two for each role and one for all leave nobody of four without one."""
    lines = ["A #frontend", "B #backend", "C", "D #frontend"]
    for order in permutations(range(4)):
        look.write_board("\n".join(f"- [ ] {lines[number]} ^t{number}" for number in order))
        found = given(look, members=TWO_ROLES)
        assert sorted(found.values()) == [one.name for one in TWO_ROLES]
        assert all(lines[int(id[1:])].split("#")[-1][1:4] in ("", member[1:4]) or "#" not in lines[int(id[1:])]
                   for id, member in found.items())  # fmt: skip


def test_an_earlier_card_is_never_given_up_for_a_later_one(look: Facts) -> None:
    look.write_board("- [ ] A #frontend ^t1\n- [ ] B #frontend ^t2\n- [ ] C #frontend ^t3\n- [ ] D #backend ^t4")
    assert set(given(look, members=TWO_ROLES)) == {"t1", "t2", "t4"}


def test_what_nobody_may_take_is_given_to_nobody(look: Facts) -> None:
    look.write_board("- [ ] A [role:: nobody] ^t1\n- [ ] B (human) ^t2\n- [ ] C ^t3")
    assert given(look) == {"t3": "engineer-1"}


@pytest.mark.parametrize("mark", ["[blocked:: x]", "[hold:: until the plan is whole]", "[hold:: ]", "[depends:: t7]"])
def test_what_is_held_back_is_given_to_nobody(look: Facts, mark: str) -> None:
    look.write_board(f"- [ ] A {mark} (engineer-1) ^t1\n- [ ] B ^t2")
    assert given(look) == {"t2": "engineer-1"}


@pytest.mark.parametrize(
    ("todo", "done", "begun"),
    [
        ("- [ ] A ^t1 [blocked:: no key]\n- [ ] B [depends:: t1] ^t2", "", ""),
        ("- [ ] A [depends:: t2] ^t1\n- [ ] B [depends:: t1] ^t2\n- [ ] C ^t3", "", "t3"),
        ("- [ ] B [depends:: t1] ^t2", "- [x] Rent a server ^t1", "t2"),  # done by a person, who has no branch
    ],
    ids=["a blocked one", "a circle", "a person's own"],
)
def test_what_waits_for_other_cards(look: Facts, todo: str, done: str, begun: str) -> None:
    look.write_board(todo, done=done)
    assert " ".join(sorted(given(look))) == begun


# dispatch


def other_lane(look: Facts, title: str, todo: str = "") -> None:
    look.write_board(todo)
    text = f"## {title}\n- [ ] Y ^t8\n- [ ] Z (engineer-3) ^t9\n\n".encode() + look.board.raw
    look.board = type(look.board).parse(text, look.team.names)


@pytest.mark.parametrize(
    ("dispatch", "begun"),
    [
        ({"todo": "auto"}, "t1 t2"),
        ({"todo": "manual"}, "t2"),
        ({"TODO": "manual"}, "t2"),
        ({"To Do": "manual", "Next Sprint": "manual"}, "t2 t9"),
        ({"Next Sprint": "manual"}, "t1 t2 t9"),
        ({"next sprint": "auto"}, "t1 t2 t8"),  # (there are three engineers)
        ({"todo": "manual", "Next Sprint": "auto"}, "t2 t8 t9"),
        ({"Done": "auto", "Doing": "manual", "Another": "auto"}, "t1 t2"),
    ],
)
def test_from_which_lanes_cards_are_begun_and_by_whose_choice(
    look: Facts, dispatch: dict[str, str], begun: str
) -> None:
    other_lane(look, "Next Sprint (5)", "- [ ] W ^t1\n- [ ] X (engineer-2) ^t2")
    assert " ".join(sorted(given(look, dispatch=dispatch))) == begun


def test_todo_comes_before_a_lane_of_ones_own(look: Facts) -> None:
    other_lane(look, "Later", "- [ ] W ^t1\n- [ ] X ^t2")
    assert list(given(look, dispatch={"later": "auto"})) == ["t1", "t2", "t8"]


# wip


def test_so_many_cards_of_the_team_are_in_progress_and_no_more(look: Facts) -> None:
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2", "- [x] C (engineer-3) ^t3")
    assert len(given(look)) == 2
    assert given(look, wip=2) == {"t1": "engineer-1"}
    assert given(look, wip=1) == {}


def test_a_blocked_card_does_not_count(look: Facts) -> None:
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2", "- [x] C (engineer-3) ^t3 [blocked:: x]")
    assert list(given(look, wip=1)) == ["t1"]


def test_so_many_of_a_role(look: Facts) -> None:
    one = replace(FRONTEND, wip=1)
    members = tuple(replace(member, role=one) if member.role is FRONTEND else member for member in TWO_ROLES)
    look.write_board("- [ ] A #frontend ^t1\n- [ ] B #frontend ^t2\n- [ ] C ^t3\n- [ ] D ^t4")
    found = given(look, members=members)
    assert sum(member.startswith("frontend") for member in found.values()) == 1
    assert "t1" in found
    look.write_board("- [ ] B #frontend ^t2\n- [ ] C ^t3", "- [x] A #frontend (frontend-2) ^t1")
    assert given(look) == {"t3": "backend-1"}


def test_why_cards_wait_is_said(look: Facts) -> None:
    look.write_board("\n".join(f"- [ ] A ^t{n}" for n in range(8)) + "\n- [ ] B [hold:: x]\n- [ ] C (engineer-1) ^t9",
                     "- [x] D (engineer-2) ^t10")  # fmt: skip
    assert dispatching.waiting_words(look) == ["held back: “B”"]
    look.team = replace(look.team, dispatch={"todo": "manual"}, wip=1)
    look.again()
    assert dispatching.waiting_words(look) == [
        "to be assigned: t0, t1, t2, t3, t4, t5, 2 more", "held back: “B”",
        "waiting while as many are in progress as may be (wip): t9"]  # fmt: skip


def lost(look: Facts, member: str, times: int, card: str = "t1") -> None:
    """It had the card so often, and it was taken back each time."""
    for number in range(1, times + 1):
        inbox.send(look.project, Message(ids.brief(card, number), "x", member, "x", "x", kinds.BRIEF))
        inbox.confirm(look.project, member, ids.brief(card, number), "ST")


def test_that_a_card_waits_for_another_is_said(look: Facts) -> None:
    """engineer-1 and engineer-3 are free, and had it twice; engineer-2 is at work."""
    look.write_board("- [ ] A ^t1", "- [x] B (engineer-2) ^t2")
    for member in ("engineer-1", "engineer-3"):
        lost(look, member, 2)
    words = "waiting for another than who has lost it 2 times (`batty-hooks assign` gives it all the same): t1"
    assert given(look) == {} and dispatching.waiting_words(look) == [words]
    lost(look, "engineer-2", 2)
    assert given(look) == {"t1": "engineer-1"} and dispatching.waiting_words(look) == []


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((0, 0, 0), "engineer-1"),
        ((1, 0, 0), "engineer-1"),  # once is no circle
        ((2, 0, 0), ""),
        ((2, 2, 0), ""),
        ((2, 2, 2), "engineer-1"),  # nobody is better than the others
    ],
)
def test_who_lost_a_card_twice_is_not_given_it_while_somebody_else_may_have_it(
    look: Facts, everybody_is_free: set[str], times: tuple[int, ...], expected: str
) -> None:
    everybody_is_free |= {"engineer-2", "engineer-3"}
    for member, count in zip(ENGINEERS, times, strict=True):
        lost(look, member.name, count)
    look.write_board("- [ ] A ^t1\n- [ ] B (engineer-2) ^t2")
    assert given(look) == ({"t1": expected} if expected else {})


@pytest.mark.parametrize(("word", "waits"), [("working", True), ("gone", False), ("limit", False)])
def test_nobody_is_waited_for_who_does_not_work(
    look: Facts, everybody_is_free: set[str], word: str, waits: bool
) -> None:
    everybody_is_free |= {"engineer-2", "engineer-3"}
    lost(look, "engineer-1", 2)
    for name in ("engineer-2", "engineer-3"):
        look.says(name, word)
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2")
    assert given(look) == ({"t2": "engineer-1"} if waits else {"t1": "engineer-1"})


def test_its_owner_gets_it_however_often_it_lost_it(look: Facts) -> None:
    lost(look, "engineer-1", 5)
    look.write_board("- [ ] A (engineer-1) ^t1")
    assert given(look) == {"t1": "engineer-1"}


def test_who_gave_a_card_back_is_not_the_first_to_get_it_again(look: Facts) -> None:
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2")
    briefed(look, "engineer-2", 10)
    briefed(look, "engineer-3", 20)
    inbox.send(look.project, Message(ids.brief("t1", 1), "x", "engineer-1", "x", "x", kinds.BRIEF))
    os.utime(look.project.inboxes / "engineer-1/new" / ids.brief("t1", 1), (0, 0))
    assert given(look) == {"t1": "engineer-1", "t2": "engineer-3"}
    inbox.confirm(look.project, "engineer-1", ids.brief("t1", 1), "ST")
    assert given(look) == {"t1": "engineer-3", "t2": "engineer-1"}
    look.write_board("- [ ] A ^t1", "- [x] B (engineer-2) ^t2\n- [x] C (engineer-3) ^t3")
    assert given(look) == {"t1": "engineer-1"}, "but it gets it where there is nobody else"


def test_a_lane_that_is_not_there_is_named(look: Facts) -> None:
    other_lane(look, "Next Sprint")
    said = {"To Do": "auto", "next sprint": "auto", "Nxet": "auto", "Doing": "auto"}
    look.team = replace(look.team, dispatch=said)
    assert dispatching.unknown_lanes(look) == ["Nxet", "Doing"]
