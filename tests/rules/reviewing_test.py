"""Whose word an offer waits for: its reviewer's, for so long and so often; then that of whoever is above."""

from __future__ import annotations

import os

import pytest
from rules.facts import ENGINEERS, ROLE, Facts

from batty_hooks.rules import reviewing
from batty_hooks.rules import standing as rows
from batty_hooks.rules.standing import standing
from batty_hooks.state import inbox, members, queue
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.team import Member, Role
from batty_hooks.state.team.model import Review
from batty_hooks.state.verdicts import PASSED
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds

HOUR = 3600.0
EYES = Role("reviewer", "reviewer", "claude")


@pytest.fixture
def watched(look: Facts) -> Facts:
    """The same with a reviewer, who may say nothing for an hour and send back twice."""
    seen = Member("reviewer", EYES, "human")
    look.team = replace(look.team, members=(*ENGINEERS, seen), roles=(ROLE, EYES), review=Review(2, HOUR))
    return look


def passed(look: Facts, **more: object) -> Offer:
    look.write_board(progress="- [x] One (engineer-1) ^t1")
    offer = look.offer("c1", "t1", **more)
    look.judge(look.candidate("c1"), PASSED, ["c1"])
    return offer


def asked(look: Facts, offer: Offer, ago: float = 0.0, read: bool = False) -> None:
    """The review lies in its reviewer's inbox, and has for so long."""
    id = reviewing.asked_id(offer)
    inbox.send(look.project, inbox.Message(id, "batty-hooks", "reviewer", "Review", "text", kinds.REVIEW, "t1"))
    if read:
        inbox.confirm(look.project, "reviewer", id)
    look.at += ago
    look.again()


def row(look: Facts, offer: Offer) -> str:
    look.again()
    return standing(look, offer).row


def test_without_a_reviewer_nobody_looks(look: Facts) -> None:
    assert row(look, passed(look)) == rows.PASSED


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, rows.IN_REVIEW),
        ({"reviewed": "c1"}, rows.PASSED),
        ({"approved": "c1"}, rows.PASSED),  # those above need not wait for it
        ({"reviewed": "c0", "approved": "c0"}, rows.IN_REVIEW),  # an older commit
        ({"rejected": "no"}, rows.REJECTED),
        ({"member": "human"}, rows.WITHDRAWN),
    ],
)
def test_it_waits_for_its_word(watched: Facts, said: dict[str, str], expected: str) -> None:
    assert row(watched, passed(watched, **said)) == expected


def test_a_humans_own_branch_is_not_reviewed(watched: Facts) -> None:
    offer = watched.offer("c1", member="human")
    watched.judge(watched.candidate("c1"), PASSED, ["c1"])
    assert row(watched, offer) == rows.PASSED


@pytest.mark.parametrize(("mode", "expected"), [("auto", rows.PROTECTED), ("review", rows.PROTECTED)])
def test_what_is_protected_goes_on(watched: Facts, mode: str, expected: str) -> None:
    watched.team = replace(watched.team, merge_mode=mode)
    watched.protected["c1"] = ("check.sh",)
    assert row(watched, passed(watched)) == rows.IN_REVIEW
    watched.offers[0] = replace(watched.offers[0], reviewed="c1")
    assert row(watched, watched.offers[0]) == expected


def test_after_its_rounds_whoever_is_above_is_asked(watched: Facts) -> None:
    offer = passed(watched)
    watched.back["t1"] = [Attempt(1, "failed", "b1"), Attempt(2, "rejected", "b2")]
    assert row(watched, offer) == rows.IN_REVIEW
    watched.back["t1"].append(Attempt(3, "rejected", "b3"))
    assert row(watched, offer) == rows.REVIEW
    assert reviewing.passed_by(watched, offer) == "it was sent back 2 times, so it is for you to decide"
    assert row(watched, replace(offer, approved="c1")) == rows.PASSED


@pytest.mark.parametrize(
    ("read", "state", "since_ago", "asked_ago", "expected"),
    [
        (False, members.READY, 0.0, 0.5, rows.IN_REVIEW),
        (False, members.GONE, 9.0, 1.5, rows.REVIEW),
        (False, members.WORKING, 0.5, 1.5, rows.IN_REVIEW),  # others are before it
        (False, members.WORKING, 9.0, 1.5, rows.REVIEW),  # it hangs
        (True, members.WORKING, 0.5, 1.5, rows.IN_REVIEW),  # it is at it
        (True, members.READY, 0.1, 1.5, rows.REVIEW),  # it has ended its turn, and others since
        (True, members.READY, 0.1, 0.5, rows.IN_REVIEW),
        (True, members.ASKING, 9.0, 1.5, rows.REVIEW),
    ],
)
def test_a_mute_one_is_passed_by(
    watched: Facts, monkeypatch: pytest.MonkeyPatch, read: bool, state: str, since_ago: float, asked_ago: float,
    expected: str,
) -> None:  # fmt: skip
    offer, now = passed(watched), watched.at
    asked(watched, offer, read=read)
    monkeypatch.setattr(inbox, "moved_at", lambda project, member, id: now - asked_ago * HOUR)
    watched.says("reviewer", state, since_ago * HOUR)
    watched.at = now
    assert row(watched, offer) == expected


def test_who_waits_for_an_answer_is_not_mute(watched: Facts) -> None:
    offer = passed(watched)
    asked(watched, offer, read=True)
    watched.says("reviewer", members.READY)
    question = ids.question(int(watched.at * 1e9), 1)
    inbox.send(watched.project, inbox.Message(question, "reviewer", "human", "May it?", "May it?", kinds.ASK))
    watched.at += 2 * HOUR
    assert row(watched, offer) == rows.IN_REVIEW and reviewing.mute_at(watched, offer) == float("inf")
    answer = inbox.Message("m1", "human", "reviewer", "Yes", "Yes", kinds.NOTE, reply_to=question)
    inbox.send(watched.project, answer)
    [path] = (watched.project.inboxes / "reviewer/new").glob("m1")
    os.utime(path, (watched.at, watched.at))
    assert row(watched, offer) == rows.IN_REVIEW, "it was answered just now"
    watched.at += 2 * HOUR
    assert row(watched, offer) == rows.REVIEW


def test_it_is_not_mute_before_it_is_asked(watched: Facts) -> None:
    offer = passed(watched)
    watched.at += 9 * HOUR
    assert row(watched, offer) == rows.IN_REVIEW and reviewing.mute_at(watched, offer) == float("inf")


def test_who_was_asked_in_its_place_stays_asked(watched: Facts) -> None:
    offer = passed(watched)
    asked(watched, offer)
    queue.tell(watched.project, offer, asked=reviewing.asked_id(offer))
    assert row(watched, offer) == rows.IN_REVIEW
    queue.tell(watched.project, offer, asked="t1.review.c1")
    assert row(watched, offer) == rows.REVIEW


@pytest.mark.parametrize(("read", "expected"), [(False, rows.IN_REVIEW), (True, rows.REVIEW)])
def test_a_command_that_has_ended_has_had_its_say(watched: Facts, read: bool, expected: str) -> None:
    seen = Member("reviewer", replace(EYES, agent="command", command="true"), "human")
    watched.team = replace(watched.team, members=(*ENGINEERS, seen))
    offer = passed(watched)
    asked(watched, offer, read=read)
    assert row(watched, offer) == expected


def test_a_review_that_nobody_waits_for_is_obsolete(watched: Facts) -> None:
    offer = passed(watched)
    asked(watched, offer)
    id = reviewing.asked_id(offer)
    assert reviewing.is_waited_for(watched, offer, id) and not reviewing.is_waited_for(watched, offer, "t1.reviewer.x")
    assert reviewing.obsolete(watched, "reviewer", {id}) == []
    assert reviewing.obsolete(watched, "reviewer", set()) == [id]
    inbox.confirm(watched.project, "reviewer", id)
    assert reviewing.obsolete(watched, "reviewer", set()) == []


def test_several_share_the_engineers(look: Facts) -> None:
    pair = tuple(Member(f"reviewer-{one}", EYES, "human") for one in (1, 2))
    look.team = replace(look.team, members=(*ENGINEERS, *pair), roles=(ROLE, EYES))
    assert [look.team.reviewer(one.name) for one in look.team.members] == [
        "reviewer-1", "reviewer-2", "reviewer-1", "", "",
    ]  # fmt: skip
    assert look.team.reviewer("stranger") == ""


def test_those_who_talk_with_a_role_review_it(look: Facts) -> None:
    own = Member("auditor", replace(EYES, name="auditor", talks_to=("engineer",)), "human")
    look.team = replace(look.team, members=(*ENGINEERS, Member("reviewer", EYES, "human"), own))
    assert {look.team.reviewer(one.name) for one in ENGINEERS} == {"auditor"}
    assert look.team.may_write("engineer-1", "auditor") and not look.team.may_write("engineer-1", "reviewer")
