"""Whether a commit is there under another id: rebased, squashed, or with the trunk merged into it, by a forge."""

from __future__ import annotations

import pytest
from scene import Scene

from batty_hooks.state import trunk
from batty_hooks.state.project import Project, find

NOT_HERE = "1" * 40


class Sides:
    """A trunk that has moved on since `two` left it, and what others make of `two`."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.git = scene, scene.git
        self.base = scene.git("rev-parse", "main")
        self.at("two", self.base)
        scene.commit(scene.root, {"numbers/two": "2\n"}, "Two")
        self.two = scene.commit(scene.root, {"numbers/four": "4\n"}, "Four")
        self.at("new", self.base)
        self.new = scene.commit(scene.root, {"numbers/nine": "9\n"}, "Nine")

    def at(self, name: str, commit: str) -> None:
        self.git("checkout", "-q", "-b", name, commit)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def rebased(self) -> str:
        self.at("rebased", self.two)
        self.git("rebase", "-q", self.new)
        return self.head()

    def updated(self) -> str:
        self.at("updated", self.two)
        self.git("merge", "-q", "--no-edit", self.new)
        return self.head()

    def squashed(self) -> str:
        self.at("squashed", self.new)
        self.git("merge", "-q", "--squash", self.two)
        self.git("commit", "-q", "-m", "Squashed")
        return self.head()

    def more(self) -> str:
        self.rebased()
        return self.scene.commit(self.scene.root, {"numbers/six": "6\n"}, "A suggestion")

    def less(self) -> str:
        self.rebased()
        self.git("reset", "-q", "--hard", "HEAD^")
        return self.head()

    def other(self) -> str:
        self.at("other", self.new)
        return self.scene.commit(self.scene.root, {"numbers/two": "3\n", "numbers/four": "4\n"}, "Otherwise")

    def itself(self) -> str:
        return self.two

    def not_here(self) -> str:
        return NOT_HERE


@pytest.fixture
def sides(scene: Scene) -> Sides:
    scene.install()
    return Sides(scene)


@pytest.mark.parametrize(
    ("made", "has_all", "is_it"),
    [
        ("itself", True, True), ("rebased", True, True), ("updated", True, True), ("squashed", True, True),
        ("more", True, False), ("less", False, False), ("other", False, False), ("not_here", False, False),
    ],
)  # fmt: skip
def test_what_a_forge_has_made_of_it(sides: Sides, made: str, has_all: bool, is_it: bool) -> None:
    project: Project = find(sides.scene.root)
    head = getattr(sides, made)()
    assert trunk.has_all(project, head, sides.two) == has_all
    assert trunk.is_renewed(project, sides.new, head, sides.two) == is_it
    assert not trunk.has_all(project, sides.two, NOT_HERE)


def test_the_trunk_itself_is_nobodys_commit(sides: Sides) -> None:
    assert not trunk.is_renewed(find(sides.scene.root), sides.new, sides.base, sides.two)
