"""The one way git is started: what it does when somebody else is in the middle of something."""

from __future__ import annotations

import os
import threading
import time

import pytest
from scene import Scene

from batty_hooks.system.git import call, refs, worktrees


def test_a_worktree_that_is_just_being_made_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git worktree add` opens its files before it fills them, and git dies on an empty one."""
    monkeypatch.setattr(call, "_AGAIN_SECONDS", (*call._AGAIN_SECONDS, *[0.1] * 600))  # a busy machine fills them late
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


# --- what a killed git leaves ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["refs/heads/main", "refs/batty/queue/t1", "HEAD"])
def test_the_lock_of_a_ref_that_is_a_minute_old_is_nobodys(scene: Scene, name: str) -> None:
    new = scene.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Next")
    left = scene.root / f".git/{name}.lock"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.touch()
    with pytest.raises(call.GitError) as caught:
        refs.update(scene.root, name, new)
    assert caught.value.mend == f"rm {left}  (if no git is at work there)"
    os.utime(left, (time.time() - 61, time.time() - 61))
    assert refs.update(scene.root, name, new)
    assert scene.git("rev-parse", name) == new and not left.exists()


def test_a_ref_that_cannot_be_deleted_is_not_taken_for_deleted(scene: Scene) -> None:
    tip = scene.tip()
    scene.git("update-ref", "refs/batty/queue/t1", tip)
    left = scene.root / ".git/packed-refs.lock"
    left.touch()
    with pytest.raises(call.GitError, match="packed-refs"):
        refs.delete(scene.root, "refs/batty/queue/t1", tip)
    os.utime(left, (time.time() - 61, time.time() - 61))
    assert refs.delete(scene.root, "refs/batty/queue/t1", tip)
    assert not refs.delete(scene.root, "refs/batty/queue/t1", tip), "it is gone already"


def test_what_is_left_of_a_packing_that_was_killed(scene: Scene) -> None:
    tip = scene.tip()
    scene.git("update-ref", "refs/batty/queue/t1", tip)
    scene.git("pack-refs", "--all")
    left = [scene.root / ".git" / name for name in ("packed-refs.lock", "packed-refs.new")]
    for path in left:
        path.touch()
        os.utime(path, (time.time() - 61, time.time() - 61))
    refs.delete_all(scene.root, ["refs/batty/queue/t1"])
    assert refs.listed(scene.root, "refs/batty") == {} and not any(path.exists() for path in left)
    assert scene.tip() == tip


def test_the_lock_of_an_index_is_never_taken_for_nobodys(scene: Scene) -> None:
    left = scene.root / ".git/index.lock"
    left.touch()
    os.utime(left, (1, 1))
    with pytest.raises(call.GitError):
        call.text("reset", "--quiet", "HEAD", cwd=scene.root)
    assert left.exists()
