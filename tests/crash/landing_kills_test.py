"""A landing of a few hundred files into a checkout, killed with its git at any moment: then it lands, once and whole.

`moves_test` kills our process between its writes; here the whole process group dies, at times that a seed chooses, or
in the middle of git's work at a file that is chosen exactly (a smudge filter is run for each). KILLS=40 dies so often.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.killing import in_child
from scene import Scene, own_copy, until, wait_for

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.runner import Runner
from batty_hooks.state.project import Project, find
from batty_hooks.system import lock, process

CHANGED, ADDED, REMOVED = 150, 100, 50
KILLS = int(os.environ.get("KILLS", "6"))
LAND = {f"changed/{n}": f"{n} after\n" * 40 for n in range(CHANGED)} | {f"new/{n}": f"{n}\n" for n in range(ADDED)}
MINE = {"mine.txt": "not committed\n", "untracked.txt": "neither\n"}


_made: list[Scene] = []  # the scene, made once; each test has it in the same place again, as it was


@pytest.fixture
def ready(tmp_path_factory: pytest.TempPathFactory, alone: None) -> Scene:
    """An offer of some hundred files has passed; the person has a changed and an untracked file elsewhere."""
    if not _made:
        scene = make(tmp_path_factory.mktemp("landing") / "home")
        own_copy(scene.root.parent, scene.root.parent.with_name("kept"))
        _made.append(scene)
    give_back(_made[0])
    return _made[0]


def make(home: Path) -> Scene:
    scene = Scene(home / "project").create()
    before = {f"changed/{n}": f"{n} before\n" * 50 for n in range(CHANGED)}
    scene.commit(scene.root, before | {f"old/{n}": f"{n}\n" for n in range(REMOVED)} | {"mine.txt": "committed\n"})
    scene.install("true")
    place = home / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    scene.git("rm", "-rq", "old", cwd=place)
    scene.commit(place, LAND)
    scene.run("done", cwd=place)
    scene.run("step", "offer", "gate")
    scene.git("gc", "-q")
    for name, text in MINE.items():
        (scene.root / name).write_text(text)
    scene.git("update-index", "-q", "--refresh", check=False)
    return scene


def give_back(scene: Scene) -> None:
    """The scene as it was made."""
    home = scene.root.parent
    shutil.rmtree(home)
    own_copy(home.with_name("kept"), home)


def landing(project: Project) -> Callable[[], None]:
    """Make the move, as `step land` does."""

    def fail(item: str, error: FatalError) -> None:
        raise AssertionError(f"{item}: {error.what}")

    return lambda: Runner(project, ["land"], fail).once()


def started(project: Project) -> int:
    """A landing in a process group of its own: its pid."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        try:
            landing(project)()
        finally:
            os._exit(0)
    wait_for(lambda: os.getpgid(pid) == pid)
    return pid


def kill(group: int) -> None:
    os.killpg(group, signal.SIGKILL)
    os.waitpid(group, 0)


def age_locks(common: Path) -> None:
    """As if a minute had passed: no living git holds the lock of a ref for so long."""
    others = [common / name for name in ("HEAD.lock", "ORIG_HEAD.lock", "packed-refs.lock", "packed-refs.new")]
    for left in [*common.glob("refs/**/*.lock"), *filter(Path.exists, others)]:
        os.utime(left, (time.time() - 61, time.time() - 61))


def status(scene: Scene) -> str:
    return scene.git("status", "--porcelain", "--", ":!kanban.md", ":!.batty")


def not_half_moved(scene: Scene, base: str) -> None:
    tip = scene.tip()
    assert tip == base or scene.git("rev-parse", f"{tip}^1") == base


def landed_once(scene: Scene) -> None:
    """Everything of the landing is there, the person's files are as he left them, and nothing else is."""
    assert scene.subjects() == ["A project", "Work", "Land agent-1/work"]
    assert {name: (scene.root / name).read_text() for name in MINE} == MINE
    assert status(scene) == " M mine.txt\n?? untracked.txt"
    assert {name: (scene.root / name).read_text() for name in LAND} == LAND
    assert not (scene.root / "old").exists()
    assert not list((scene.root / ".batty/queue").glob("*.json"))
    assert scene.git("for-each-ref", "refs/batty/queue") == ""
    assert not (scene.root / ".batty/landing.json").exists()
    assert [event["event"] for event in scene.events()].count("landed") == 1


def test_kills_at_random_times(ready: Scene) -> None:
    scene, project, base = ready, find(ready.root), ready.tip()
    chance, journal = random.Random(3), project.batty / "landing.json"
    begun = time.monotonic()
    assert in_child(landing(project))
    whole = time.monotonic() - begun
    landed_once(scene)
    for number in range(KILLS):
        give_back(scene)
        group = started(project)
        if number % 2:  # in the middle of the checkout
            wait_for(lambda: journal.exists() or scene.tip() != base)
        time.sleep(chance.uniform(0, whole / 2 if number % 2 else whole))
        kill(group)
        not_half_moved(scene, base)
        age_locks(project.common)
        assert in_child(landing(project)), f"kill {number}"
        landed_once(scene)
    assert scene.git("fsck", "--connectivity-only", "--no-dangling") == ""


@pytest.fixture
def filtered(ready: Scene) -> Scene:
    """Twenty files of the landing go through a filter as they are written: ../filter, which only copies."""
    script = ready.root.parent / "filter"
    script.write_text("exec cat\n")
    ready.git("config", "filter.slow.smudge", f"sh '{script}'")
    ready.git("config", "filter.slow.clean", "cat")
    ready.git("config", "filter.slow.required", "true")
    (ready.root / ".git/info/attributes").write_text("changed/? filter=slow\nnew/? filter=slow\n")
    return ready


def at_file(scene: Scene, number: int, act: str) -> None:
    """Let the filter do ``act`` from the ``number``-th file on."""
    count, script = scene.root.parent / "count", scene.root.parent / "filter"
    count.unlink(missing_ok=True)
    script.write_text(f"echo >> '{count}'\n[ $(wc -l < '{count}') -lt {number} ] || {{ {act}; }}\nexec cat\n")


def waits_at_file(scene: Scene, number: int) -> tuple[Path, Path]:
    """Let the filter wait there: the file that says it has come so far, and the one that lets it go on."""
    here, go = scene.root.parent / "here", scene.root.parent / "go"
    at_file(scene, number, f"touch '{here}'; {until(go)}")
    return here, go


@pytest.mark.parametrize("number", [1, 10, 20])
def test_killed_in_the_middle_of_the_checkout(filtered: Scene, number: int) -> None:
    scene, project, base = filtered, find(filtered.root), filtered.tip()
    at_file(scene, number, "kill -9 0")
    os.waitpid(started(project), 0)
    assert scene.tip() == base and (scene.root / ".git/index.lock").exists()
    at_file(scene, 0, ":")
    assert in_child(landing(project))
    landed_once(scene)


def test_git_alone_is_killed_in_the_middle_of_the_checkout(filtered: Scene) -> None:
    """The system was short of memory, say: we live and say so, and the next try heals and lands."""
    scene, project = filtered, find(filtered.root)
    here, go = waits_at_file(scene, 10)
    words = [sys.executable, "-m", "batty_hooks", "step", "land"]
    lander = subprocess.Popen(words, cwd=scene.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_for(here.exists)
        [git] = process.with_argument(json.loads((project.batty / "landing.json").read_text())["new"])
        os.kill(git, signal.SIGKILL)
    finally:
        go.touch()
    assert "index.lock" in lander.communicate()[0] and lander.returncode == 1
    assert in_child(landing(project))
    landed_once(scene)


def test_refused_in_the_middle_of_the_checkout(filtered: Scene) -> None:
    """git gives up half-way (a filter fails on one file): what it had written is taken back at once."""
    scene, before = filtered, status(filtered)
    (scene.root.parent / "filter").write_text("exec awk '{ print } /^4 after/ { exit 1 }'\n")
    scene.run("step", "land", code=1)
    assert status(scene) == before and not (scene.root / "new").exists()
    assert (scene.root / "changed/0").read_text() == "0 before\n" * 50
    [need] = [need for need in scene.json("status")["needs_you"] if "git refused to land it" in need["what"]]
    assert "filter" in need["what"]
    at_file(scene, 0, ":")
    assert in_child(landing(find(scene.root)))
    landed_once(scene)


def test_refused_and_not_to_be_taken_back(filtered: Scene) -> None:
    """The filter fails on whatever it is given: that is said, and when it is mended the next step heals and lands."""
    scene = filtered
    at_file(scene, 10, "exit 1")
    assert "filter" in scene.run("step", "land", code=1)
    assert (scene.root / ".batty/landing.json").exists()
    at_file(scene, 0, ":")
    assert in_child(landing(find(scene.root)))
    landed_once(scene)


def test_a_killed_lander_leaves_its_git_alone_at_work(filtered: Scene) -> None:
    """Only our process dies: the lock is free at once, and who takes it waits until that git has ended."""
    scene, project = filtered, find(filtered.root)
    here, go = waits_at_file(scene, 10)
    first = started(project)
    try:
        wait_for(here.exists)
        assert not lock.is_free(project.lock("landing"))
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        assert lock.is_free(project.lock("landing"))
        second = started(project)
        wait_for(lambda: not lock.is_free(project.lock("landing")))
        assert (scene.root / ".git/index.lock").exists()
        go.touch()
        os.waitpid(second, 0)
    finally:
        go.touch()
    landed_once(scene)


def test_a_git_that_hangs_is_named(filtered: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, project = filtered, find(filtered.root)
    here, go = waits_at_file(scene, 10)
    monkeypatch.setattr("batty_hooks.state.trunk.moving._GIT_SECONDS", 0.2)
    first = started(project)
    try:
        wait_for(here.exists)
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        troubles: list[FatalError] = []
        Runner(project, ["land"], lambda item, error: troubles.append(error)).once()
        assert "is still at work for a landing that was killed" in troubles[0].what and troubles[0].code == 75
    finally:
        go.touch()
    assert in_child(landing(project))
    landed_once(scene)
