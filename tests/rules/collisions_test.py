"""When branches in hand are merged with each other, and who is told of what was found."""

from __future__ import annotations

import time

import pytest
from rules.facts import TIP, Facts

from batty_hooks.rules import collisions
from batty_hooks.rules.collisions import Work
from batty_hooks.state import clashes, inbox, members
from batty_hooks.state.clashes import Clash, Found
from batty_hooks.state.members import Report
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import ids, kinds

ONE, TWO = "1" * 40, "2" * 40


@pytest.fixture
def busy(look: Facts) -> Facts:
    """Two engineers with a card and a commit each; t1 was begun after t2."""
    look.write_board(progress="- [ ] One (engineer-1) ^t1\n- [ ] Two (engineer-2) ^t2")
    look.homes = {
        f"engineer-{number}": Worktree(look.project.root / f"w{number}", commit, f"engineer-{number}/t{number}-x")
        for number, commit in ((1, ONE), (2, TWO))
    }
    look.names = look.team.names
    for number in (2, 1):
        name = f"engineer-{number}"
        inbox.make(look.project, name)
        inbox.send(look.project, inbox.Message(ids.brief(f"t{number}", 1), "x", name, "s", "b", kinds.BRIEF))
        time.sleep(0.02)
    return look


def found(look: Facts, **more: object) -> None:
    clashes.write(look.project, Found(**{"of": collisions.name_of(look), "at": time.time(), **more}))
    look.again()


def test_a_look_is_wanted_when_a_branch_or_the_trunk_has_moved(busy: Facts) -> None:
    assert collisions.wanted(busy)
    found(busy)
    assert collisions.wanted(busy) == "" and collisions.due(busy) == float("inf")
    busy.land("c")
    assert collisions.wanted(busy)


def test_none_is_wanted_where_nobody_can_clash(busy: Facts) -> None:
    busy.held.add(TWO)
    assert collisions.wanted(busy) == ""
    busy.homes.pop("engineer-2")
    busy.again()
    assert collisions.wanted(busy) == ""


def test_what_is_left_over_is_gone_on_with_and_what_is_over_is_forgotten(busy: Facts) -> None:
    found(busy, left=3)
    assert collisions.wanted(busy).endswith(".3")
    found(busy, clashes=(Clash("t1", "engineer-1", "t2", "engineer-2", ("a",)),))
    assert collisions.wanted(busy) == "" and len(collisions.standing(busy)) == 1
    busy.homes.pop("engineer-2")
    busy.again()
    assert collisions.wanted(busy) and collisions.standing(busy) == []


def test_what_is_offered_counts_beside_what_is_in_the_worktrees(busy: Facts) -> None:
    busy.offer("3" * 40, "t3")
    busy.again()
    assert collisions.in_hand(busy)[-1] == Work("t3", "engineer-1", "3" * 40, None)
    assert {work.card for work in collisions.in_hand(busy)} == {"t1", "t2", "t3"}


def test_the_younger_is_told_unless_it_has_reported_or_is_the_same(busy: Facts) -> None:
    one, two = collisions.in_hand(busy)
    clash = collisions.clash(busy, two, one, ("a", "b"))
    assert (clash.card, clash.other) == ("t1", "t2"), "t1 was briefed later"
    assert collisions.is_to_be_told(busy, clash)
    assert collisions.words(clash, "t1") == "will clash with t2 in a, b"
    assert collisions.words(clash, "t2") == "will clash with t1 in a, b"
    assert not collisions.is_to_be_told(busy, Clash("t1", "engineer-1", "t2", "engineer-1", ("a",)))
    members.report(busy.project, Report("engineer-1", "t1", "engineer-1/t1-x", ONE, "done", time.time()))
    busy.again()
    assert not collisions.is_to_be_told(busy, clash)


def test_a_pair_is_told_three_times_at_most_whatever_files_it_is_about(busy: Facts) -> None:
    for number in range(4):
        clash = Clash("t1", "engineer-1", "t2", "engineer-2", (f"file-{number}",))
        busy.again()
        assert collisions.is_to_be_told(busy, clash) == (number < 3)
        id = ids.clash("t1", "t2", clash.paths)
        inbox.send(busy.project, inbox.Message(id, "x", "engineer-1", "x", "x", kinds.CLASH, "t1"))
    assert collisions.is_to_be_told(busy, Clash("t1", "engineer-1", "t3", "engineer-3", ("a",))), "another pair"


def test_many_files_are_counted(busy: Facts) -> None:
    assert collisions.words(Clash("t1", "a", "t2", "b", tuple("abcde")), "t1").endswith("in a, b, c and 2 more")
    assert TIP not in collisions.name_of(busy)
