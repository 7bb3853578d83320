"""On which machine a candidate is tested: which slots are tried in which order, and what one class of machines says of
another."""

from __future__ import annotations

import time

import pytest
from rules.facts import Facts

from batty_hooks.rules.hosting import (
    REST_SECONDS,
    Part,
    capacity,
    classes,
    due,
    numbers,
    parts,
    places,
    rests_until,
    why_not,
)
from batty_hooks.state import hosts, verdicts
from batty_hooks.state.hosts import DOWN, UNFIT, UP, Host
from batty_hooks.state.team import Far, Gate
from batty_hooks.state.verdicts import FAILED, PASSED, Verdict
from batty_hooks.system.machines.hosting import Hosting, told
from batty_hooks.system.records import replace

LINUX, MAC = told("linux", "x86_64", ""), told("macos", "arm64", "")
FAR = Far(("build1", "build2"), slots=2)
NOW = 1e9


def up(name: str, here: Hosting = LINUX, state: str = UP, slots: int = 0) -> Host:
    return Host(name, state, here=here, number=int(name[-1]) - 1, slots=slots)


BOTH = [up("build1"), up("build2")]


def order(known: list[Host], far: Far = FAR, wanted: str = "", **more: dict[str, float]) -> list[str]:
    """The hosts of the slots that are tried, one word a slot; "home" for those here."""
    said = {name: dict(facts) for name, facts in more.items()}
    found = places(1, far, known, LINUX, wanted, said.get("tried", {}), said.get("rests", {}),
                   {name: int(many) for name, many in said.get("busy", {}).items()}, NOW)  # fmt: skip
    return [host or "home" for _, host in found]


def test_slots_here_come_first_then_the_host_with_the_least_to_do() -> None:
    assert order(BOTH) == ["home", "build1", "build1", "build2", "build2"]
    assert order(BOTH, busy={"build1": 1})[1:3] == ["build2", "build2"]


def test_each_slot_of_each_host_has_a_number_of_its_own() -> None:
    assert numbers(3, FAR, BOTH[0]) == [(4, "build1"), (5, "build1")]
    assert numbers(3, FAR, BOTH[1]) == [(6, "build2"), (7, "build2")]


def test_a_worker_of_a_cluster_has_as_many_slots_as_it_has_threads() -> None:
    known = [up("worker2", slots=1), up("worker1", slots=2)]
    assert order(known, Far(scheduler="tls://there:1", slots=4)) == ["home", "worker2", "worker1", "worker1"]
    assert numbers(1, Far(slots=4), known[0]) == [(6, "worker2")]


@pytest.mark.parametrize("state", [DOWN, UNFIT, "starting"])
def test_a_host_that_is_not_there_takes_nothing(state: str) -> None:
    assert order([up("build1", state=state), up("build2")]) == ["home", "build2", "build2"]


def test_a_run_that_was_lost_is_made_elsewhere_and_at_last_here() -> None:
    assert order(BOTH, tried={"build1": NOW - 1}) == ["home", "build2", "build2"]
    assert order(BOTH, tried={"build1": NOW - 1, "build2": NOW - 1}) == ["home"]


def test_what_was_lost_on_the_way_speaks_against_no_host_and_has_its_pause(look: Facts) -> None:
    assert order(BOTH, tried={"": NOW - 1}) == ["home"]
    assert order(BOTH, tried={"": NOW - REST_SECONDS - 1}) == ["home", "build1", "build1", "build2", "build2"]
    (look.project.batty / "hosts").mkdir(parents=True)
    hosts.tell_lost(look.project, "k", "")
    assert set(hosts.lost_on(look.project, "k")) == {""} and not hosts.last_lost(look.project)


def test_a_host_rests_after_a_loss() -> None:
    assert order(BOTH, rests={"build1": NOW + 1}) == ["home", "build2", "build2"]
    assert "build1" in order(BOTH, rests={"build1": NOW - 1})


def test_a_host_that_keeps_losing_rests_ever_longer(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    (look.project.batty / "hosts").mkdir(parents=True)
    rests, at = [], NOW
    for number in range(6):
        for key in ("a", "b"):  # what is lost together is lost once
            monkeypatch.setattr(time, "time", lambda: at)  # noqa: B023 - of this moment
            hosts.tell_lost(look.project, f"{key}{number}", "build1", "the disk is full")
        loss = hosts.last_lost(look.project)["build1"]
        assert (loss.at, loss.why) == (at, "the disk is full")
        rests.append(rests_until(loss) - at)
        at += rests[-1] + 1
    assert rests == [30, 60, 120, 240, 300, 300]
    at += 1800  # long without a loss
    hosts.tell_lost(look.project, "later", "build1")
    assert rests_until(hosts.last_lost(look.project)["build1"]) - at == REST_SECONDS


def test_where_no_other_machine_can_a_host_is_tried_again_after_its_rest() -> None:
    known, far = [up("build1", MAC)], Far(("build1",), slots=1, classes=("macos",))
    assert order(known, far, "macos", tried={"build1": NOW - 1}) == []
    assert order(known, far, "macos", tried={"build1": NOW - REST_SECONDS - 1}) == ["build1"]


# classes and labels


def test_without_classes_a_machine_of_another_kind_is_left_alone() -> None:
    assert order([up("build1", MAC), up("build2")]) == ["home", "build2", "build2"]
    assert "macos-aarch64" in why_not(up("build1", MAC), classes(FAR, LINUX), {})
    musl = told("linux", "x86_64", "class: musl\n")
    assert order([up("build1", musl)]) == ["home"]


def test_a_class_is_named_by_the_whole_of_it_or_a_part() -> None:
    musl = told("linux", "amd64", "class: musl  # alpine\ngpu 2\n")
    assert musl.name == "linux-x86_64-musl"
    assert all(musl.is_of(word) for word in ("linux", "x86_64", "musl", "linux-x86_64-musl"))
    assert not musl.is_of("macos") and not musl.is_of("linux-x86_64") and not LINUX.is_of("musl")


def test_a_host_must_offer_what_is_needed() -> None:
    far = Far(("build1", "build2"), slots=1, needs={"gpu": 2})
    known = [up("build1", told("linux", "x86_64", "gpu 2\n")), up("build2", told("linux", "x86_64", "gpu\n"))]
    assert order(known, far) == ["home", "build1"]
    assert why_not(known[1], ("linux",), far.needs) == "it does not offer gpu (gate.needs)"


def test_each_class_has_a_verdict_of_its_own() -> None:
    assert parts("k", Far()) == (Part("", "k"),)
    assert parts("k", Far(classes=("linux", "macos"))) == (Part("linux", "k-linux"), Part("macos", "k-macos"))


def verdict(result: str) -> Verdict:
    return Verdict("k", "t", "c", result, int(result != PASSED), 1.0, "", "b", "c", "2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("linux", "macos", "again", "wanted"),
    [
        (None, None, False, "linux"), (PASSED, None, False, "macos"), (PASSED, PASSED, False, ""),
        (FAILED, None, False, ""), (None, FAILED, False, ""), (FAILED, None, True, "linux"),
        (PASSED, FAILED, True, "macos"),
    ],
)  # fmt: skip
def test_which_class_is_to_be_tested_next(linux: str | None, macos: str | None, again: bool, wanted: str) -> None:
    asked = parts("k", Far(classes=("linux", "macos")))
    known = {part.key: verdict(result) if result else None for part, result in zip(asked, (linux, macos), strict=True)}
    found = due(asked, known, again)
    assert (found.wanted if found else "") == wanted


def test_the_key_of_a_verdict_has_the_class_only_where_there_is_more_than_one_machine(look: Facts) -> None:
    plain = look.team.gate.far.word
    assert plain == "" and Far(("build1",)).word == f" on {Hosting(*_own()).name}"
    assert Far(classes=("linux", "macos")).word == " on linux macos"


def _own() -> tuple[str, str]:
    from batty_hooks.system.machines.hosting import here

    return here().system, here().architecture


def test_how_many_can_be_tested_at_once(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert capacity(look) == 1
    look.team = replace(look.team, gate=Gate("check", slots=2, far=FAR))
    assert capacity(look) == 2  # nobody keeps them at hand
    own = Hosting(*_own())
    monkeypatch.setattr(hosts, "known", lambda project, names, scheduler: [up("build1", own), up("build2", own, DOWN)])
    fresh = Facts(look.project.root)
    fresh.team = look.team
    assert capacity(fresh) == 4


def test_what_was_lost_is_remembered_by_candidate(look: Facts) -> None:
    (look.project.batty / "hosts").mkdir(parents=True)
    hosts.tell_lost(look.project, "k", "build1")
    assert set(hosts.lost_on(look.project, "k")) == {"build1"} == set(hosts.last_lost(look.project))
    assert not hosts.lost_on(look.project, "other")
    (look.project.batty / "hosts" / "lost.json").write_text("{ torn")
    assert not hosts.lost_on(look.project, "k") and verdicts.get(look.project, "k") is None
