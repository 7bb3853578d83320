"""An engineer's worktree goes to the next card, killed at every write: what was left in it is kept, and told."""

from __future__ import annotations

from crash.killing import every_kill, in_child
from desk import FIRST, MEMBER, SECOND, Desk, files_of, lost
from scene import Scene

from batty_hooks.moves.base import keeping
from batty_hooks.state import worktrees

LEFT = """
git init -q lib; echo w > lib/w
echo n > n; echo big > cache.o; echo s > s; git add s; rm s; echo 2 > src/a
git switch -qc other HEAD; echo o > src/b; git commit -qm other src/b; git switch -q -
echo m > src/b; git commit -qm mine src/b; git stash -q; git rebase -q other || true
git stash pop -q || true; echo half > src/b
"""


def test_killed_anywhere_nothing_that_was_left_is_lost_or_untold(scene: Scene) -> None:
    desk = Desk(scene)
    desk.sh(LEFT)
    left = files_of(desk.place)

    def work() -> None:
        tell = keeping.teller(desk.project, MEMBER)
        worktrees.begin(desk.project, MEMBER, SECOND, scene.tip(), tell)

    for number in every_kill(scene.root, work, stride=3):
        assert in_child(work), f"run again after kill {number}"
        assert lost(desk, left) == [], f"after kill {number}"
        desk.is_clean()
        told = scene.log()
        assert len(scene.git("for-each-ref", "refs/batty/saved").splitlines()) == 2, f"kept twice after kill {number}"
        assert told.count("saved ") == 1, f"told twice after kill {number}"
        [lib] = desk.project.saved.glob("*/*/lib")
        assert "(lib): moved to" in told and "the rebase that" in told, f"after kill {number}"
        assert f"moved to {lib.parent}" in told, f"after kill {number}"
    assert FIRST in scene.git("branch")
