"""Traps that were measured before anything was built, each as a story: what git leaves running, what a hook hands on,
what Python keeps, and what a collector takes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene, wait_for

from batty_hooks.system import lock

MANY = 8


def working(scene: Scene, name: str, files: dict[str, str]) -> Path:
    place = scene.root.parent / name
    scene.git("worktree", "add", "-q", str(place), "-b", f"{name}/work")
    scene.commit(place, files)
    return place


# --- what git leaves running -------------------------------------------------------------------------------


@pytest.fixture
def lingering(tmp_path: Path) -> Iterator[Path]:
    """A directory for the pids of what lingers; all of that is ended afterwards."""
    place = tmp_path / "lingering"
    place.mkdir()
    yield place
    for file in place.iterdir():
        os.kill(int(file.read_text()), signal.SIGKILL)


def lingers(place: Path) -> str:
    """A line of sh: something stays behind that holds whatever it was given, all but its input and output."""
    return f"sleep 300 >/dev/null & echo $! > '{place}/'$!"


def test_a_filter_that_leaves_something_running_holds_neither_us_nor_the_lock(quiet: Scene, lingering: Path) -> None:
    """It holds the pipe on which we listen to git: waiting for its end would mean to wait for it."""
    scene = quiet
    working(scene, "agent-1", {"numbers/two": "2\n"})
    script = scene.root.parent / "filter"
    script.write_text(f"{lingers(lingering)}\nexec cat\n")
    scene.git("config", "filter.slow.smudge", f"sh '{script}'")
    (scene.root / ".git/info/attributes").write_text("numbers/two filter=slow\n")
    scene.run("merge", "agent-1/work")
    assert scene.subjects()[-1] == "Land agent-1/work"
    left = [int(file.name) for file in lingering.iterdir()]
    assert left and all(os.getpgid(pid) for pid in left), "it is still there"
    assert lock.is_free(scene.root / ".batty/landing.lock")
    for pid in left if Path("/proc/self/fd").exists() else []:
        open_files = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
        assert not {name for name in open_files if name.endswith(".lock")}


def test_the_hooks_of_the_checkout_do_not_run_under_the_lock(quiet: Scene, lingering: Path) -> None:
    scene = quiet
    working(scene, "agent-1", {"numbers/two": "2\n"})
    for name in ("post-merge", "post-checkout", "reference-transaction"):
        hook = scene.root / ".git/hooks" / name
        before = hook.read_text() if hook.exists() else "#!/bin/sh\n"
        hook.write_text(f"#!/bin/sh\ntouch '{scene.root.parent}/{name}-ran-in'$(basename \"$PWD\")\n" + before)
        hook.chmod(0o755)
    scene.run("step")
    scene.run("done", cwd=scene.root.parent / "agent-1")
    scene.run("step")
    assert scene.subjects()[-1] == "Land agent-1/work"
    assert not list(scene.root.parent.glob(f"post-*-ran-in{scene.root.name}"))


# --- what a hook hands on ----------------------------------------------------------------------------------


def test_a_suite_started_by_a_commit_in_a_linked_worktree_keeps_to_itself(scene: Scene) -> None:
    """git tells a hook of a linked worktree GIT_DIR: a suite that inherited it would commit its fixtures onto the
    engineer's branch, and `git init` would make the whole repository bare."""
    suite = 'd=$(mktemp -d) && cd "$d" && git init -q . && echo x > fixture && git add . && git commit -qm fixture && '
    scene.install(suite + '[ "$(git rev-parse --show-toplevel)" -ef "$d" ] && rm -rf "$d"')
    before = scene.git("config", "--local", "--list")
    place = working(scene, "agent-1", {"numbers/two": "2\n"})
    tip = scene.git("rev-parse", "agent-1/work")
    wait_for(lambda: any(event["event"] == "gate passed" for event in scene.events()))
    scene.run("done", cwd=place)
    wait_for(lambda: scene.subjects()[-1] == "Land agent-1/work")
    wait_for(lambda: lock.is_free(scene.root / ".batty/wake.lock"))
    assert scene.git("config", "--local", "--list").splitlines()[: len(before.splitlines())] == before.splitlines()
    assert scene.git("config", "core.bare") == "false"
    assert scene.git("rev-parse", "agent-1/work") == tip
    assert "fixture" not in scene.git("log", "--all", "--format=%s")
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""
    assert scene.git("status", "--porcelain", "--untracked-files=no", cwd=place) == ""


# --- what Python keeps -------------------------------------------------------------------------------------


def test_each_candidate_is_judged_by_its_own_source(quiet: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes compiled code for fresh when its source has the same size and the same second; the gate's worktree
    goes from one candidate to the next in less, and its ignored files stay."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    scene = quiet
    scene.commit(scene.root, {".gitignore": "__pycache__/\n", "answer.py": "VALUE = 0\n"})
    test = f"touch -t 202601010000 answer.py && '{sys.executable}' -c 'import answer, sys; sys.exit(answer.VALUE == 2)'"
    scene.team(None, test)
    for number in (1, 2, 3):
        working(scene, f"agent-{number}", {"answer.py": f"VALUE = {number}\n"})
        scene.run("gate", f"agent-{number}/work", code=1 if number == 2 else 0)


# --- what a collector takes away ---------------------------------------------------------------------------


def test_collecting_and_packing_beside_landings_loses_nothing(quiet: Scene) -> None:
    """`git gc` and `git pack-refs --all` without a pause while eight branches land."""
    scene = quiet
    # The gate has its worktree: while git makes one, its HEAD is 000…0 for a moment, and a gc in that moment gives up.
    working(scene, "first", {"numbers/first": "100\n"})
    scene.run("merge", "first/work")
    tips = []
    for number in range(1, MANY + 1):
        place = working(scene, f"agent-{number}", {f"numbers/a{number}": f"10{number}\n"})
        tips.append(scene.git("rev-parse", "HEAD", cwd=place))
        scene.run("done", cwd=place)
    stop, rounds, wrong = threading.Event(), [0], []

    def collect() -> None:
        while not stop.is_set() or rounds[0] < 40:
            for words in (("gc", "-q"), ("pack-refs", "--all")):
                done = subprocess.run(["git", *words], cwd=scene.root, capture_output=True, text=True, check=False)
                wrong.extend([done.stderr] if done.returncode else [])
            rounds[0] += 2

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        scene.step()
    finally:
        stop.set()
        collector.join()
    assert not wrong
    for tip in tips:
        scene.git("merge-base", "--is-ancestor", tip, "main")
    assert scene.git("for-each-ref", "refs/batty/queue") == ""
    assert scene.git("fsck", "--no-dangling") == ""
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""
    assert [event["event"] for event in scene.events()].count("landed") == MANY + 1


def test_what_waits_in_the_queue_survives_a_collector_that_spares_nothing(quiet: Scene) -> None:
    """One offer has passed and waits, one came back red; their branches are deleted and everything loose is pruned, the
    tree that passed too. The watcher, which remembers that tree, makes it again and lands it."""
    scene = quiet
    held = working(scene, "held", {"numbers/one": "11\n"})
    scene.commit(scene.root, {"numbers/calm": "7\n"})  # so that what would land is a tree nobody has
    red = working(scene, "red", {"numbers/four": "no number\n"})
    tips = [scene.git("rev-parse", "HEAD", cwd=place) for place in (held, red)]
    (scene.root / "numbers/one").write_text("mine\n")
    watcher = scene.begin("watch")
    try:
        for place in (held, red):
            scene.run("done", cwd=place)
        wait_for(lambda: "handed back: failed" in scene.log() and "waits to land" in str(scene.json("status")))
        tree = next(event["tree"] for event in scene.events() if event["event"] == "gate passed")
        for place in (held, red):
            scene.git("worktree", "remove", "--force", str(place))
            scene.git("branch", "-D", f"{place.name}/work")
        scene.git("reflog", "expire", "--expire=now", "--all")
        scene.git("gc", "-q", "--prune=now")
        assert [scene.git("cat-file", "-t", tip) for tip in tips] == ["commit", "commit"]
        assert scene.git("cat-file", "-t", tree, check=False) == ""
        scene.git("checkout", "-q", "--", "numbers/one")
        scene.save(scene.board())  # so that somebody looks
        wait_for(lambda: "landed" in scene.log())
    finally:
        watcher.terminate()
        watcher.wait()
    assert scene.git("fsck", "--no-dangling") == ""
