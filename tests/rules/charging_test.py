"""When a red run is charged: never the first one, never beside a red trunk; and all that counts as the second."""

from __future__ import annotations

import itertools

import pytest
from rules.facts import TIP, Facts

from batty_hooks.rules.charging import Inquiry, inquiry, runs_needed, sure, trunk_itself, was_flaky
from batty_hooks.rules.standing import FAILED as GOES_BACK
from batty_hooks.rules.standing import WAITING, standing
from batty_hooks.state import queue
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import BROKEN, FAILED, PASSED, TIMEOUT, Verdict, after
from batty_hooks.system.records import replace

FORK = "f" * 40
EARLY, LATE = "2026-01-01T00:00:00.000Z", "2026-01-03T00:00:00.000Z"


@pytest.fixture
def offer(look: Facts) -> Offer:
    """A plain branch of one commit, made from today's trunk."""
    return look.offer("c1")


def red(look: Facts, *commits: str, base: str = TIP, result: str = FAILED, **more: object) -> Verdict:
    """A red run of these commits on a trunk."""
    candidate = look.together(commits) if base == TIP else look._merged(base, commits)
    return look.judge(candidate, result, commits, **{"first": "FAILED one", **more})


def asked(found: Inquiry | None) -> Candidate | None:
    return found.candidate if found else None


# the trunk itself


@pytest.mark.parametrize(
    ("result", "runs", "is_known"),
    [(PASSED, 1, True), (FAILED, 1, False), (FAILED, 2, True), (TIMEOUT, 1, False), (TIMEOUT, 2, True),
     (BROKEN, 1, True)],
)  # fmt: skip
def test_a_red_trunk_is_made_sure_of_too(look: Facts, result: str, runs: int, is_known: bool) -> None:
    assert trunk_itself(look) == Inquiry(look.itself, "main")
    verdict = look.judge(look.itself, result, runs=runs)
    assert trunk_itself(look) == (verdict if is_known else Inquiry(look.itself, "main"))


@pytest.mark.parametrize("result", [PASSED, BROKEN])
def test_beside_a_broken_command_only_a_newer_verdict_on_the_trunk_tells(
    look: Facts, offer: Offer, result: str
) -> None:
    broken = red(look, "c1", result=BROKEN)
    look.judge(look.itself, result, at=EARLY)
    assert trunk_itself(look, broken) == Inquiry(look.itself, "main")
    look.judge(look.itself, result, at=broken.at)
    assert trunk_itself(look, broken) == Inquiry(look.itself, "main")
    newer = look.judge(look.itself, result, at=LATE)
    assert trunk_itself(look, broken) == newer


def test_a_commit_that_changes_nothing_is_the_trunk_itself(look: Facts, offer: Offer) -> None:
    broken = look.judge(look.itself, BROKEN)
    assert trunk_itself(look, broken) == broken


# one red run


@pytest.mark.parametrize("result", [FAILED, TIMEOUT])
def test_one_red_run_charges_nobody(look: Facts, offer: Offer, result: str) -> None:
    verdict = red(look, "c1", result=result)
    assert not sure(look, offer, verdict)
    assert inquiry(look, offer, verdict) == Inquiry(look.candidate("c1"), "c1", ("c1",))


def test_one_red_run_on_a_trunk_that_has_moved_asks_for_the_commit_on_its_own(look: Facts, offer: Offer) -> None:
    look.forks["c1"] = FORK
    verdict = red(look, "c1")
    assert inquiry(look, offer, verdict) == Inquiry(look.candidate_on(FORK, "c1"), "c1", ("c1",))


def test_who_has_nothing_in_common_with_the_trunk_has_nothing_of_its_own(look: Facts, offer: Offer) -> None:
    look.forks["c1"] = ""
    assert asked(inquiry(look, offer, red(look, "c1"))) == look.candidate("c1")


# every second run


def test_the_same_tree_once_more(look: Facts, offer: Offer) -> None:
    verdict = red(look, "c1", runs=2)
    assert sure(look, offer, verdict) and inquiry(look, offer, verdict) is None


def test_alone_on_the_trunk_it_was_made_from(look: Facts, offer: Offer) -> None:
    look.forks["c1"] = FORK
    verdict = red(look, "c1")
    red(look, "c1", base=FORK)
    assert sure(look, offer, verdict) and inquiry(look, offer, verdict) is None


def test_alone_on_any_earlier_trunk(look: Facts, offer: Offer) -> None:
    look.forks["c1"] = FORK
    red(look, "c1", base="d" * 40)
    verdict = red(look, "c1")
    assert sure(look, offer, verdict)


@pytest.mark.parametrize("base", [FORK, "d" * 40])
def test_two_that_failed_in_different_lines_ask_for_a_third(look: Facts, offer: Offer, base: str) -> None:
    look.forks["c1"] = FORK
    red(look, "c1", base=base, first="FAILED in another way")
    verdict = red(look, "c1")
    assert not sure(look, offer, verdict) and inquiry(look, offer, verdict) is not None
    assert sure(look, offer, red(look, "c1", runs=2))


def test_of_one_tree_too(look: Facts, offer: Offer) -> None:
    assert not sure(look, offer, red(look, "c1", runs=2, unlike=True))
    assert sure(look, offer, red(look, "c1", runs=3, unlike=True))


def test_a_bigger_candidate_that_passed_on_the_same_trunk_asks_for_a_third(look: Facts, offer: Offer) -> None:
    look.judge(look.together(("c1", "c2")), PASSED, ["c1", "c2"])
    assert not sure(look, offer, red(look, "c1", runs=2))
    assert sure(look, offer, red(look, "c1", runs=3))


def test_one_on_another_trunk_says_nothing_of_this_one(look: Facts, offer: Offer) -> None:
    look.judge(look._merged(FORK, ("c1", "c2")), PASSED, ["c1", "c2"], base=FORK)
    assert sure(look, offer, red(look, "c1", runs=2))


def test_in_a_bigger_candidate_with_the_same_line(look: Facts, offer: Offer) -> None:
    verdict = red(look, "c1")
    red(look, "c1", "c2")
    assert sure(look, offer, verdict) and inquiry(look, offer, verdict) is None


@pytest.mark.parametrize(
    "other",
    [
        {"first": "FAILED in another way"},
        {"first": ""},
    ],
)
def test_in_a_bigger_candidate_with_another_line_tells_nothing(
    look: Facts, offer: Offer, other: dict[str, str]
) -> None:
    verdict = red(look, "c1")
    red(look, "c1", "c2", **other)
    assert not sure(look, offer, verdict)


def test_two_runs_that_say_nothing_at_all_are_not_the_same_line(look: Facts, offer: Offer) -> None:
    verdict = red(look, "c1", first="")
    red(look, "c1", "c2", first="")
    assert not sure(look, offer, verdict)


def test_a_bigger_candidate_without_it_tells_nothing(look: Facts, offer: Offer) -> None:
    verdict = red(look, "c1")
    red(look, "c2", "c3")
    assert not sure(look, offer, verdict)


def test_its_own_verdict_is_not_its_second_one(look: Facts, offer: Offer) -> None:
    """Where the trunk has moved and come back, its own candidate is today's."""
    look.forks["c1"] = FORK
    verdict = red(look, "c1", base=FORK)
    assert not sure(look, offer, verdict)


# red here, green by itself: together with what has landed


def test_green_on_its_own_needs_a_second_run_of_todays_tree(look: Facts, offer: Offer) -> None:
    look.forks["c1"] = FORK
    look.judge(look.candidate_on(FORK, "c1"), PASSED, ["c1"])
    verdict = red(look, "c1")
    assert not sure(look, offer, verdict) and inquiry(look, offer, verdict) is not None
    verdict = red(look, "c1", runs=2)
    assert inquiry(look, offer, verdict) is None


def test_an_earlier_verdict_on_it_alone_spares_the_run_on_its_own(look: Facts, offer: Offer) -> None:
    """Whatever trunk that was: it was tested alone, and whether it passed is known."""
    look.forks["c1"] = FORK
    verdict = red(look, "c1")
    look.judge(look.candidate_on("d" * 40, "c1"), PASSED, ["c1"])
    assert asked(inquiry(look, offer, verdict)) == look.candidate("c1")


@pytest.mark.parametrize(
    ("commits", "named", "first", "is_spared"),
    [
        (("c1", "c2"), ("c1",), "FAILED one", True),
        (("c1", "c2"), ("c1", "c2"), "FAILED one", False),
        (("c1", "c2"), ("c2",), "FAILED one", False),
        (("c1", "c2"), (), "FAILED one", False),
        (("c1", "c2"), ("c1",), "FAILED two", False),
    ],
)
def test_a_log_that_names_it_alone_spares_the_run_on_its_own(
    look: Facts, offer: Offer, commits: tuple[str, ...], named: tuple[str, ...], first: str, is_spared: bool
) -> None:
    look.forks["c1"] = FORK
    verdict = red(look, "c1")
    red(look, *commits, named=named, first=first)
    own = look.candidate_on(FORK, "c1")
    assert asked(inquiry(look, offer, verdict)) == (None if is_spared else own)


# flaky: a tree that has failed and passed


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([PASSED], (PASSED, 1, False)),
        ([FAILED], (FAILED, 1, False)),
        ([FAILED, FAILED], (FAILED, 2, False)),
        ([FAILED, TIMEOUT, FAILED], (FAILED, 3, False)),
        ([FAILED, PASSED], (PASSED, 1, True)),
        ([PASSED, FAILED], (FAILED, 1, False)),
        ([PASSED, PASSED], (PASSED, 1, False)),
        ([FAILED, BROKEN], (BROKEN, 1, False)),
        ([BROKEN, FAILED], (FAILED, 1, False)),
        ([BROKEN, PASSED], (PASSED, 1, False)),
        ([FAILED, BROKEN, FAILED], (FAILED, 1, False)),
    ],
)
def test_runs_of_one_tree_behind_one_another(look: Facts, runs: list[str], expected: tuple[str, int, bool]) -> None:
    known: Verdict | None = None
    for result in runs:
        known = after(known, look.judge(look.itself, result))
    assert known and (known.result, known.runs, known.flaky) == expected


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        ("FAILED one", "FAILED one", False),
        ("FAILED one", "FAILED two", True),
        ("FAILED in 1.21s", "FAILED in 0.98s", False),
        ("at 0x7f3a01: bad", "at 0x11bc9: bad", False),
        ("", "FAILED two", False),
    ],
)
def test_runs_of_one_tree_that_failed_in_different_lines(look: Facts, first: str, other: str, expected: bool) -> None:
    known = after(look.judge(look.itself, FAILED, first=first), look.judge(look.itself, FAILED, first=other))
    assert known.unlike is expected
    assert after(known, look.judge(look.itself, FAILED, first=other)).unlike is expected


def test_a_flaky_tree_keeps_the_line_that_failed(look: Facts) -> None:
    failed = look.judge(look.itself, FAILED, first="FAILED one", log="the log that failed")
    passed = after(failed, look.judge(look.itself, PASSED, first="", log="the log that passed"))
    assert passed.passed and (passed.first, passed.log) == ("FAILED one", "the log that failed")


# all of it together: whatever is known beside one red run, a charge rests on two red runs of that commit


def test_a_charge_always_rests_on_two_red_runs(look: Facts, offer: Offer) -> None:
    pieces = [
        lambda: red(look, "c1", base=FORK),
        lambda: look.judge(look.candidate_on(FORK, "c1"), PASSED, ["c1"]),
        lambda: red(look, "c1", "c2", first="FAILED two"),
        lambda: red(look, "c1", "c2", named=("c1",)),
    ]
    for moved, chosen in itertools.product((False, True), itertools.product((False, True), repeat=len(pieces))):
        for path in look.project.verdicts.rglob("*.json"):
            path.unlink()
        look.forks = {"c1": FORK} if moved else {}
        known = [make() for make, is_chosen in zip(pieces, chosen, strict=True) if is_chosen]
        verdict = red(look, "c1")
        if inquiry(look, offer, verdict) is None:
            about = [one for one in known if "c1" in one.commits and not one.passed and one.key != verdict.key]
            assert about, f"charged on a single run: {moved} {chosen}"


# where tests fail by chance


def test_the_more_of_it_there_was_lately_the_more_red_runs_charge(look: Facts) -> None:
    assert runs_needed(look) == 2
    for number, needed in ((1, 3), (2, 4), (3, 5), (4, 5)):
        landed = look.offer("c9", key=f"b-{number}")
        queue.remember(look.project, True, landed, flaky=[landed])
        look.again()
        assert runs_needed(look) == needed and queue.outcomes(look.project) == [True] * number


def test_chance_is_remembered_for_a_hundred_offers_and_how_work_went_for_twenty(look: Facts) -> None:
    for number in range(101):
        one = look.offer("c9", key=f"b-{number}")
        queue.remember(look.project, bool(number % 2), one, flaky=[one] if number == 1 else [])
    assert queue.flakes(look.project) == 1 and len(queue.outcomes(look.project)) == 20
    one = look.offer("c9", key="b-101")
    queue.remember(look.project, True, one)
    assert queue.flakes(look.project) == 0


def test_two_red_runs_are_not_enough_then(look: Facts, offer: Offer) -> None:
    queue.remember(look.project, True, offer, flaky=[offer])
    look.judge(look.itself, PASSED)
    assert not sure(look, offer, red(look, "c1", runs=2)) and sure(look, offer, red(look, "c1", runs=3))


def test_who_landed_was_red_by_chance_if_it_was_red_alone(look: Facts, offer: Offer) -> None:
    assert not was_flaky(look, offer)
    red(look, "c1", "c2")
    assert not was_flaky(look, offer), "that may have been the other"
    red(look, "c1")
    assert was_flaky(look, offer)
    look.judge(look.candidate("c1"), PASSED, ["c1"], flaky=True)
    assert was_flaky(look, offer)
    look.gate(command="another")
    look._keys.clear()
    look.again()
    assert not was_flaky(look, offer), "that was what the other command said"


# a trunk that moves faster than a test takes


def moved(look: Facts, commit: str, itself: str = PASSED) -> str:
    """Where the trunk is after it has moved by one more."""
    look.land(commit)
    look.judge(look.itself, itself, runs=2)
    return look.tip


@pytest.mark.parametrize(
    ("first", "second", "row"),
    [(PASSED, PASSED, GOES_BACK), (FAILED, PASSED, WAITING), (PASSED, FAILED, WAITING)],
)
def test_who_was_red_alone_on_two_green_trunks_goes_back(
    look: Facts, offer: Offer, first: str, second: str, row: str
) -> None:
    for number, itself in ((1, first), (2, second)):
        base = moved(look, f"x{number}", itself)
        look.judge(look.candidate("c1"), FAILED, ["c1"], base=base)
        if number == 1:
            moved(look, "y")
            assert standing(look, offer).row == WAITING, "nobody on a single red run"
    moved(look, "z")
    assert standing(look, offer).row == row


@pytest.mark.parametrize("changed", ["the command", "it came back before", "it was offered after that"])
def test_but_not_when_something_else_has_changed(look: Facts, offer: Offer, changed: str) -> None:
    for number in (1, 2):
        base = moved(look, f"x{number}")
        look.judge(look.candidate("c1"), FAILED, ["c1"], base=base)
    moved(look, "z")
    assert standing(look, offer).row == GOES_BACK
    if changed == "the command":
        look.gate(command="another")
    if changed == "it came back before":
        look.back[offer.key] = [Attempt(1, "failed", "c1")]
    if changed == "it was offered after that":
        look.offers = [offer := replace(offer, at="2026-02-01T00:00:00.000Z")]
    look._keys.clear()
    look.again()
    assert standing(look, offer).row == WAITING
