"""What follows from what the forge says of a pull request: each row of the table, and which of two goes first."""

from __future__ import annotations

import math

import pytest
from rules.facts import Facts

from batty_hooks.rules import pulls as rule
from batty_hooks.rules import rechecks
from batty_hooks.rules import standing as rows
from batty_hooks.rules.batch import plan
from batty_hooks.rules.standing import standing
from batty_hooks.state import pulls
from batty_hooks.state.pulls import Notes, Pull
from batty_hooks.state.queue import Attempt
from batty_hooks.state.team import Remote
from batty_hooks.state.verdicts import FAILED, PASSED
from batty_hooks.system import forge
from batty_hooks.system.forge import Answer, Check
from batty_hooks.system.records import replace

OURS = Pull("b-c1", "batty/c1", "c1", 12, "https://x/pull/12", head="c1")
RED, GREEN, GOING = (Check("unit", state) for state in (forge.RED, forge.PASSED, forge.RUNNING))
MERGED = {"state": forge.MERGED, "merge": "m1"}

JOB = Check("unit", forge.RED, "https://github.com/us/ours/actions/runs/7/job/8")
NEXT = replace(JOB, link="https://github.com/us/ours/actions/runs/7/job/9")
ONCE = replace(OURS, checks=(JOB,))
ASKED = replace(ONCE, again=(JOB,), again_at=100.0)

# what is known of it, its commit here, whether its merge is on the trunk, what the merged head holds, whether a person
# has sent it back; and what follows
SAYS: dict[str, tuple[Pull | None, str, bool, bool, bool, str]] = {
    "none is known": (None, "c1", False, False, False, rule.NONE),
    "it is pushed, not offered": (replace(OURS, number=0), "c1", False, False, False, rule.NONE),
    "it is open": (OURS, "c1", False, True, False, rule.OFFERED),
    "of an older commit": (OURS, "c2", False, False, False, rule.NONE),
    "a check is red": (replace(OURS, checks=(RED, GREEN)), "c1", False, True, False, rule.RED),
    "another is still going on": (replace(OURS, checks=(RED, GOING)), "c1", False, True, False, rule.OFFERED),
    "red in the commit before": (
        replace(OURS, head="c0", checks=(RED,)),
        "c1",
        False,
        True,
        False,
        rule.OFFERED,
    ),
    "red once, of the forge's own": (ONCE, "c1", False, True, False, rule.OFFERED),
    "asked for once more, not begun": (ASKED, "c1", False, True, False, rule.OFFERED),
    "red again": (replace(ASKED, checks=(NEXT,)), "c1", False, True, False, rule.RED),
    "it cannot be asked": (replace(ASKED, again=(replace(JOB, link=""),)), "c1", False, True, False, rule.RED),
    "green then": (replace(ASKED, checks=(GREEN,)), "c1", False, True, False, rule.OFFERED),
    "red again, and another for the first time": (
        replace(ASKED, checks=(NEXT, replace(JOB, name="lint"))),
        "c1",
        False,
        True,
        False,
        rule.OFFERED,
    ),
    "closed": (replace(OURS, state=forge.CLOSED), "c1", False, True, False, rule.CLOSED),
    "closed, and a newer commit comes": (replace(OURS, state=forge.CLOSED), "c2", False, False, False, rule.CLOSED),
    "closed, and rejected by a person": (replace(OURS, state=forge.CLOSED), "c2", False, False, True, rule.NONE),
    "merged, the trunk not seen yet": (replace(OURS, **MERGED), "c1", False, True, False, rule.ENTERING),
    "merged": (replace(OURS, **MERGED), "c1", True, True, False, rule.LANDED),
    "merged though a check was red": (replace(OURS, checks=(RED,), **MERGED), "c1", True, True, False, rule.LANDED),
    "merged, and a newer commit comes": (replace(OURS, **MERGED), "c2", True, False, False, rule.NONE),
    "merged with what nobody here has": (replace(OURS, head="h9", **MERGED), "c1", True, False, False, rule.ALTERED),
}


@pytest.mark.parametrize("what", SAYS)
def test_what_follows_for_an_offer(what: str) -> None:
    pull, commit, on_trunk, holds, sent_back, follows = SAYS[what]
    assert rule.says(pull, commit, seen(on_trunk=on_trunk, holds=holds, sent_back=sent_back)) == follows


def seen(on_trunk: bool = False, sent_back: bool = False, **said: bool) -> rule.Seen:
    """What is seen of an offer's commit: a question that ``said`` does not answer is answered with no."""
    return rule.Seen(
        on_trunk, sent_back, lambda head: said.get("holds", False),
        lambda head: said.get("is_plain", head == "c1"), lambda head: said.get("is_older", False),
        lambda: said.get("is_there", False), lambda: said.get("was_there", False),
    )  # fmt: skip


LATER = replace(OURS, head="h9", checks=(RED,))
THERE: dict[str, tuple[Pull, str, rule.Seen, str]] = {
    "red with the trunk merged into it there": (LATER, "c1", seen(is_plain=True), rule.RED),
    "red with what somebody else has pushed": (LATER, "c1", seen(is_plain=False), rule.OFFERED),
    "closed, and all of it is on the trunk": (
        replace(OURS, state=forge.CLOSED), "c1", seen(is_there=True), rule.LANDED),
    "rebased there, and merged": (
        replace(OURS, head="h9", **MERGED), "c1", seen(on_trunk=True, was_there=True), rule.LANDED),
    "an older commit of ours was merged": (
        replace(OURS, head="c0", **MERGED), "c1", seen(on_trunk=True, is_older=True), rule.NONE),
    "a person takes it so": (
        replace(OURS, head="h9", taken="c1", **MERGED), "c1", seen(on_trunk=True), rule.LANDED),
    "of that the next one is not": (
        replace(OURS, head="h9", taken="c1", **MERGED), "c2", seen(on_trunk=True), rule.NONE),
    "merged, and nobody says as what": (
        replace(OURS, state=forge.MERGED), "c1", seen(holds=True), rule.ENTERING),
    "so, and it is on the trunk": (
        replace(OURS, state=forge.MERGED), "c1", seen(holds=True, is_there=True), rule.LANDED),
}  # fmt: skip


@pytest.mark.parametrize("what", THERE)
def test_what_follows_from_what_is_seen_here(what: str) -> None:
    pull, commit, found, follows = THERE[what]
    assert rule.says(pull, commit, found) == follows


NEWS: dict[str, tuple[dict[str, object], dict[str, object], rule.News]] = {
    "nothing": ({}, {}, rule.News()),
    "merged": ({}, MERGED, rule.News(merged=True)),
    "merged, as known": (MERGED, MERGED, rule.News()),
    "closed": ({}, {"state": forge.CLOSED}, rule.News(closed=True)),
    "opened again": ({"state": forge.CLOSED}, {}, rule.News(reopened=True)),
    "out of the queue": ({"queued": True}, {"queued": False}, rule.News(thrown_out=True)),
    "merged by the queue": ({"queued": True}, MERGED, rule.News(merged=True)),
    "red": ({"checks": (GOING,)}, {"checks": (RED,)}, rule.News(red=True)),
    "red, as known": ({"checks": (RED,)}, {"checks": (RED,)}, rule.News()),
    "red in what others pushed": ({"head": "h9"}, {"head": "h9", "checks": (RED,)}, rule.News(red=True)),
}


@pytest.mark.parametrize("what", NEWS)
def test_what_is_told_of_it(what: str) -> None:
    before, now, told = NEWS[what]
    assert rule.news(replace(OURS, **before), replace(OURS, **now)) == told


@pytest.mark.parametrize(
    ("checks", "decision", "queued", "said"),
    [
        ((), "", False, "no checks"),
        ((GOING, RED), "review required", False, "checks running"),
        ((RED, GREEN), "", False, "checks failed"),
        ((GREEN,), "approved", True, "checks passed, approved, in the server's queue"),
        ((GREEN, Check("deploy", forge.WAITS)), "changes requested", False,
         "a check waits for a person, changes requested"),
    ],
)  # fmt: skip
def test_how_it_stands_in_words(checks: tuple[Check, ...], decision: str, queued: bool, said: str) -> None:
    assert rule.words(replace(OURS, checks=checks, decision=decision, queued=queued)) == said


@pytest.mark.parametrize(
    ("known", "followed", "touched", "at"),
    [
        (Notes(), False, 0.0, math.inf),
        (Notes(), True, 0.0, rule.POLL_SECONDS),
        (Notes(100.0, 100.0), True, 0.0, 130.0),
        (Notes(100.0, 140.0, forge.UNREACHABLE, "", 140.0, 1), True, 0.0, 145.0),
        (Notes(100.0, 140.0, forge.UNREACHABLE, "", 140.0, 5000), True, 0.0, 260.0),
        (
            Notes(100.0, 140.0, forge.UNREACHABLE, "a secondary rate limit", 140.0, 1),
            True,
            0.0,
            200.0,
        ),
        (Notes(100.0, 140.0, forge.UNREACHABLE, "HTTP 429: Too Many Requests", 140.0, 5), True, 0.0, 1040.0),
        (Notes(100.0, 140.0, forge.LOGIN, "", 140.0, 1), True, 0.0, 200.0),
        (Notes(100.0, 140.0, forge.LOGIN, "", 140.0, 1), True, 150.0, 140.0),
    ],
)
def test_when_the_forge_is_asked_next(known: Notes, followed: bool, touched: float, at: float) -> None:
    assert rule.due(known, followed, touched) == at


def test_once_the_trunk_has_moved_it_is_asked_sooner_for_it_may_be_by_one_of_them() -> None:
    assert rule.due(Notes(100.0, 100.0), True, 0.0, moved=True) == 110.0
    assert rule.due(Notes(100.0, 140.0, forge.UNREACHABLE, "", 140.0, 1), True, 0.0, moved=True) == 145.0


def test_what_it_refuses_is_an_answer_and_what_it_does_not_say_is_counted() -> None:
    away = rule.after(Notes(5.0, 5.0), Answer(forge.UNREACHABLE, "dial tcp"), 9.0)
    assert away == Notes(5.0, 9.0, forge.UNREACHABLE, "dial tcp", 9.0, 1)
    again = rule.after(away, Answer(forge.LOGIN, "gh auth login"), 12.0)
    assert again == Notes(5.0, 12.0, forge.LOGIN, "gh auth login", 9.0, 2)
    assert rule.after(again, Answer(forge.REFUSED, "no"), 20.0, "tip") == Notes(20.0, 20.0)
    assert rule.after(again, Answer(forge.ACCEPTED), 20.0, "tip") == Notes(20.0, 20.0, upon="tip")
    of_one = rule.after(Notes(5.0, 5.0, upon="tip"), Answer(forge.ACCEPTED), 20.0)
    assert of_one == Notes(5.0, 20.0, upon="tip"), "of the others nothing is known by that"


def test_how_it_stands_while_it_is_asked_for_once_more() -> None:
    assert rule.words(ONCE) == rule.words(ASKED) == "red once, to be made sure of"
    there = forge.Pull(12, "u", forge.OPEN, "batty/c1", "c1", checks=(JOB,))
    assert not rechecks.is_sure(rule.seen(ASKED, there, 200.0, 0))
    assert rechecks.is_sure(rule.seen(ASKED, there, 800.0, 0)), "what is not begun within ten minutes counts"
    assert not rule.seen(ASKED, replace(there, head="c2"), 200.0, 0).again
    assert not rule.seen(rechecks.asking(ONCE, 100.0), replace(there, head="c2"), 200.0, 0).asks


def test_one_of_which_the_forge_says_nothing_new_for_an_hour_stands_still() -> None:
    """A check that is required and never begins is in no list of checks; a queue that hangs says nothing."""
    there = forge.Pull(12, "https://x/pull/12", forge.OPEN, "batty/c1", "c1", updated="1", queued=True)
    first = rule.seen(OURS, there, 100.0, 0)
    later = rule.seen(first, there, 3600.0, 0)
    assert later == first and not rule.stands_still(later, 3700.0) and rule.stands_still(later, 3701.0)
    for news in (replace(there, checks=(GOING,)), replace(there, updated="2"), replace(there, queued=False)):
        assert not rule.stands_still(rule.seen(later, news, 3650.0, 0), 7000.0)
    assert not rule.stands_still(replace(later, **MERGED), 9e9) and not rule.stands_still(OURS, 9e9)


def test_what_was_refused_is_tried_again_later_and_a_newer_commit_at_once() -> None:
    refused = replace(OURS, trouble="no", refused="c1", tried=100.0)
    assert not rule.may_be_offered(Notes(), refused, "c1", 200.0)
    assert rule.may_be_offered(Notes(), refused, "c1", 500.0)
    assert rule.may_be_offered(Notes(), refused, "c2", 200.0)
    uploaded = [at for at in (50.0, 150.0) if rule.may_be_offered(Notes(), refused, "c1", 200.0, at)]
    assert uploaded == [150.0]  # (it took too long, and is there by now)
    assert not rule.may_be_offered(Notes(0.0, 190.0, forge.MISSING), None, "c1", 200.0)


@pytest.fixture
def asked(look: Facts) -> Facts:
    """A look at a project whose work lands by pull requests; the server has been seen."""
    look.team = replace(look.team, remote=Remote("origin", "pr"))
    look.once("server's notes", lambda look: None)
    return look


def row(look: Facts, pull: Pull) -> str:
    offer = look.offers[0]
    pulls.put(look.project, pull)
    look.again()
    return standing(look, offer).row


def test_the_row_of_an_offer_follows(asked: Facts) -> None:
    offer = asked.offer("c1")
    assert row(asked, replace(OURS, number=0)) == rows.WAITING
    assert row(asked, OURS) == rows.PROPOSED
    asked.judge(asked.candidate("c1"), FAILED, ["c1"])
    assert row(asked, OURS) == rows.PROPOSED, "the test of a trunk that has moved is not made again"
    assert row(asked, replace(OURS, checks=(RED,))) == rows.CHECKED
    assert row(asked, replace(OURS, state=forge.CLOSED)) == rows.CLOSED
    asked.back[offer.key] = [Attempt(1, "rejected", "c1")]
    assert row(asked, replace(OURS, state=forge.CLOSED)) not in (rows.CLOSED, rows.PROPOSED)
    asked.apart.add(frozenset({"c1"}))
    assert row(asked, OURS) == rows.PROPOSED, "what it does not go with may be its own squash: the forge is asked first"
    pulls.note(asked.project, Notes(1.0, 1.0, upon=asked.tip))
    assert row(asked, OURS) == rows.CONFLICT
    asked.back.clear()
    assert row(asked, replace(OURS, state=forge.CLOSED)) == rows.CLOSED, "nobody solves what a person has closed"
    assert row(asked, replace(OURS, **MERGED)) == rows.PROPOSED, "it is on its way here"


def test_a_rejection_of_a_newer_commit_speaks_of_what_was_closed_too(asked: Facts) -> None:
    offer = asked.offer("c2")
    closed = replace(OURS, key=offer.key, state=forge.CLOSED, back=1)
    asked.back[offer.key] = [Attempt(1, "rejected", "c0")]
    assert row(asked, closed) == rows.CLOSED, "that was before it was closed"
    asked.back[offer.key] += [Attempt(2, "rejected", "c2")]
    assert row(asked, closed) == rows.WAITING


def test_each_is_tested_by_itself_and_one_that_is_offered_holds_up_no_other(
    asked: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batty_hooks.rules.serving.hindrance", lambda look, commits=(): None)
    for commit in ("c1", "c2", "c3", "c4"):
        asked.offer(commit)
    pulls.put(asked.project, OURS)
    asked.judge(asked.candidate("c2"), PASSED, ["c2"])
    found = plan(asked)
    assert found.land and found.land.commits == ("c2",)
    assert [batch.commits for batch in found.test] == [("c3",), ("c4",)]


@pytest.mark.parametrize(
    ("key", "branch"), [("t12", "batty/t12"), ("b-fix-me", "batty/fix-me"), ("b-t12", "batty/b-t12")]
)
def test_what_its_branch_is_called(key: str, branch: str) -> None:
    assert pulls.branch_of(key) == branch


def test_a_title_is_no_longer_than_a_forge_takes(asked: Facts) -> None:
    title = rule.title_of(asked, replace(asked.offer("c1"), card="t1", title="x" * 400))
    assert len(title) == 250 and title.startswith("t1: xxx") and title.endswith("…")
