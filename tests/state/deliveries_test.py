"""What a pane shows before its input box is emptied: kept where that has changed it, whoever is killed meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.state import deliveries
from batty_hooks.state.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".batty/members/engineer-1").mkdir(parents=True)
    return Project(tmp_path, tmp_path / ".git")


def names(project: Project) -> list[str]:
    return sorted(file.name for file in project.member_directory("engineer-1").iterdir())


def test_what_has_changed_is_kept(project: Project) -> None:
    deliveries.keep_screen(project, "engineer-1", "> half")
    kept = deliveries.compare_screen(project, "engineer-1", ">")
    assert kept and kept.read_text() == "> half\n" and names(project) == ["half-typed"]


def test_a_screen_that_stays_the_same_held_nothing(project: Project) -> None:
    deliveries.keep_screen(project, "engineer-1", ">")
    assert deliveries.compare_screen(project, "engineer-1", ">") is None and names(project) == []


def test_what_nobody_has_compared_is_kept(project: Project) -> None:
    assert deliveries.keep_screen(project, "engineer-1", "> half") is None
    kept = deliveries.keep_screen(project, "engineer-1", ">")
    assert kept and kept.read_text() == "> half\n" and deliveries.compare_screen(project, "engineer-1", ">") is None
    assert (project.member_directory("engineer-1") / "half-typed").read_text() == "> half\n"


def test_who_has_come_after_another_finds_nothing_to_compare(project: Project) -> None:
    assert deliveries.compare_screen(project, "engineer-1", ">") is None


def test_what_was_put_aside_earlier_stays_below_the_newest(project: Project) -> None:
    """Whoever was killed with the `^` typed has the draft in the first screen, and no more than that in the second."""
    for screen in ("> half", "> ^"):
        deliveries.keep_screen(project, "engineer-1", screen)
    kept = deliveries.compare_screen(project, "engineer-1", ">")
    assert kept
    first, rule, second = kept.read_text().partition(f"\n{'-' * 72}\n")
    assert (first, second) == ("> ^\n", "> half\n") and rule and names(project) == ["half-typed"]


def test_what_is_put_aside_is_bounded(project: Project) -> None:
    for number in range(30):
        deliveries.keep_screen(project, "engineer-1", f"> {number}" + 100 * f"{' ' * 79}\n")
        kept = deliveries.compare_screen(project, "engineer-1", ">")
    assert kept and kept.read_text().startswith("> 29 ") and 90_000 < kept.stat().st_size <= 100_000
