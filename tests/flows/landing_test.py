"""One landing at a time, under a flock anybody can hold; by command and by the script people run by hand."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from scene import Scene, wait_for

from batty_hooks.commands import merge
from batty_hooks.main import run
from batty_hooks.state.project import find
from batty_hooks.system import lock, shipped

SCRIPT = shipped.hooks() / "merge-to-trunk"


@contextmanager
def flock(scene: Scene) -> Iterator[None]:
    """Somebody's shell holds the landing lock."""
    lock = scene.root / ".batty/landing.lock"
    ready = scene.root.parent / "locked"
    shell = subprocess.Popen(
        ["sh", "-c", 'exec 9>>"$1"; flock 9; touch "$2"; read _', "sh", str(lock), str(ready)],
        stdin=subprocess.PIPE,
    )  # fmt: skip
    wait_for(ready.exists)
    try:
        yield
    finally:
        shell.communicate(b"\n")
        ready.unlink()


def branch(scene: Scene, name: str, number: str) -> None:
    scene.git("switch", "-qc", name)
    scene.commit(scene.root, {f"numbers/{name}": f"{number}\n"})
    scene.git("switch", "-q", "main")


def short_wait(scene: Scene) -> None:
    """A quarter of a second for the landing lock instead of a minute."""
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text() + "merge:\n  lock_timeout: 0.25\n")


def test_a_landing_waits_for_whoever_holds_the_flock_and_stays_queued(scene: Scene) -> None:
    scene.install()
    branch(scene, "alpha", "5")
    short_wait(scene)
    with flock(scene):
        said = scene.run("merge", "alpha", code=75)
        assert "landing.lock has been held by another process for more than 0.25 s" in said and "→" in said
        assert scene.subjects() == ["A project"]
        assert [path.name for path in (scene.root / ".batty/queue").glob("*.json")] == ["b-alpha.json"]
    scene.step()
    assert scene.subjects() == ["A project", "Land alpha"]


def test_who_waits_tries_again_however_often_the_place_to_test_was_taken(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    """Another process holds the slot and does not say yet what it tests: it ends what a killed one has left there."""
    scene.install()
    branch(scene, "alpha", "5")
    monkeypatch.chdir(scene.root)
    pauses: list[float] = []
    with ExitStack() as taken:
        taken.enter_context(lock.tried(find(scene.root).lock("gate-1")))

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            assert len(pauses) < 100, "it waits for ever"
            if len(pauses) == 15:
                taken.close()

        monkeypatch.setattr(merge, "time", SimpleNamespace(sleep=pause, time=time.time))
        assert run(["merge", "alpha"]) == 0
    assert len(pauses) >= 15 and scene.subjects() == ["A project", "Land alpha"]


def test_the_script_lands_a_branch_by_hand(scene: Scene) -> None:
    scene.install()
    branch(scene, "alpha", "5")
    done = subprocess.run([str(SCRIPT), "alpha"], cwd=scene.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert scene.subjects() == ["A project", "Land alpha"]


def test_the_script_refuses_what_is_red_and_respects_the_flock(scene: Scene) -> None:
    scene.install()
    branch(scene, "alpha", "x")
    branch(scene, "beta", "6")
    done = subprocess.run([str(SCRIPT), "alpha"], cwd=scene.root, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "FAILED numbers/alpha is not a number" in done.stdout
    short_wait(scene)
    with flock(scene):
        done = subprocess.run([str(SCRIPT), "beta"], cwd=scene.root, capture_output=True, text=True, check=False)
        assert done.returncode == 75, done.stdout + done.stderr
    assert scene.subjects() == ["A project"]


def test_the_test_command_sees_nothing_of_our_git_call(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite that runs `git init` with GIT_DIR set would commit its fixtures onto the engineer's branch."""
    suite = 'env | grep "^GIT_DIR\\|^GIT_INDEX\\|^BATTY_MEMBER" && exit 1; d=$(mktemp -d); cd "$d" && git init -q . && '
    suite += 'git commit -q --allow-empty -m fixture && git rev-parse --show-toplevel && rm -rf "$d"'
    scene.install(suite)
    branch(scene, "alpha", "5")
    monkeypatch.setenv("GIT_DIR", str(scene.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    scene.run("merge", "alpha", env={"BATTY_MEMBER": ""})
    monkeypatch.undo()
    assert "fixture" not in scene.git("log", "--all", "--format=%s")


def test_the_trunk_moving_in_the_middle_means_another_test(scene: Scene) -> None:
    """The trunk moves while a candidate is tested: what lands is the tree that was tested on the new trunk."""
    scene.install()
    marker = scene.root.parent / "moved"
    move = f"git -C '{scene.root}' commit -q --allow-empty -m 'A person commits'"
    scene.team(None, f"[ -e '{marker}' ] || {{ touch '{marker}'; {move}; }}; echo run >> '{marker}'; sh check.sh")
    branch(scene, "alpha", "5")
    (scene.root / "numbers/ten").write_text("10\n")
    scene.git("add", ".")
    scene.run("merge", "alpha")
    assert scene.subjects() == ["A project", "A person commits", "Land alpha"]
    assert scene.show("numbers/alpha") == "5"


def test_a_warm_gate_worktree_keeps_caches_and_nothing_else(scene: Scene) -> None:
    (scene.root / ".gitignore").write_text("cache/\n")
    scene.git("add", ".")
    scene.git("commit", "-qm", "Ignore the cache")
    gate = "[ ! -e left-over ] && touch left-over && echo x > check.sh && mkdir -p cache && echo run >> cache/runs"
    scene.install(gate)
    for name, number in (("alpha", "5"), ("beta", "6")):
        branch(scene, name, number)
        scene.run("merge", name)
    place: Path = scene.root / ".batty/worktrees/gate-1"
    assert (place / "cache/runs").read_text() == "run\nrun\n"
    assert scene.show("check.sh") == (scene.root / "check.sh").read_text().rstrip("\n")
