"""The one way git is started: what it does when somebody else is in the middle of something."""

from __future__ import annotations

import threading
import time

import pytest
from scene import Scene

from batty_hooks.system.git import call, worktrees


def test_a_worktree_that_is_just_being_made_is_waited_for(scene: Scene) -> None:
    """`git worktree add` opens its files before it fills them, and git dies on an empty one."""
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", "--detach", str(place))
    common = scene.root / ".git/worktrees/agent-1/commondir"
    whole = common.read_bytes()
    common.write_bytes(b"")
    assert call.run("status", cwd=scene.root)[0] == 0
    begun = time.monotonic()
    fill = threading.Timer(0.06, common.write_bytes, [whole])
    fill.start()
    assert [found.path for found in worktrees.listed(scene.root)] == [scene.root, place]
    assert time.monotonic() - begun >= 0.05
    fill.join()


def test_one_that_stays_half_made_is_an_error_in_one_line(scene: Scene) -> None:
    scene.git("worktree", "add", "-q", "--detach", str(scene.root.parent / "agent-1"))
    (scene.root / ".git/worktrees/agent-1/commondir").write_bytes(b"")
    with pytest.raises(call.GitError, match="commondir"):
        worktrees.listed(scene.root)
