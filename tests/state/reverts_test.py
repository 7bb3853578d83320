"""Which landings are taken back, as git's own history says it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.state import trunk
from batty_hooks.state.project import find
from batty_hooks.system.git import reverts


class History:
    """A trunk on which t1 and t2 have landed together and then t3; each changes a file of its own."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.git = scene, scene.git
        self.landing: dict[str, str] = {}
        self.git("switch", "-q", "-c", "side")
        for card in ("t1", "t2"):
            self.land(card, "side")
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", "Land t1 and t2", "side")
        self.both = scene.tip()
        self.land("t3", "main")

    def land(self, card: str, onto: str) -> None:
        self.git("switch", "-q", "-c", card)
        for part in ("a", "b"):
            self.scene.commit(self.scene.root, {f"numbers/{card}{part}": "1\n" * 9}, f"{card} {part}")
        self.git("switch", "-q", onto)
        self.git("merge", "-q", "--no-ff", "-m", f"Land {card}", card)
        self.landing[card] = self.git("rev-parse", "HEAD")

    def revert(self, *arguments: str) -> str:
        self.git("revert", "--no-edit", *arguments)
        return self.scene.tip()

    def gone(self) -> dict[str, list[str]]:
        found = trunk.reverted(find(self.scene.root), self.scene.tip(), list(self.landing.values()))
        return {card: found[commit] for card, commit in self.landing.items() if commit in found}


@pytest.fixture
def history(scene: Scene) -> History:
    return History(scene)


def test_nothing_is_taken_back(history: History) -> None:
    assert history.gone() == {}
    assert trunk.reverted(find(history.scene.root), history.scene.tip(), []) == {}


def test_a_landing_is(history: History) -> None:
    by = history.revert("-m", "1", history.landing["t3"])
    assert history.gone() == {"t3": [by]}


def test_one_of_those_that_landed_together(history: History) -> None:
    by = history.revert("-m", "1", history.landing["t1"])
    assert history.gone() == {"t1": [by]}


def test_all_that_landed_together_and_not_what_landed_before_it(history: History) -> None:
    history.land("t4", "main")
    by = history.revert("-m", "1", history.landing["t4"])
    assert history.gone() == {"t4": [by]}
    both = history.revert("-m", "1", history.both)
    assert history.gone() == {"t1": [both], "t2": [both], "t4": [by]}


def test_each_commit_of_it(history: History) -> None:
    first = history.revert("t3~1")
    assert history.gone() == {}
    second = history.revert("t3")
    assert history.gone() == {"t3": [second, first]}


def test_the_revert_of_the_revert_and_that_one_reverted(history: History) -> None:
    first = history.revert("-m", "1", history.landing["t3"])
    second = history.revert(first)
    history.scene.commit(history.scene.root, {"numbers/t3a": "2\n" * 9})
    assert history.gone() == {}
    history.git("revert", "--no-edit", "HEAD")
    third = history.revert(second)
    assert history.gone() == {"t3": [first]} and third


def test_the_work_picked_again(history: History) -> None:
    history.revert("-m", "1", history.landing["t3"])
    history.git("cherry-pick", "-m", "1", history.landing["t3"])
    assert history.gone() == {}


def test_a_revert_that_came_by_a_branch(history: History) -> None:
    history.git("switch", "-q", "-c", "t4")
    history.git("revert", "--no-edit", "-m", "1", history.landing["t2"])
    by = history.git("rev-parse", "HEAD")
    history.git("switch", "-q", "main")
    history.git("merge", "-q", "--no-ff", "-m", "Land t4", "t4")
    assert history.gone() == {"t2": [by]}


def test_a_card_that_takes_away_what_another_brought_reverts_nothing(history: History) -> None:
    history.git("rm", "-q", "numbers/t3a", "numbers/t3b")
    history.git("commit", "-qm", "Cleaned up: this would have been a revert, if git had made it")
    assert history.gone() == {}


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ({}, {}),
        ({"b": ["a"]}, {"a": "b"}),
        ({"c": ["b"], "b": ["a"]}, {"b": "c"}),
        ({"d": ["c"], "c": ["b"], "b": ["a"]}, {"c": "d", "a": "b"}),
        ({"d": ["a"], "c": ["b"], "b": ["a"]}, {"a": "d", "b": "c"}),
        ({"b": ["a", "x"]}, {"a": "b", "x": "b"}),
        ({"b": ["b"]}, {"b": "b"}),
        ({"b": ["c"], "c": ["b"]}, {}),
    ],
)  # fmt: skip
def test_what_reverts_leave_taken_back(said: dict[str, list[str]], gone: dict[str, str]) -> None:
    assert reverts.undone(said) == gone


def test_beginnings_of_ids(tmp_path: Path) -> None:
    assert reverts.undone({"cccccccccc": ["bbbbbbb"], "bbbbbbbbbb": ["aaaaaaa"]}) == {"bbbbbbb": "cccccccccc"}
