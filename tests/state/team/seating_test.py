"""Who sits where, as text: `window: column | column`, the panes of a column from the top."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.state.team import reading
from batty_hooks.state.team.model import ROLE_TYPES, Member
from batty_hooks.state.team.seating import LEAST_HEIGHT, LEAST_WIDTH, NARROW_WIDTH, TALL_HEIGHT, seats
from batty_hooks.system import columns, shipped

TEMPLATES = sorted(path.stem for path in shipped.templates().glob("*.yaml"))
WIDE = {
    "solo": "team: engineer-1",
    "pair": "team: architect | engineer-1",
    "simple": "team: architect | manager | engineer-1 / engineer-2 / engineer-3",
    "batty": "team: architect | manager | engineer-1 / engineer-2 / engineer-3 / engineer-4",
    "squad": "team: architect | manager | engineer-1 / engineer-2 / engineer-3 / engineer-4 / engineer-5",
    "research": "team: principal / sub-lead-1 / sub-lead-2 / sub-lead-3 "
    "| researcher-1-1 / researcher-1-2 / researcher-2-1 | researcher-2-2 / researcher-3-1 / researcher-3-2",
    "software": "team: tech-lead / backend-lead / frontend-lead "
    "| backend-1 / backend-2 / backend-3 / backend-4 | frontend-1 / frontend-2 / frontend-3 / frontend-4",
    "large": "architect: architect\n"
    "manager-1: manager-1 | engineer-1-1 / engineer-1-2 / engineer-1-3 / engineer-1-4 / engineer-1-5\n"
    "manager-2: manager-2 | engineer-2-1 / engineer-2-2 / engineer-2-3 / engineer-2-4 / engineer-2-5\n"
    "manager-3: manager-3 | engineer-3-1 / engineer-3-2 / engineer-3-3 / engineer-3-4 / engineer-3-5",
}


def members(template: str) -> tuple[Member, ...]:
    return reading.read(shipped.templates() / f"{template}.yaml", template)[0].members


def drawn(template: str, width: int, height: int) -> str:
    windows = seats(members(template), width, height)
    return "\n".join(f"{one.name}: {' | '.join(' / '.join(column) for column in one.columns)}" for one in windows)


@pytest.mark.parametrize("template", TEMPLATES)
def test_on_a_wide_screen(template: str) -> None:
    assert drawn(template, 250, 70) == WIDE[template]


def test_on_a_middling_screen_leads_stand_above_each_other() -> None:
    assert drawn("simple", 200, 50) == "team: architect / manager | engineer-1 / engineer-2 / engineer-3"


def test_where_a_managers_window_is_too_much_his_people_go_on_beside_him() -> None:
    assert drawn("squad", 200, 50) == (
        "architect: architect\nmanager: manager / engineer-1 / engineer-2 | engineer-3 / engineer-4 / engineer-5"
    )


def test_a_terminal_of_80_by_24_shows_one_at_a_time() -> None:
    assert drawn("simple", 80, 23) == "\n".join(
        f"{name}: {name}" for name in ("architect", "manager", "engineer-1", "engineer-2", "engineer-3")
    )


def test_on_a_small_screen_each_window_is_named_after_somebody_in_it() -> None:
    assert drawn("simple", 120, 29) == (
        "architect: architect\nmanager: manager | engineer-1\nengineer-2: engineer-2 | engineer-3"
    )
    assert drawn("pair", 120, 29) == "team: architect | engineer-1"
    assert drawn("pair", 118, 29) == "team: architect / engineer-1", "a pane of 58 columns is too narrow"


def test_engineers_without_a_manager_are_windows_named_after_the_first() -> None:
    alone = reading.understand(b"roles: [{name: dev, role_type: engineer, agent: claude, instances: 5}]", Path(), "t")
    assert [(one.name, one.columns) for one in seats(alone[0].members, 100, 40)] == [
        ("dev-1", (("dev-1", "dev-2", "dev-3"),)),
        ("dev-4", (("dev-4", "dev-5"),)),
    ]


SCREENS = [(width, height) for width in range(120, 261, 10) for height in range(29, 62, 4)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_architects_left_managers_in_the_middle_engineers_right(template: str) -> None:
    """On any screen: within a window from left to right and from the top, and from window to window of one boss."""
    rank = {member.name: ROLE_TYPES.index(member.role.role_type) for member in members(template)}
    for size in SCREENS:
        windows = seats(members(template), *size)
        assert [one.name for one in windows if one.name != "team" and one.name != one.members[0]] == [], size
        for one in windows:
            ranks = [rank[name] for name in one.members]
            assert ranks == sorted(ranks), (size, one)
        assert rank[windows[0].members[0]] == min(rank.values()), size
        for member in members(template):
            if member.boss in rank:
                where = {name: number for number, one in enumerate(windows) for name in one.members}
                assert where[member.boss] <= where[member.name], (size, member.name)


@pytest.mark.parametrize(
    "size", [(80, 23), (100, 30), (120, 29), (120, 61), (159, 45), (162, 40), (250, 70), (400, 100)], ids=str
)
@pytest.mark.parametrize("template", TEMPLATES)
def test_everybody_has_one_pane_of_a_readable_size(template: str, size: tuple[int, int]) -> None:
    windows = seats(members(template), *size)
    assert sorted(name for one in windows for name in one.members) == sorted(m.name for m in members(template))
    assert len({one.name for one in windows}) == len(windows)
    for one in windows:
        width = (size[0] - len(one.columns) + 1) // len(one.columns)
        height = min((size[1] - len(column)) // len(column) for column in one.columns)
        assert (width >= LEAST_WIDTH and height >= LEAST_HEIGHT) or (width >= NARROW_WIDTH and height >= TALL_HEIGHT)


@pytest.mark.parametrize("template", TEMPLATES)
def test_narrow_and_tall_panes_take_no_more_windows_than_wide_and_low_ones(template: str) -> None:
    for height in range(24, 62):
        by_two = seats(members(template), 120, height)
        assert len(by_two) <= len(seats(members(template), 117, height)), height


def test_a_layout_in_tmuxs_words() -> None:
    assert columns.layout([1], 80, 24) == "b25d,80x24,0,0,0"
    assert columns.layout([1, 2], 161, 49) == "0bf0,161x49,0,0{80x49,0,0,0,80x49,81,0[80x25,81,0,0,80x23,81,26,0]}"
