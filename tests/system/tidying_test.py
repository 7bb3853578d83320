"""What lies on a host is bounded for ever, and a spoilt repository there is not for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system import directories, lock
from batty_hooks.system.git import packs
from batty_hooks.system.machines import job, tidying
from batty_hooks.system.machines.tidying import UNUSED_SECONDS

NOW = time.time()
SLOTS = 2


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where all of it lies on this host."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (job.room() / "code-1").mkdir(parents=True)
    return job.room()


def asked(scene: Scene, commit: str, there: list[str]) -> job.Job:
    tree = scene.git("rev-parse", f"{commit}^{{tree}}")
    return {
        "key": commit, "code": "1", "project": "mine", "commit": commit, "tree": tree,
        "pack": packs.make(scene.root, commit, there), "command": "sh check.sh", "timeout": 60.0, "setup": [],
        "ready": "", "copies": {}, "ports": 0, "env": {}, "slots": SLOTS,
    }  # fmt: skip


def sent(scene: Scene, number: int) -> dict[str, object]:
    """Have this host test a new commit, sent as home sends it."""
    commit = scene.commit(scene.root, {"numbers/two": f"{number}\n"})
    return job.run(asked(scene, commit, job.got("mine")), lambda: False)


def tidy(room: Path, now: float = NOW) -> None:
    tidying.everything(room, "mine", SLOTS, room / "code-1", now)


def packs_of(repository: Path) -> int:
    return len(list((repository / "objects/pack").glob("*.pack")))


def size_of(repository: Path) -> int:
    return sum(path.stat().st_size for path in (repository / "objects").rglob("*") if path.is_file())


def test_a_repository_that_receives_for_ever_stays_small(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "_MANY", 4)
    there = tmp_path / "there.git"
    packs.create(there)
    most = 0
    for number in range(80):  # each candidate replaces the one before: nothing reaches the old ones for long
        scene.git("checkout", "-q", "--detach", "main")
        commit = scene.commit(scene.root, {"numbers/two": f"{number}\n", "random": os.urandom(4000).hex()})
        packs.receive(there, commit, packs.make(scene.root, commit, packs.got(there)))
        if number == 76:
            os.utime(there / "tidied", (1, 1))  # a day has passed
        packs.tidy(there)
        most = max(most, packs_of(there))
    assert most < 10 and size_of(there) < 60 * 5000
    assert scene.git("fsck", "--connectivity-only", "--no-dangling", cwd=there) == ""
    tree = scene.git("rev-parse", f"{commit}^{{tree}}")
    assert packs.receive(there, commit, b"") == tree and commit in packs.got(there)


def test_a_test_that_has_git_collect_there_takes_no_ref_from_us(scene: Scene, tmp_path: Path) -> None:
    there = tmp_path / "there.git"
    packs.create(there)
    packs.receive(there, scene.tip(), packs.make(scene.root, scene.tip(), []))
    scene.git("gc", "-q", cwd=there)
    scene.git("gc", "--auto", "-q", cwd=there)
    assert packs.got(there) == [scene.tip()]


def test_what_nobody_has_used_for_a_month_goes_and_what_is_in_use_stays(room: Path) -> None:
    old = NOW - UNUSED_SECONDS - 1
    for name in ("code-0", "code-0.77", "left", "busy", "fresh", "mine"):
        (room / name).mkdir(parents=True)
        (room / name / "repository.lock").touch()
        os.utime(room / name, (old, old))
    (room / "fresh" / "used").touch()
    os.utime(room / "code-1", (old, old))
    with lock.tried(room / "busy" / "gate-1.lock"):
        os.utime(room / "busy", (old, old))
        tidy(room)
        assert sorted(path.name for path in room.iterdir()) == ["busy", "code-1", "fresh", "mine"]
    assert (room / "code-1").stat().st_mtime > old  # the next program's tidying leaves it alone


def test_worktrees_of_slots_that_are_no_more_go(scene: Scene, room: Path) -> None:
    assert sent(scene, 10)["exit"] == 0
    mine = room / "mine"
    for number in (3, 4):
        place = str(mine / f"gate-{number}")
        scene.git("worktree", "add", "-q", "--detach", place, scene.tip(), cwd=mine / "repository.git")
    with lock.tried(mine / "gate-4.lock"):
        tidy(room)
    assert sorted(path.name for path in mine.glob("gate-?")) == ["gate-1", "gate-4"]
    assert "gate-3" not in scene.git("worktree", "list", cwd=mine / "repository.git")


def test_a_spoilt_repository_is_given_up_the_second_time_and_sent_anew(scene: Scene, room: Path) -> None:
    assert sent(scene, 10)["exit"] == 0
    repository = room / "mine" / "repository.git"
    for path in (repository / "objects/pack").glob("*.pack"):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:40])
    directories.remove(room / "mine" / "gate-1")
    assert "lost" in sent(scene, 11) and repository.exists()
    with lock.tried(room / "mine" / "gate-2.lock"):  # a run is at work in it
        assert "lost" in sent(scene, 12) and repository.exists()
    assert "lost" in sent(scene, 13) and not repository.exists()
    assert sent(scene, 14)["exit"] == 0 and sent(scene, 15)["exit"] == 0
    assert not (room / "mine" / "doubt").exists()


def test_a_repository_half_made_by_a_killed_git_is_made_anew(scene: Scene, room: Path) -> None:
    (room / "mine" / "repository.git" / "objects").mkdir(parents=True)
    assert sent(scene, 10)["exit"] == 0
