"""`batty-hooks watch` as people run it: a process that sees what changes and can be ended at any moment."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked import Begun
from scene import Scene, wait_for

from batty_hooks.moves.base import runner
from batty_hooks.moves.base.runner import Runner, snapshot
from batty_hooks.state import watcher
from batty_hooks.state.project import find
from batty_hooks.system import lock, process

AGENT = """
echo "10${2#t}" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""
Start = Callable[[], Begun]


@pytest.fixture
def watch(scene: Scene) -> Iterator[Start]:
    """Starts a watcher and waits until it watches; its output goes to watch.out beside the project."""
    started: list[Begun] = []

    def start() -> Begun:
        with open(_output(scene), "ab") as output:
            process = scene.begin("watch", output=output)
        started.append(process)
        pid_file = scene.root / ".batty/watch.pid"
        wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() == str(process.pid))
        return process

    yield start
    for one in started:
        one.kill()
        one.wait()


def _output(scene: Scene) -> Path:
    return scene.root.parent / "watch.out"


def test_a_watcher_that_was_told_to_end_has_a_successor_however_long_it_takes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the middle of a landing, say, while the team is started again."""
    project = find(scene.install().root)
    monkeypatch.setattr(watcher, "_ENDING_SECONDS", 0.0)
    with lock.held(project.lock("watch")):
        watcher.enter(project)
        assert watcher.stays(project)
        watcher.tell_ending(project)
        assert not watcher.stays(project), "another one is to be started"
        command = [sys.executable, "-m", "batty_hooks", "watch"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        successor = subprocess.Popen(command, cwd=scene.root, text=True, **pipes)
        with pytest.raises(subprocess.TimeoutExpired):
            successor.wait(1.0)
        watcher.leave(project)
    try:
        assert successor.stdout and successor.stdout.readline().startswith("watching ")
        assert watcher.alive(project) == successor.pid and watcher.stays(project)
    finally:
        successor.terminate()
        _, said = successor.communicate()
    assert (successor.returncode, said) == (0, "")


def test_a_saved_board_is_a_brief_though_nobody_looks_at_everything(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the saving that is seen, and not found by the look that comes every half a minute."""
    monkeypatch.setattr(runner, "_FULL_LOOK_SECONDS", math.inf)
    project, over = find(scene.install().root), threading.Event()
    scene.team("false")
    scene.run("step", "staff")
    watcher = threading.Thread(target=Runner(project, None, lambda item, error: None).forever, args=(over,))
    watcher.start()
    try:
        scene.cards("- [ ] Warm up")
        wait_for(lambda: "[blocked::" in "".join(scene.lane("IN PROGRESS")))
        scene.cards("- [ ] Add a number")
        wait_for(lambda: "t2.brief.1" in "".join(scene.messages("engineer-1")))
    finally:
        over.set()
        watcher.join(180)
    assert not watcher.is_alive()


def test_a_card_and_a_commit_end_on_the_trunk_and_are_told(scene: Scene, watch: Start) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    process = watch()
    scene.cards("- [ ] Add a number")
    wait_for(lambda: scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"])
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "two\n"})
    wait_for(lambda: "gate failed" in scene.log())
    wait_for(lambda: "FAILED numbers/two is not a number" in _output(scene).read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    said = _output(scene).read_text()
    assert said.startswith("watching ") and "landed" in said and "Traceback" not in said
    assert not (scene.root / ".batty/watch.pid").exists()


def test_a_killed_watcher_leaves_no_lock(scene: Scene, watch: Start) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    first = watch()
    first.kill()
    first.wait()
    assert (scene.root / ".batty/watch.pid").exists(), "it had no time to clean up"
    watch()
    scene.cards("- [ ] Add a number")
    wait_for(lambda: scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"])


def test_hooks_wake_a_step_when_the_watcher_was_killed(scene: Scene, watch: Start) -> None:
    scene.install()
    process = watch()
    process.kill()
    process.wait()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())


def test_a_suspended_watcher_is_said_and_what_hooks_wake_works_meanwhile(scene: Scene, watch: Start) -> None:
    scene.install()
    watching = watch()
    watching.send_signal(signal.SIGSTOP)
    wait_for(lambda: process.suspended(watching.pid))
    [need] = scene.json("status")["needs_you"]
    assert need["what"].startswith(f"the watcher (pid {watching.pid}) is suspended: nothing is done by itself but")
    assert need["command"] == f"kill -CONT {watching.pid}  (or `fg` in its terminal)"
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())
    scene.run("done", cwd=place)
    wait_for(lambda: scene.subjects() == ["A project", "Land agent-1/two"])
    watching.send_signal(signal.SIGCONT)
    wait_for(lambda: not scene.json("status")["needs_you"])


def test_a_second_watcher_refuses_in_one_line(scene: Scene, watch: Start) -> None:
    scene.install()
    process = watch()
    said = scene.run("watch", code=1)
    assert said == (
        f"batty-hooks: a watcher is running already (pid {process.pid})\n"
        "  → `batty-hooks log --follow` shows what it does\n"
    )


def test_a_watched_directory_replaced_is_watched_again(scene: Scene, watch: Start) -> None:
    scene.install()
    watch()
    spool = scene.root / ".batty/spool"
    spool.rename(spool.with_name("spool-old"))
    spool.mkdir()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())


def test_a_team_file_saved_half_typed_does_not_end_it(scene: Scene, watch: Start) -> None:
    scene.install()
    process = watch()
    team = scene.root / ".batty/team_config/team.yaml"
    good = team.read_text()
    team.write_text("gate: [")
    wait_for(lambda: "team.yaml:" in _output(scene).read_text())
    team.write_text(good)
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())
    assert process.poll() is None


def test_ended_in_the_middle_of_a_test_it_leaves_nobody_behind(scene: Scene, watch: Start) -> None:
    pid_file = scene.root.parent / "pid"
    scene.install(f"echo $$ > '{pid_file}'; exec sleep 600")
    process = watch()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip())
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    wait_for(lambda: not _alive(int(pid_file.read_text())))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_what_git_does_in_the_checkout_is_looked_at(scene: Scene) -> None:
    """A person puts away what a landing waits for; nothing that is watched has a new name by that."""
    project = find(scene.install().root)
    (scene.root / "numbers/one").write_text("mine\n")
    before = snapshot(project)
    scene.git("checkout", "-q", "--", "numbers/one")
    assert snapshot(project) != before


def test_what_comes_after_its_first_look_and_before_it_listens_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No hint tells of it: this watcher is deaf for good."""
    project = find(scene.install().root)
    scene.team(None, "true")
    over, first = threading.Event(), threading.Event()
    monkeypatch.setenv("BATTY_NO_WAKE", "1")

    def just_then(self: Runner) -> bool:
        begun = start_slow(self)
        if not first.is_set():
            first.set()
            scene.git("worktree", "add", "-q", str(scene.root.parent / "agent-1"), "-b", "agent-1/two")
            scene.commit(scene.root.parent / "agent-1", {"numbers/two": "2\n"})
            scene.run("done", cwd=scene.root.parent / "agent-1")
        return begun

    start_slow = Runner.start_slow
    monkeypatch.setattr(Runner, "start_slow", just_then)
    monkeypatch.setattr(runner.watch, "looks", lambda places, halt: iter(halt.wait, True))
    watcher = threading.Thread(target=Runner(project, None, lambda item, error: None).forever, args=(over,))
    watcher.start()
    try:
        wait_for(lambda: scene.subjects()[-1] == "Land agent-1/two")
    finally:
        over.set()
        watcher.join(180)
    assert not watcher.is_alive()


_TWICE = """
import os, signal, sys, threading
from pathlib import Path
from batty_hooks.commands import watch
from batty_hooks.state.project import find

class Twice:
    def __init__(self, lock):
        self.lock = lock
    def __enter__(self):
        self.lock.__enter__()
        os.kill(os.getpid(), signal.SIGTERM)
    def __exit__(self, *error):
        self.lock.__exit__(*error)
    def notify_all(self):
        self.lock.notify_all()

project, stop = find(Path.cwd()), threading.Event()
stop._cond = Twice(stop._cond)
signal.signal(signal.SIGTERM, lambda *_: watch._end(project, stop))
signal.signal(signal.SIGHUP, lambda *_: watch._end(project, stop))
os.kill(os.getpid(), signal.SIGHUP)
print(stop.is_set())
"""


def test_a_second_signal_in_the_middle_of_the_first_stops_nothing(scene: Scene) -> None:
    scene.install()
    argv = [sys.executable, "-c", _TWICE]
    done = subprocess.run(argv, cwd=scene.root, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
