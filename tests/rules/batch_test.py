"""What the line asks for now: what lands, what is tested, in which order, and how many at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules.facts import Facts

from batty_hooks.rules import serving
from batty_hooks.rules.batch import Batch, Plan, cap_of, plan, still_lands
from batty_hooks.rules.standing import FAILED as GOES_BACK
from batty_hooks.rules.standing import standing
from batty_hooks.state import queue, server, verdicts
from batty_hooks.state.queue import Offer
from batty_hooks.state.slots import Running
from batty_hooks.state.team import Remote
from batty_hooks.state.verdicts import FAILED, PASSED
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import replace

MINE = "- [x] One (engineer-1) ^t1"


def line(look: Facts, *commits: str) -> list[Offer]:
    return [look.offer(commit) for commit in commits]


def planned(look: Facts) -> Plan:
    look.again()
    return plan(look)


def to_test(look: Facts) -> list[str]:
    """The labels of what is to be tested, in its order; nothing is to land."""
    now = planned(look)
    assert now.land is None
    return [batch.label for batch in now.test]


def lands(look: Facts) -> str:
    now = planned(look)
    assert now.land and not now.test
    return now.land.label


def judge(look: Facts, result: str, *commits: str, **more: object) -> None:
    look.judge(look.together(commits), result, commits, **more)


# nothing, one, several


def test_nothing_waits(look: Facts) -> None:
    assert planned(look) == Plan()


def test_one_is_tested_then_landed(look: Facts) -> None:
    line(look, "c1")
    [batch] = planned(look).test
    candidate = look.candidate("c1")
    assert batch == Batch(candidate, look.key(candidate), "c1", tuple(look.offers), ("c1",))
    judge(look, PASSED, "c1")
    assert lands(look) == "c1"


def test_several_are_tested_as_one_and_land_as_one(look: Facts) -> None:
    line(look, "c1", "c2", "c3")
    [batch] = planned(look).test
    assert batch.commits == ("c1", "c2", "c3") and batch.label == "c1, c2, c3" and batch.offers == tuple(look.offers)
    judge(look, PASSED, "c1", "c2", "c3")
    assert lands(look) == "c1, c2, c3"


def test_the_green_beginning_of_a_line_lands_at_once(look: Facts) -> None:
    line(look, "c1", "c2", "c3")
    judge(look, PASSED, "c1", "c2")
    assert lands(look) == "c1, c2"


def test_who_has_passed_alone_lands_before_the_others_are_tested(look: Facts) -> None:
    line(look, "c1", "c2", "c3")
    judge(look, PASSED, "c2")
    assert lands(look) == "c2"


def test_but_not_while_the_others_are_being_tested(look: Facts) -> None:
    line(look, "c1", "c2", "c3")
    judge(look, PASSED, "c2")
    key = look.key(look.together(("c1", "c2", "c3")))
    look.running = {key: Running(key, "c1, c2, c3", 0.0, 1)}
    assert to_test(look) == ["c1, c2, c3"], "the gate leaves out what is running"


def test_who_comes_while_a_test_is_running_waits_for_its_end(look: Facts) -> None:
    line(look, "c1", "c2")
    key = look.key(look.together(("c1", "c2")))
    look.running = {key: Running(key, "c1, c2", 0.0, 1)}
    line(look, "c3")
    assert to_test(look) == ["c1, c2"]


# red


def test_a_red_line_that_names_nobody_is_halved(look: Facts) -> None:
    line(look, "c1", "c2", "c3", "c4")
    judge(look, FAILED, "c1", "c2", "c3", "c4")
    assert to_test(look) == ["c1, c2"]


def test_side_by_side_it_is_cut_into_more_pieces(look: Facts) -> None:
    look.gate(slots=3)
    line(look, "c1", "c2", "c3", "c4")
    judge(look, FAILED, "c1", "c2", "c3", "c4")
    sets = [set(label.split(", ")) for label in to_test(look)]
    assert len(sets) == 3
    told = {tuple(guilty in members for members in sets) for guilty in ("c1", "c2", "c3", "c4")}
    assert len(told) == 4, "whoever of the four it is, their outcomes say so"


def test_with_several_slots_what_has_passed_lands_though_nothing_points_to_it(look: Facts) -> None:
    look.gate(slots=3)
    line(look, "c1", "c2", "c3")
    look.judge(look.together(("c1", "c2")), PASSED)
    assert lands(look) == "c1, c2"
    look.land("c1", "c2")
    look.judge(look.candidate("c3"), PASSED)
    assert lands(look) == "c3"


def test_with_several_slots_who_comes_is_tested_on_top_of_what_is_being_tested(look: Facts) -> None:
    look.gate(slots=3)
    line(look, "c1", "c2")
    key = look.key(look.together(("c1", "c2")))
    look.running = {key: Running(key, "c1, c2", 0.0, 1, commits=("c1", "c2"))}
    line(look, "c3")
    assert to_test(look)[:2] == ["c1, c2", "c1, c2, c3"]


def test_with_several_slots_a_red_run_of_one_who_was_sent_back_tells_nothing_of_the_others(look: Facts) -> None:
    look.gate(slots=3)
    line(look, "c1", "c2")
    judge(look, FAILED, "c0", "c1")
    assert to_test(look)[0] == "c1, c2"


def test_with_several_slots_red_alone_is_made_sure_of_beside_the_others(look: Facts) -> None:
    look.gate(slots=3)
    line(look, "c1", "c2", "c3")
    look.judge(look.itself, PASSED)
    judge(look, FAILED, "c2")
    assert to_test(look)[:2] == ["c2", "c1, c3"]


def test_whom_the_log_names_steps_behind(look: Facts) -> None:
    line(look, "c1", "c2", "c3")
    judge(look, FAILED, "c1", "c2", "c3", named=("c2",))
    assert to_test(look) == ["c1, c3"]


@pytest.mark.parametrize("result", [verdicts.FAILED, verdicts.TIMEOUT])
def test_who_was_red_alone_before_is_tried_without(look: Facts, result: str) -> None:
    look.forks["c1"] = "f" * 40
    look.judge(look.candidate_on("f" * 40, "c1"), result, ["c1"])
    line(look, "c1", "c2", "c3")
    assert to_test(look) == ["c2, c3"]


def test_red_alone_asks_for_the_trunk_then_once_more_for_itself(look: Facts) -> None:
    line(look, "c1")
    judge(look, FAILED, "c1", at="the first time")
    [trunk] = planned(look).test
    assert (trunk.label, trunk.offers, trunk.commits, trunk.again) == ("main", (), (), "")
    look.judge(look.itself, PASSED)
    [again] = planned(look).test
    assert (again.label, again.offers, again.commits) == ("c1", tuple(look.offers), ("c1",))
    assert again.again == "the first time"


def test_two_that_ask_for_the_same_are_asked_for_once(look: Facts) -> None:
    line(look, "c1", "c2")
    for commit in ("c1", "c2"):
        judge(look, FAILED, commit)
    assert to_test(look).count("main") == 1


def test_while_the_trunk_is_red_they_are_tried_one_by_one(look: Facts) -> None:
    look.judge(look.itself, FAILED, runs=2)
    line(look, "c1", "c2")
    assert to_test(look) == ["c1", "c2"]
    judge(look, PASSED, "c1")
    assert lands(look) == "c1", "what mends the trunk lands"


# who is not in the line


@pytest.mark.parametrize("why", ["landed", "withdrawn", "rejected", "blocked", "conflict", "failed", "held"])
def test_who_cannot_land_is_neither_tested_nor_landed(look: Facts, why: str) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1" + (" [blocked:: no]" if why == "blocked" else ""))
    look.offer("c1", "t1", rejected="no" if why == "rejected" else "")
    if why == "withdrawn":
        look.write_board()
    if why == "landed":
        look.held.add("c1")
    if why == "conflict":
        look.apart.add(frozenset({"c1"}))
    if why == "failed":
        look.judge(look.itself, PASSED)
        judge(look, FAILED, "c1", runs=2)
    if why == "held":
        judge(look, PASSED, "c1")
        look.in_the_way["c1"] = ["numbers/one"]
    assert planned(look) == Plan()
    line(look, "c2")
    assert to_test(look) == ["c2"]


def test_who_needs_a_word_is_tested_alone_and_waits(look: Facts) -> None:
    look.protected["c2"] = ("ci/run",)
    line(look, "c1", "c2", "c3")
    assert to_test(look) == ["c1, c3", "c2"]
    judge(look, PASSED, "c2")
    assert to_test(look) == ["c1, c3"]
    look.offers[1] = replace(look.offers[1], cleared="c2")
    assert lands(look) == "c2"


def test_who_has_the_word_before_the_test_is_tested_with_the_others(look: Facts) -> None:
    look.protected["c2"] = ("ci/run",)
    line(look, "c1")
    look.offer("c2", cleared="c2")
    assert to_test(look) == ["c1, c2"]


def test_everybody_is_tested_alone_where_everything_is_looked_at(look: Facts) -> None:
    look.team = replace(look.team, merge_mode="review")
    line(look, "c1", "c2")
    assert to_test(look) == ["c1", "c2"]


def test_what_the_checkout_keeps_from_landing_holds_up_no_other(look: Facts) -> None:
    look.in_the_way["c2"] = ["numbers/one"]
    line(look, "c1", "c2", "c3")
    assert to_test(look) == ["c1, c3", "c2"]


def test_who_conflicts_with_one_before_him_is_tested_alone_and_waits_for_that(look: Facts) -> None:
    look.apart.add(frozenset({"c1", "c2"}))
    line(look, "c1", "c2", "c3")
    assert to_test(look) == ["c1, c3", "c2"]


def test_what_is_tested_for_itself_is_tested_in_its_turn(look: Facts) -> None:
    look.protected["c1"] = look.protected["c3"] = ("ci/run",)
    line(look, "c1", "c2", "c3")
    assert to_test(look) == ["c1", "c2", "c3"]


# how many at once


@pytest.mark.parametrize(
    ("ended", "cap"),
    [([], 16), ([True] * 20, 32), ([False] * 20, 1), ([True, False] * 10, 2), ([False], 5), ([True] * 9 + [False], 10),
     ([False] * 20 + [True] * 20, 32)],
)  # fmt: skip
def test_the_rarer_red_work_was_lately_the_more_are_tried_at_once(look: Facts, ended: list[bool], cap: int) -> None:
    for number, landed in enumerate(ended):
        queue.remember(look.project, landed, replace(look.offer("c1"), key=f"b-{number}"))
    assert cap_of(look) == cap


def test_who_does_not_fit_into_the_line_is_not_tested_alone_meanwhile(look: Facts) -> None:
    look.offers = []
    for number in range(20):
        queue.remember(look.project, number % 2 == 0, replace(look.offer("c1"), key=f"b-{number}"))
    look.offers = []
    line(look, "c1", "c2", "c3")
    assert to_test(look) == ["c1, c2"] and planned(look).cap == 2


def test_alone_he_needs_no_cap(look: Facts) -> None:
    line(look, "c1")
    assert planned(look).cap == 1


# all of it together: a line is played to its end


@st.composite
def lines(draw: st.DrawFn) -> tuple[int, frozenset[int], tuple[frozenset[int], ...], frozenset[int]]:
    size = draw(st.integers(1, 6))
    some = st.frozensets(st.integers(0, size - 1))
    two = st.frozensets(st.integers(0, size - 1), min_size=2, max_size=2)
    return size, draw(some), tuple(draw(st.lists(two, max_size=2))) if size > 1 else (), draw(some)


def names(numbers: Iterable[int]) -> frozenset[str]:
    return frozenset(f"c{number}" for number in numbers)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines())
def test_every_line_comes_to_its_end(
    given_line: tuple[int, frozenset[int], tuple[frozenset[int], ...], frozenset[int]],
) -> None:
    size, red, bad_pairs, spoken_of = given_line
    broken, pairs, named = names(red), [names(pair) for pair in bad_pairs], names(spoken_of)
    with tempfile.TemporaryDirectory() as root:
        look = Facts(Path(root))
        line(look, *(f"c{number}" for number in range(size)))
        everybody, back, red_runs = {offer.commit for offer in look.offers}, set(), dict[str, int]()
        for _ in range(20 * size):
            now = planned(look)
            if now.land:
                look.land(*now.land.commits)
                held = look.inside[look.tip]
                assert not held & broken and not any(pair <= held for pair in pairs), "a red tree has landed"
                continue
            failed = [offer for offer in look.offers if standing(look, offer).row == GOES_BACK]
            for offer in failed[:1]:
                assert red_runs[offer.commit] > 1, "charged on a single red run"
                back.add(offer.commit)
                look.offers.remove(offer)
            if failed:
                continue
            if not look.offers:
                break
            batch = now.test[0]
            tree = look.inside[batch.candidate.base] | {*batch.candidate.before, *batch.commits}
            is_red = bool(tree & broken) or any(pair <= tree for pair in pairs)
            for commit in batch.commits if is_red else ():
                red_runs[commit] = red_runs.get(commit, 0) + 1
            before = look.verdict(batch.candidate)
            run = look.judge(batch.candidate, FAILED if is_red else PASSED, batch.commits,
                             named=tuple(sorted(set(batch.commits) & named)) if is_red else ())  # fmt: skip
            verdicts.put(look.project, verdicts.after(before, run))
        landed = look.inside[look.tip]
        assert landed | back == everybody and not landed & back
        for commit in back - broken:  # nobody goes back who could have landed
            assert any(pair - {commit} <= landed for pair in pairs if commit in pair)


# somebody else is faster on the server


@pytest.mark.parametrize(
    ("alone", "lost", "first"),
    [
        (1.0, 3, "c2"),  # known to be clearly shorter
        (1.0, 2, "c1, c2, c3"),
        (9.0, 3, "c1, c2, c3"),  # as long, so a smaller set would lose as often
    ],
)
def test_the_shortest_test_goes_first_where_others_are_always_faster(
    look: Facts, alone: float, lost: int, first: str
) -> None:
    look.team = replace(look.team, remote=Remote("origin"))
    line(look, "c1", "c2", "c3")
    judge(look, PASSED, "c2", seconds=alone)
    judge(look, PASSED, "c1", "c2", "c3", seconds=10.0)
    look.land("somebody else's")
    server.note(look.project, looked=look.at, in_a_row=lost)
    assert to_test(look) == [first]
    judge(look, PASSED, *first.split(", "))
    assert lands(look) == first


def refused(look: Facts, *commits: str, times: int = 2) -> None:
    found = server.Refusal(commits, asked.REFUSED, "no ticket", look.at, times)
    server.note(look.project, refusals=(*server.notes(look.project).refusals, found))


MEANWHILE: dict[str, tuple[Callable[[Facts], object], bool]] = {
    "nothing": (lambda look: None, True),
    "another one comes": (lambda look: line(look, "c3"), True),
    "the trunk moves": (lambda look: look.land("c9"), False),
    "one is withdrawn": (lambda look: look.offers.pop(), False),
    "one is rejected": (lambda look: look.offers.append(replace(look.offers.pop(), rejected="no")), False),
    "a newer commit comes": (lambda look: look.offers.append(replace(look.offers.pop(), commit="c8")), False),
    "something is in its way": (lambda look: look.in_the_way.update(c2=["numbers/one"]), False),
    "it is red by now": (lambda look: judge(look, FAILED, "c1", "c2"), False),
    "the team pauses": (lambda look: setattr(look, "paused", True), False),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_might_land_a_while_ago_still_may(look: Facts, what: str) -> None:
    """While a slow hook was asked, say."""
    happens, may = MEANWHILE[what]
    line(look, "c1", "c2")
    judge(look, PASSED, "c1", "c2")
    batch = planned(look).land
    assert batch and len(batch.offers) == 2
    happens(look)
    look.again()
    assert still_lands(look, batch) is may


@pytest.mark.parametrize("slots", [1, 2])
def test_one_work_that_the_server_refuses_holds_up_nobody_for_long(look: Facts, slots: int) -> None:
    """Four together are refused because of the third: halves, then it alone, which is set apart."""
    look.team = replace(look.team, remote=Remote("origin"))
    look.gate(slots=slots)
    server.note(look.project, looked=look.at)
    line(look, "c1", "c2", "c3", "c4")
    judge(look, PASSED, "c1", "c2", "c3", "c4")
    refused(look, "c1", "c2", "c3", "c4", times=1)
    now = planned(look)
    assert not now.land and not now.test and now.held and now.held.label == "c1, c2, c3, c4", "it may pass"
    refused(look, "c1", "c2", "c3", "c4")
    assert to_test(look)[0] == "c1, c2"
    judge(look, PASSED, "c1", "c2")
    assert lands(look) == "c1, c2"
    look.land("c1", "c2")
    assert lands(look) == "c3, c4", "that tree is judged"
    refused(look, "c3", "c4")
    assert to_test(look)[0] == "c3"
    judge(look, PASSED, "c3")
    assert lands(look) == "c3"
    refused(look, "c3", times=1)
    assert to_test(look) == ["c4"]
    judge(look, PASSED, "c4")
    assert lands(look) == "c4"
    look.land("c4")
    assert planned(look) == Plan(cap=planned(look).cap), "c3 waits for its next try, and holds up nobody"
    server.note(look.project, **serving.again(server.notes(look.project)))
    assert lands(look) == "c3"


@pytest.mark.parametrize("slots", [1, 2])
def test_while_the_server_is_away_the_culprit_is_found_and_the_rest_is_tested(look: Facts, slots: int) -> None:
    """c4 is red, in a log that names nobody. When the server is back, all the others land without another test."""
    look.team = replace(look.team, remote=Remote("origin"))
    look.gate(slots=slots)
    server.note(look.project, looked=look.at, outcome=asked.UNREACHABLE, since=look.at, failures=1, tried=look.at)
    line(look, "c1", "c2", "c3", "c4", "c5", "c6")
    judge(look, PASSED, "c1", "c2")
    for _ in range(12):
        now = planned(look)
        assert now.land is None
        if not now.test:
            break
        for batch in now.test[:slots]:
            judge(look, FAILED if "c4" in batch.commits else PASSED, *batch.commits)
    now = planned(look)
    assert now.held and set(now.held.commits) == {"c1", "c2", "c3", "c5", "c6"} and not now.test
    server.note(look.project, looked=look.at, outcome="")
    while (now := planned(look)).land:
        assert "c4" not in now.land.commits
        look.land(*now.land.commits)
    assert {offer.commit for offer in look.offers} == {"c4"} and look.inside[look.tip] >= {"c6"}


@pytest.mark.parametrize("slots", [1, 2])
def test_what_the_server_refuses_by_itself_is_not_tested_anew_before_its_next_try(look: Facts, slots: int) -> None:
    look.team = replace(look.team, remote=Remote("origin"))
    look.gate(slots=slots)
    server.note(look.project, looked=look.at)
    line(look, "c1")
    judge(look, PASSED, "c1")
    refused(look, "c1", times=1)
    look.land("somebody else's")
    assert to_test(look) == [], "the trunk has moved, and that is no reason"
    server.note(look.project, **serving.again(server.notes(look.project)))
    assert to_test(look) == ["c1"]
