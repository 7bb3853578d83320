"""What is remembered of a checkout's edits is what git would say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import edits, halfway, worktrees

NAMES = {"kept", "numbers/one", "not there"}


@pytest.fixture
def head(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> str:
    """A checkout in which nothing was written just now."""
    monkeypatch.setattr(halfway, "COARSE_NS", 20_000_000)
    head = scene.commit(scene.root, {"kept": "1\n"})
    return settled(scene, head)


def settled(scene: Scene, head: str) -> str:
    """Wait until nothing there is as new as the clock of the file system is coarse."""
    time.sleep(2 * halfway.COARSE_NS / 1e9)
    return head


def asked(scene: Scene, head: str, names: set[str] = NAMES, lasting: bool = True) -> set[str]:
    found = edits.recalled(scene.root, head, names)
    return names & edits.read(scene.root, head, names, lambda: lasting) if found is None else found


def test_git_is_asked_once_while_all_stays_as_it_is(scene: Scene, head: str, git_calls: list[str]) -> None:
    assert [asked(scene, head) for _ in range(3)] == [set()] * 3 and git_calls == ["status"]
    assert asked(scene, head, {"kept"}) == set() and git_calls == ["status"]
    asked(scene, head, {"check.sh"})
    git_calls.clear()
    for names in ({"check.sh"}, NAMES, {"check.sh", *NAMES}):  # what was asked before is remembered too
        asked(scene, head, names)
    assert git_calls == []


def _edit(place: Path) -> None:
    (place / "kept").write_text("2\n")


def _edit_unseen(place: Path) -> None:
    """Of the same length, with the time it had."""
    before = (place / "kept").stat()
    (place / "kept").write_text("3\n")
    os.utime(place / "kept", ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Scene], object]] = {
    "edited": lambda scene: _edit(scene.root),
    "edited with its time put back": lambda scene: _edit_unseen(scene.root),
    "gone": lambda scene: (scene.root / "kept").unlink(),
    "another mode": lambda scene: (scene.root / "kept").chmod(0o755),
    "staged": lambda scene: (_edit(scene.root), scene.git("add", "kept")),
    "taken out": lambda scene: scene.git("rm", "-q", "--cached", "kept"),
    "a directory": lambda scene: ((scene.root / "kept").unlink(), (scene.root / "kept").mkdir()),
    "added": lambda scene: ((scene.root / "not there").touch(), scene.git("add", "not there")),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_every_edit_is_seen_and_seen_to_be_taken_back(scene: Scene, head: str, change: str) -> None:
    assert asked(scene, head) == set() == asked(scene, head)
    CHANGES[change](scene)
    settled(scene, head)
    for _ in range(2):
        assert asked(scene, head) == NAMES & set(worktrees.touched_paths(scene.root)) != set()
    scene.sh("git reset -q --hard", scene.root)
    settled(scene, head)
    assert asked(scene, head) == set() == asked(scene, head)


def test_what_was_written_just_now_or_was_not_to_last_is_asked_again(
    scene: Scene, head: str, git_calls: list[str]
) -> None:
    asked(scene, head, lasting=False)
    asked(scene, head, lasting=False)
    assert git_calls == ["status"] * 2
    (scene.root / "kept").write_text("2\n")
    assert asked(scene, head) == {"kept"} == asked(scene, head)
    assert git_calls.count("status") >= 3
