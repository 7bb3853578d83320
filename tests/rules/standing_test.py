"""In which row an offer stands: every row, and which of two wins when both could be said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rules.facts import Facts

from batty_hooks.rules import standing as rows
from batty_hooks.rules.standing import standing
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.verdicts import BROKEN, FAILED, PASSED, TIMEOUT
from batty_hooks.system.git import merging
from batty_hooks.system.records import replace

MINE = "- [x] One (engineer-1) ^t1"
BLOCKED = "- [x] One (engineer-1) ^t1 [blocked:: no key]"


def row(look: Facts, offer: Offer) -> str:
    look.again()
    return standing(look, offer).row


def of_card(look: Facts, progress: str = MINE, **more: object) -> Offer:
    look.write_board(progress=progress)
    return look.offer("c1", "t1", **more)


def judged(look: Facts, offer: Offer, result: str, **more: object) -> None:
    look.judge(look.candidate(offer.commit), result, [offer.commit], **more)


# each row


def test_landed(look: Facts) -> None:
    look.held.add("c1")
    assert row(look, of_card(look)) == rows.LANDED


@pytest.mark.parametrize(
    ("lanes", "is_there"),
    [
        ({"todo": "- [ ] One ^t1"}, False),
        ({"todo": MINE}, False),
        ({"progress": MINE}, True),
        ({"progress": "- [x] One (engineer-2) ^t1"}, False),
        ({"progress": "- [ ] One ^t1"}, False),
        ({"progress": "- [x] Two (engineer-1) ^t2"}, False),
        ({"done": MINE}, True),
        ({"done": "- [x] One ^t1"}, False),
        ({}, False),
    ],
)
def test_withdrawn_is_whose_card_is_gone_or_somebody_elses(look: Facts, lanes: dict[str, str], is_there: bool) -> None:
    offer = look.offer("c1", "t1")
    look.write_board(**lanes)
    assert row(look, offer) == (rows.WAITING if is_there else rows.WITHDRAWN)


def test_a_branch_needs_no_card(look: Facts) -> None:
    look.write_board()
    assert row(look, look.offer("b1")) == rows.WAITING


def test_without_a_board_nothing_is_withdrawn_and_a_card_does_not_land(look: Facts) -> None:
    card, branch = look.offer("c1", "t1"), look.offer("b1")
    assert row(look, card) == row(look, branch) == rows.WAITING
    judged(look, card, PASSED)
    judged(look, branch, PASSED)
    assert row(look, card) == rows.HELD and "kanban.md" in standing(look, card).held_by[0]
    assert row(look, branch) == rows.PASSED


def test_rejected(look: Facts) -> None:
    assert row(look, of_card(look, rejected="no")) == rows.REJECTED


def test_blocked_but_for_the_attempt_that_blocked_it(look: Facts) -> None:
    offer = of_card(look, BLOCKED, attempt=3)
    assert row(look, offer) == rows.BLOCKED
    look.back["t1"] = [Attempt(1, "failed", "c0"), Attempt(2, "failed", "c1")]
    assert row(look, offer) == rows.BLOCKED
    look.back["t1"].append(Attempt(3, "failed", "c1"))
    assert row(look, offer) == rows.WAITING


def test_conflict(look: Facts) -> None:
    look.apart.add(frozenset({"c1"}))
    offer = of_card(look)
    assert row(look, offer) == rows.CONFLICT
    found = standing(look, offer)
    assert found.candidate and found.candidate.conflicts == ("numbers/one",) and found.verdict is None


@pytest.mark.parametrize(
    ("conflicts", "is_shallow", "expected"),
    [((merging.UNRELATED,), True, rows.SHALLOW), ((merging.UNRELATED,), False, rows.CONFLICT),
     (("numbers/one",), True, rows.CONFLICT)],
)  # fmt: skip
def test_a_shallow_clone_is_nobodys_conflict(
    look: Facts, conflicts: tuple[str, ...], is_shallow: bool, expected: str
) -> None:
    if is_shallow:
        (look.project.common / "shallow").touch()
    offer = of_card(look)
    candidate = replace(look.candidate("c1"), conflicts=conflicts)
    look.together = lambda commits: candidate  # type: ignore[method-assign]
    assert row(look, offer) == expected


def test_waiting_until_there_is_a_verdict_under_todays_test(look: Facts) -> None:
    offer = of_card(look)
    assert row(look, offer) == rows.WAITING and standing(look, offer).verdict is None
    judged(look, offer, PASSED)
    assert row(look, offer) == rows.PASSED
    look.gate(command="another check")
    look._keys.clear()
    assert row(look, offer) == rows.WAITING


def test_without_a_test_command_everything_waits(look: Facts) -> None:
    look.gate(command=None)
    assert row(look, of_card(look)) == rows.WAITING


@pytest.mark.parametrize("result", [FAILED, TIMEOUT])
def test_failed_is_red_on_a_green_trunk_without_doubt(look: Facts, result: str) -> None:
    offer = of_card(look)
    look.judge(look.itself, PASSED)
    judged(look, offer, result, runs=2)
    found = standing(look, offer)
    assert (found.row, found.inquiry) == (rows.FAILED, None) and found.verdict


def test_red_waits_for_the_trunk_then_for_a_second_run(look: Facts) -> None:
    offer = of_card(look)
    judged(look, offer, FAILED)
    now = standing(look, offer)
    assert now.row == rows.WAITING and now.inquiry and now.inquiry.candidate == look.itself
    look.judge(look.itself, PASSED)
    now = standing(look, offer)
    assert now.row == rows.WAITING and now.inquiry and now.inquiry.candidate == now.candidate
    judged(look, offer, FAILED, runs=2)
    assert row(look, offer) == rows.FAILED


def test_a_red_trunk_charges_nobody(look: Facts) -> None:
    offer = of_card(look)
    judged(look, offer, FAILED, runs=9)
    look.judge(look.itself, FAILED, runs=2)
    assert row(look, offer) == rows.TRUNK_FAILS


def test_broken_with_the_trunk_is_nobodys_and_without_it_is_the_changes_own(look: Facts) -> None:
    offer = of_card(look)
    judged(look, offer, BROKEN, at="2026-01-02T00:00:00.000Z")
    assert row(look, offer) == rows.WAITING
    look.judge(look.itself, BROKEN, at="2026-01-02T00:01:00.000Z")
    assert row(look, offer) == rows.BROKEN
    look.judge(look.itself, PASSED, at="2026-01-02T00:01:00.000Z")
    assert row(look, offer) == rows.FAILED, "the change has taken the command away"
    look.judge(look.itself, FAILED, at="2026-01-02T00:01:00.000Z", runs=2)
    assert row(look, offer) == rows.TRUNK_FAILS


def test_protected_until_cleared_for_that_very_commit(look: Facts) -> None:
    look.protected["c1"] = ("ci/run",)
    offer = of_card(look)
    judged(look, offer, PASSED)
    found = standing(look, offer)
    assert (found.row, found.held_by) == (rows.PROTECTED, ("ci/run",))
    assert row(look, replace(offer, approved="c1")) == rows.PROTECTED, "looked at is not cleared"
    assert row(look, replace(offer, cleared="c0")) == rows.PROTECTED
    assert row(look, replace(offer, cleared="c1")) == rows.PASSED


def test_review_until_approved_for_that_very_commit(look: Facts) -> None:
    look.team = replace(look.team, merge_mode="review")
    offer = of_card(look)
    judged(look, offer, PASSED)
    assert row(look, offer) == row(look, replace(offer, approved="c0")) == rows.REVIEW
    assert row(look, replace(offer, approved="c1")) == rows.PASSED
    look.protected["c1"] = ("ci/run",)
    assert row(look, replace(offer, cleared="c1")) == rows.REVIEW, "cleared is not looked at"
    assert row(look, replace(offer, cleared="c1", approved="c1")) == rows.PASSED


def test_held_by_the_checkout_of_the_trunk(look: Facts) -> None:
    look.in_the_way["c1"] = ["numbers/one"]
    offer = of_card(look)
    judged(look, offer, PASSED)
    found = standing(look, offer)
    assert (found.row, found.held_by) == (rows.HELD, ("numbers/one",))


# which of two rows wins: each cause is added to all that come behind it

CAUSES: list[tuple[str, Callable[[Facts], None]]] = [
    (rows.LANDED, lambda look: look.held.add("c1")),
    (rows.WITHDRAWN, lambda look: look.write_board(progress="- [x] One (engineer-2) ^t1 [blocked:: no]")),
    (rows.REJECTED, lambda look: _said(look, rejected="no")),
    (rows.BLOCKED, lambda look: look.write_board(progress=BLOCKED)),
    (rows.CONFLICT, lambda look: look.apart.add(frozenset({"c1"}))),
    (rows.TRUNK_FAILS, lambda look: _red(look)),
    (rows.PROTECTED, lambda look: look.protected.update(c1=("ci/run",))),
    (rows.REVIEW, lambda look: setattr(look, "team", replace(look.team, merge_mode="review"))),
    (rows.HELD, lambda look: look.in_the_way.update(c1=["numbers/one"])),
]


def _said(look: Facts, **words: str) -> None:
    look.offers = [replace(offer, **words) for offer in look.offers]


def _red(look: Facts) -> None:
    judged(look, look.offers[0], FAILED, runs=2)
    look.judge(look.itself, FAILED, runs=2)


def test_the_order_of_precedence(look: Facts) -> None:
    judged(look, of_card(look), PASSED)
    assert row(look, look.offers[0]) == rows.PASSED
    for expected, cause in reversed(CAUSES):
        cause(look)
        assert row(look, look.offers[0]) == expected


def test_one_look_gives_one_answer(look: Facts) -> None:
    offer = of_card(look)
    first = standing(look, offer)
    look.held.add("c1")
    assert standing(look, offer) is first and row(look, offer) == rows.LANDED
