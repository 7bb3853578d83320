"""What a member is doing: when its last turn was cut off is known from the states that follow each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.state import members
from batty_hooks.state.members import ASKING, GONE, LIMIT, READY, STARTING, WORKING
from batty_hooks.state.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".batty").mkdir()
    return Project(tmp_path, tmp_path / ".git")


@pytest.mark.parametrize(
    ("states", "cut"),
    [
        ((WORKING, GONE), 2),
        ((ASKING, GONE, STARTING, READY), 2),
        ((WORKING, STARTING, READY), 2),
        ((WORKING, READY, GONE, STARTING, READY), 0),
        ((WORKING, LIMIT, READY), 2),
        ((READY, LIMIT, READY), 2),
        ((WORKING, LIMIT, WORKING), 0),
        ((WORKING, GONE, READY), 0),
        ((WORKING, GONE, WORKING), 0),
        ((WORKING, GONE, WORKING, GONE, STARTING, READY), 4),
        ((STARTING, GONE, STARTING, READY), 0),
    ],
)
def test_a_turn_is_cut_off_when_its_process_ends_in_it(project: Project, states: tuple[str, ...], cut: int) -> None:
    for at, word in enumerate(states, 1):
        members.set_state(project, "me", word, "test", at=float(at))
    found = members.state(project, "me")
    assert found and found.cut == cut
