"""Whose a branch is, and which card somebody speaks of who names none."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.facts import Facts

from batty_hooks.moves import offer
from batty_hooks.rules import branch_owner
from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.state.members import Report
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import ids, kinds

ME = "engineer-1"


def brief(look: Facts, card: str, to: str = ME) -> None:
    inbox.send(look.project, Message(ids.brief(card, 1), "batty-hooks", to, "x", "x", kinds.BRIEF, card))


@pytest.mark.parametrize(
    ("branch", "card"),
    [
        ("engineer-1/t1-one", "t1"),
        ("engineer-1/t1", "t1"),
        ("engineer-1/t12-x", "t12"),
        ("engineer-2/t1-one", "t1"),
        ("engineer-1/t5-landed", "t5"),
        ("engineer-1/t6-given-once", "t6"),
        ("engineer-2/t6-given-once", ""),
        ("engineer-1/t9-unknown", ""),
        ("engineer-1/fix", ""),
        ("somebody/t1-one", ""),
        ("t1-one", ""),
        ("main", ""),
        ("offered", "t2"),
    ],
)
def test_the_card_of_a_branch(look: Facts, branch: str, card: str) -> None:
    look.write_board(todo="- [ ] Twelve ^t12", progress="- [x] One (engineer-1) ^t1\n- [x] Two (engineer-2) ^t2")
    look.landed = {"t5": "x"}
    brief(look, "t6")
    look.offer("c1", "t2", branch="offered")
    assert branch_owner.card_of(look, branch) == card


def test_who_is_gone_from_the_team_had_branches_too(look: Facts) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1")
    assert branch_owner.card_of(look, "engineer-9/t1-one") == ""
    inbox.make(look.project, "engineer-9")
    assert branch_owner.card_of(look, "engineer-9/t1-one") == "t1"


@pytest.mark.parametrize(
    ("progress", "branch", "card"),
    [
        ("", "engineer-1/t1-one", ""),
        ("- [x] One (engineer-1) ^t1", "engineer-1/t1-one", "t1"),
        ("- [x] One (engineer-1) ^t1", "mine", "t1"),
        ("- [x] One (engineer-1) ^t1", "", "t1"),
        ("- [x] One (engineer-2) ^t1", "engineer-1/t1-one", ""),
        ("- [x] One (engineer-1) ^t1\n- [x] Two (engineer-1) ^t2", "engineer-1/t2-two", "t2"),
        ("- [x] One (engineer-1) ^t1\n- [x] Two (engineer-2) ^t2", "engineer-1/t2-two", "t1"),
    ],
)
def test_the_card_somebody_speaks_of_where_it_types(look: Facts, progress: str, branch: str, card: str) -> None:
    look.write_board(progress=progress)
    place = look.project.worktree(ME)
    look.homes = {ME: Worktree(place, "c1", branch or None)}
    found = branch_owner.card_here(look, ME, look.project.root)
    assert (found.id if found else "") == card


@pytest.mark.parametrize(
    ("lanes", "branch", "card"),
    [
        ({"progress": "- [x] One (engineer-1) ^t1"}, "engineer-1/t1-one", "t1"),
        ({"progress": "- [x] One (engineer-1) ^t1"}, "fix", "t1"),
        ({}, "fix", ""),
        ({"done": "- [x] One (engineer-1) ^t1"}, "engineer-1/t1-one", ""),
        ({}, "engineer-1/t5-landed", ""),
        ({"progress": "- [x] One (engineer-1) ^t1"}, "engineer-1/t5-landed", "t5"),
        ({"todo": "- [ ] One ^t1"}, "engineer-1/t1-one", "t1"),
    ],
)
def test_the_card_of_a_report(look: Facts, lanes: dict[str, str], branch: str, card: str) -> None:
    look.landed = {"t5": "x"}
    look.write_board(**lanes)
    assert branch_owner.reported_from(look, ME, branch) == card


def test_a_card_that_was_taken_off_the_board_is_still_its_branchs(look: Facts) -> None:
    """Its engineer may say `done` before it has read that the card is gone: nothing of it is to land by itself."""
    brief(look, "t1")
    look.write_board()
    assert branch_owner.reported_from(look, ME, "engineer-1/t1-one") == "t1"
    report = Report(ME, "t1", "engineer-1/t1-one", "c1", "done", 0.0)
    assert offer.missing(look, report) == "t1 was taken off the board"
    assert "`batty-hooks merge engineer-1/t1-one` lands it" in offer.mend(look, report)
    look.landed = {"t1": "x"}
    assert branch_owner.reported_from(look, ME, "engineer-1/t1-one") == "", "what was committed after the landing"


@pytest.mark.parametrize(
    ("member", "card", "branch", "says"),
    [
        (ME, "t1", "engineer-1/t1-one", ""),
        (ME, "t1", "fix", ""),
        (ME, "", "fix", ""),
        (ME, "t1", "engineer-1/t2-two", "engineer-1/t2-two is the branch of t2, not of t1"),
        (ME, "t1", "engineer-2/fix", "engineer-2/fix is a branch of engineer-2's"),
        (ME, "", "engineer-2/fix", "engineer-2/fix is a branch of engineer-2's"),
        (ME, "", "human/fix", ""),
        (ME, "", "feature/fix", ""),
        ("", "", "engineer-2/fix", ""),
    ],
)
def test_whose_a_branch_is_when_it_is_not_this_ones(
    look: Facts, member: str, card: str, branch: str, says: str
) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1\n- [x] Two (engineer-1) ^t2")
    assert branch_owner._foreign(look, member, card, branch) == says


def test_nothing_is_said_with_a_message_about_the_card_in_hand_or_none(look: Facts, tmp_path: Path) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1\n- [x] Two (engineer-2) ^t2", todo="- [ ] Three ^t3")
    for card in ("", "t1", "t2", "t3", "t9"):
        assert branch_owner.reminder(look, ME, card) == ""
