"""Whose word an offer waits for: its reviewer's, for so long and so often; then that of whoever is above."""

from __future__ import annotations

import os

import pytest
from rules.facts import ENGINEERS, ROLE, Facts

from batty_hooks.moves import review
from batty_hooks.rules import reviewing
from batty_hooks.rules import standing as rows
from batty_hooks.rules.standing import standing
from batty_hooks.state import inbox, members, queue
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.team import Member, Role
from batty_hooks.state.team.model import Review
from batty_hooks.state.verdicts import PASSED
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds, offer_ids

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
    assert reviewing.is_waited_for(watched, offer, "reviewer", id)
    assert not reviewing.is_waited_for(watched, offer, "reviewer", "t1.reviewer.x")
    assert reviewing.obsolete(watched, "reviewer", {id}) == []
    assert reviewing.obsolete(watched, "reviewer", set()) == [id]
    inbox.confirm(watched.project, "reviewer", id)
    watched.again()
    assert reviewing.obsolete(watched, "reviewer", set()) == []


def pair(look: Facts) -> tuple[str, str]:
    """Two reviewers, and cards in the hands of three engineers."""
    names = ("reviewer-1", "reviewer-2")
    look.team = replace(look.team, members=(*ENGINEERS, *(Member(name, EYES, "human") for name in names)),
                        roles=(ROLE, EYES), review=Review(2, HOUR))  # fmt: skip
    look.names = look.team.names
    return names


def put_to(look: Facts, name: str, *offers: Offer) -> None:
    for offer in offers:
        id = reviewing.asked_id(offer)
        inbox.send(look.project, inbox.Message(id, "batty-hooks", name, "Review", "text", kinds.REVIEW, offer.card))
    look.again()


def kept_waiting(look: Facts) -> None:
    """Longer than a reviewer may say nothing."""
    look.at += 1.1 * HOUR
    look.again()


def put_by_move(look: Facts, offer: Offer, name: str) -> None:
    put_to(look, name, offer)
    queue.tell(look.project, offer, asked=offer_ids.review(offer.key, offer.commit, name))
    key = reviewing.asked_id(offer)
    os.utime(look.project.inboxes / name / "new" / key, (look.at, look.at))


def whose(look: Facts) -> list[str]:
    look.again()
    return [reviewing.assigned(look, offer) for offer in look.offers]


@pytest.mark.parametrize(
    ("waiting", "had", "away", "count", "expected"),
    [({}, {}, (), 5, "ababa"), ({"a": 2}, {}, (), 5, "bbaba"), ({}, {"a": 3}, (), 3, "bab"),
     ({"b": 1}, {"a": 9}, (), 2, "ab"), ({}, {}, ("a",), 3, "bbb"), ({}, {}, ("a", "b"), 2, "ab")],
)  # fmt: skip
def test_who_has_the_least_before_it_gets_the_next(
    waiting: dict[str, int], had: dict[str, int], away: tuple[str, ...], count: int, expected: str
) -> None:
    new = {f"t{number}": ("a", "b") for number in range(count)}
    assert "".join(reviewing.shared(new, waiting, had, away).values()) == expected


@pytest.mark.parametrize("count", [2, 3, 7, 20])
@pytest.mark.parametrize("reviewers", ["ab", "abc"])
def test_no_reviewer_has_more_than_one_above_another_whoever_the_work_is_of(count: int, reviewers: str) -> None:
    found = list(reviewing.shared({f"t{one}": tuple(reviewers) for one in range(count)}, {}, {}, ()).values())
    shares = [found.count(name) for name in reviewers]
    assert sum(shares) == count and max(shares) - min(shares) <= 1


def test_only_who_may_look_at_it_is_chosen() -> None:
    new = {"t1": ("a",), "t2": ("a", "b"), "t3": ("a", "b"), "t4": ("b",)}
    assert list(reviewing.shared(new, {}, {}, ()).values()) == ["a", "b", "a", "b"]


def test_all_cards_of_one_engineer_do_not_go_to_one_reviewer(look: Facts) -> None:
    pair(look)
    for number in range(1, 5):
        look.offer(f"c{number}", f"t{number}")
    assert whose(look) == ["reviewer-1", "reviewer-2", "reviewer-1", "reviewer-2"]
    put_to(look, "reviewer-1", look.offers[0], look.offers[2])
    assert whose(look) == ["reviewer-1", "reviewer-2", "reviewer-1", "reviewer-2"]
    look.offers[1] = replace(look.offers[1], member="engineer-3", branch="engineer-3/t2")
    assert whose(look)[1] == "reviewer-2", "it is the load that counts, not whose it is"


def test_who_was_asked_keeps_it_through_its_rounds_however_busy(look: Facts) -> None:
    pair(look)
    first = look.offer("c1", "t1")
    put_to(look, "reviewer-2", first, look.offer("c2", "t2"), look.offer("c3", "t3"))
    assert whose(look) == ["reviewer-2"] * 3
    look.offers[0] = replace(first, commit="c9", attempt=2)
    assert whose(look)[0] == "reviewer-2"
    look.offers[1:] = [replace(one, approved=one.commit) for one in look.offers[1:]]
    look.offer("c4", "t4"), look.offer("c5", "t5"), look.offer("c6", "t6")
    assert whose(look)[3:] == ["reviewer-1", "reviewer-1", "reviewer-2"], "of two as busy, who has had fewer"


def test_one_that_left_the_team_leaves_its_reviews_to_the_others(look: Facts) -> None:
    pair(look)
    offer = passed(look)
    put_by_move(look, offer, "reviewer-1")
    assert not [item for item in review.ripe(look) if item.key.startswith("ask")]
    look.team = replace(look.team, members=tuple(one for one in look.team.members if one.name != "reviewer-1"))
    assert whose(look) == ["reviewer-2"] and row(look, offer) == rows.IN_REVIEW
    [item] = [item for item in review.ripe(look) if item.key.startswith("ask")]
    assert "reviewer-2" in item.says


def test_a_mute_one_leaves_it_to_another_who_is_at_hand_and_both_to_whoever_is_above(
    look: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair(look)
    monkeypatch.setattr(inbox, "moved_at", inbox.written_at)
    offer = passed(look)
    put_by_move(look, offer, "reviewer-1")
    assert whose(look) == ["reviewer-1"] and row(look, offer) == rows.IN_REVIEW
    kept_waiting(look)
    assert whose(look) == ["reviewer-2"] and row(look, offer) == rows.IN_REVIEW
    assert [item.key for item in review.ripe(look)] == ["ask:t1", f"withdraw:reviewer-1:{reviewing.asked_id(offer)}"]
    put_by_move(look, offer, "reviewer-2")
    look.at += 0.5 * HOUR
    assert whose(look) == ["reviewer-2"] and row(look, offer) == rows.IN_REVIEW, "it has as long again"
    assert not reviewing.is_waited_for(look, offer, "reviewer-1", reviewing.asked_id(offer))
    look.at += HOUR
    assert row(look, offer) == rows.REVIEW
    assert reviewing.passed_by(look, offer) == (
        "reviewer-1 and reviewer-2, who were asked to review it one after the other, have not said a word"
    )


@pytest.mark.parametrize("state", [members.GONE, members.LIMIT])
def test_one_that_is_away_is_not_asked_in_the_place_of_a_mute_one(
    look: Facts, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    pair(look)
    monkeypatch.setattr(inbox, "moved_at", inbox.written_at)
    offer = passed(look)
    put_by_move(look, offer, "reviewer-1")
    look.says("reviewer-2", state)
    kept_waiting(look)
    assert row(look, offer) == rows.REVIEW
    assert reviewing.passed_by(look, offer) == "reviewer-1, who reviews it, has not said a word"


def test_one_that_is_mute_about_another_card_is_not_asked_in_its_place(
    look: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair(look)
    monkeypatch.setattr(inbox, "moved_at", inbox.written_at)
    offers = look.offer("c1", "t1"), look.offer("c2", "t2")
    put_by_move(look, offers[0], "reviewer-1")
    put_by_move(look, offers[1], "reviewer-2")
    kept_waiting(look)
    assert whose(look) == ["reviewer-1", "reviewer-2"]
    look.offer("c3", "t3")
    assert whose(look)[2] in ("reviewer-1", "reviewer-2"), "what is new is put to somebody all the same"


def test_what_was_put_to_somebody_above_stays_there_though_a_reviewer_is_at_hand(
    look: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair(look)
    monkeypatch.setattr(inbox, "moved_at", inbox.written_at)
    offer = passed(look)
    put_by_move(look, offer, "reviewer-1")
    queue.tell(look.project, offer, asked="t1.review.c1")
    kept_waiting(look)
    assert whose(look) == ["reviewer-1"] and row(look, offer) == rows.REVIEW


def test_what_comes_back_goes_to_another_while_who_has_seen_it_is_away(look: Facts) -> None:
    pair(look)
    offer = passed(look)
    put_by_move(look, offer, "reviewer-1")
    look.offers[0] = replace(offer, commit="c9", attempt=2)
    assert whose(look) == ["reviewer-1"]
    look.says("reviewer-1", members.LIMIT)
    assert whose(look) == ["reviewer-2"]
    look.says("reviewer-2", members.GONE)
    assert whose(look) == ["reviewer-1"], "none is better than the other"


def test_a_word_that_was_said_is_not_asked_for_again(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    pair(look)
    monkeypatch.setattr(inbox, "moved_at", inbox.written_at)
    offer = passed(look, reviewed="c1")
    put_by_move(look, offer, "reviewer-1")
    kept_waiting(look)
    assert whose(look) == ["reviewer-1"] and row(look, offer) == rows.PASSED


def test_nobody_reviews_the_work_of_strangers(look: Facts) -> None:
    pair(look)
    look.offer("c1")
    assert whose(look) == [""] and look.team.reviewers_of("stranger") == look.team.reviewers_of("reviewer-1") == ()


def test_those_who_talk_with_a_role_review_it(look: Facts) -> None:
    own = Member("auditor", replace(EYES, name="auditor", talks_to=("engineer",)), "human")
    look.team = replace(look.team, members=(*ENGINEERS, Member("reviewer", EYES, "human"), own))
    assert {look.team.reviewers_of(one.name) for one in ENGINEERS} == {("auditor",)}
    assert look.team.may_write("engineer-1", "auditor") and not look.team.may_write("engineer-1", "reviewer")
