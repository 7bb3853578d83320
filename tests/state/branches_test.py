"""Which ids are taken though no board knows them: git clean -fdx takes the board, and what it was about stays."""

from __future__ import annotations

from scene import Scene

from batty_hooks.state import worktrees
from batty_hooks.state.project import find


def test_an_id_is_taken_while_anything_is_named_after_it(scene: Scene) -> None:
    assert worktrees.ids_in_refs(find(scene.root)) == set()
    for ref in (
        "refs/heads/engineer-1/t1-a-title", "refs/batty/saved/engineer-1/t2-b-t7.3", "refs/heads/t5",
        "refs/batty/attempts/t3/1-failed", "refs/batty/saved/engineer-1/latest", "refs/heads/mine/t4",
        "refs/batty/saved/engineer-1/engineer-2-t6-of-another.4",
    ):  # fmt: skip
        scene.git("update-ref", ref, "HEAD")
    assert worktrees.ids_in_refs(find(scene.root)) == {"t1", "t2", "t3", "t4", "t6"}
