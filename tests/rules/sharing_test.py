"""How many candidates a machine tests at once, and when the gate is what all wait for."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules.facts import Facts

from batty_hooks.rules import crowding, hosting, sharing
from batty_hooks.state import pace
from batty_hooks.state.pace import Pace
from batty_hooks.state.project import Project
from batty_hooks.state.slots import Running
from batty_hooks.system import capacity
from batty_hooks.system.capacity import Machine
from batty_hooks.system.records import replace

NOW = 1_000_000.0
GIB = 1 << 30
IDLE = Machine(8, 0.0, 16 * GIB)


def paces(*seconds: float, at: float = NOW) -> dict[int, Pace]:
    """How long a run takes alone, beside one other, and so on; 0: nobody has tried."""
    return {many: Pace(one, 1, at) for many, one in enumerate(seconds, 1) if one}


@pytest.mark.parametrize(
    ("machine", "in_use", "known", "room"),
    [
        (IDLE, 0, {}, 8),
        (replace(IDLE, load=6.0), 0, {}, 2),
        (replace(IDLE, load=7.8), 0, {}, 1),
        (replace(IDLE, load=30.0), 0, {}, 1),  # one in any case
        (replace(IDLE, load=30.0), 3, {}, 3),  # what goes on is not ended
        (replace(IDLE, load=0.1), 7, {}, 8),  # seven that have just begun are in no load yet
        (replace(IDLE, load=0.1), 8, {}, 8),
        (replace(IDLE, free=GIB / 2), 2, {}, 2),
        (replace(IDLE, free=GIB / 2), 0, {}, 8),  # the first is begun all the same; then it is looked at again
        (replace(IDLE, free=math.inf), 2, {}, 8),
        (IDLE, 0, paces(10, 11, 12), 8),  # nearly three times as much with three, and beyond nobody has tried
        (IDLE, 0, paces(10, 19.5), 1),  # a suite that uses all processors by itself
        (IDLE, 0, paces(10, 12, 19), 2),
        (IDLE, 0, paces(10, 0, 29), 8),  # two were not tried
        (IDLE, 0, paces(10, 19.5, at=NOW - 3601), 8),  # an hour later it is tried again
        (Machine(1, 0.0, 16 * GIB), 0, {}, 1),
    ],
)
def test_room(machine: Machine, in_use: int, known: dict[int, Pace], room: int) -> None:
    assert sharing.room(machine, machine.processors, in_use, known, NOW) == room


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # (of a busy machine)
@given(
    st.builds(Machine, st.integers(1, 64), st.floats(0, 200), st.floats(0, 1e12)),
    st.integers(1, 64),
    st.integers(0, 64),
    st.lists(st.floats(0, 1000), max_size=8),
)
def test_there_is_always_one_and_what_goes_on_stays(
    machine: Machine, most: int, in_use: int, times: list[float]
) -> None:
    found = sharing.room(machine, most, in_use, paces(*times), NOW)
    assert max(1, in_use) <= found <= max(1, most, in_use)


def test_the_slots_of_team_yaml_count_whatever_the_machine_does(look: Facts) -> None:
    look.gate(slots=3)
    assert sharing.slots(look) == hosting.capacity(look) == 3 and sharing.free(look) == [1, 2, 3]


def run(look: Facts, *keys: str, since: float = 0.0) -> None:
    look.running = {key: Running(key, key, look.at - since, 1, commits=(key,)) for key in keys}


def test_auto_begins_no_more_than_there_is_room_for(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "now", lambda: Machine(4, 2.0, 16 * GIB))
    look.gate(slots=4, auto=True)
    assert sharing.slots(look) == 2 and sharing.free(look) == [1, 2, 3, 4], "of the numbers any will do"
    run(look, "c1", "c2")
    look.again()
    monkeypatch.setattr(capacity, "now", lambda: Machine(4, 4.0, 16 * GIB))
    assert sharing.slots(look) == 2 and sharing.free(look) == []
    assert not hosting.is_one(look)


# --- how long the test takes ---------------------------------------------------------------------------------------


def test_the_pace_is_an_average_of_the_last_hour_and_of_one_command(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path / ".git")
    project.batty.mkdir()
    for seconds, at in ((10.0, 0.0), (20.0, 60.0)):
        pace.note(project, "check", 1, seconds, NOW + at)
    pace.note(project, "check", 3, 40.0, NOW)
    assert pace.known(project, "check") == {1: Pace(13.0, 2, NOW + 60), 3: Pace(40.0, 1, NOW)}
    pace.note(project, "check", 1, 50.0, NOW + 4000)
    assert pace.known(project, "check")[1] == Pace(50.0, 1, NOW + 4000)
    assert pace.known(project, "another") == {}
    pace.note(project, "another", 1, 1.0, NOW)
    assert pace.known(project, "check") == {}
    for text in ("", "[]", '{"command": "check", "beside": {"x": 1}}', '{"command": "check", "beside": {"1": {}}}'):
        (project.batty / "pace.json").write_text(text)
        assert pace.known(project, "check") == {}, text


# --- the gate as the bottleneck ------------------------------------------------------------------------------------


def crowd(look: Facts, waited: float, slots: int = 1, **gate: object) -> str:
    look.gate(slots=slots, **gate)
    pace.note(look.project, "check", slots, 100.0, look.at)
    for commit in ("c1", "c2", "c3"):
        look.offer(commit, at="1970-01-01T00:00:00.000Z" if waited > 100 else "2999-01-01T00:00:00.000Z")
    run(look, *[f"c{number + 1}" for number in range(slots)], since=40)
    return crowding.words(look)


def test_it_is_said_when_work_waits_longer_than_a_test_takes_though_all_slots_are_in_use(look: Facts) -> None:
    assert crowd(look, 200) == (
        "the gate is the bottleneck: 2 wait for a slot of 1, a test takes 1m; "
        "one more slot would begin with them 1m sooner (`slots: 2` below `gate:`, or `auto`)"
    )


def test_where_slots_follow_the_machine_others_are_named(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "now", lambda: Machine(4, 9.0, 16 * GIB))
    words = crowd(look, 200, slots=2, auto=True)
    assert "there are as many slots as processors, `hosts:`" in words


@pytest.mark.parametrize("why", ["not for long", "nothing runs", "a slot is free", "nobody knows", "all are in it"])
def test_else_nothing_is_said(look: Facts, why: str) -> None:
    assert bool(crowd(look, 50 if why == "not for long" else 200)) is (why != "not for long")
    look.again()
    if why == "nothing runs":
        look.running = {}
    elif why == "a slot is free":
        look.gate(slots=2)
    elif why == "nobody knows":
        (look.project.batty / "pace.json").unlink()
    elif why == "all are in it":
        look.running = {"all": Running("all", "all", look.at, 1, commits=("c1", "c2", "c3"))}
    assert crowding.words(look) == ""
