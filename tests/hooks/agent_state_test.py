"""hooks/agent-state: what agent CLIs run for each event. One file an event, and never a failure."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scene import Scene, wait_for

from batty_hooks.state import signals
from batty_hooks.state.project import Project, find
from batty_hooks.system import lock


@pytest.fixture
def project(tmp_path: Path, alone: None) -> Project:
    return find(Scene(tmp_path / "a 'quoted' project").create().install().root)


def run(hook: Path, *arguments: str, said: bytes = b"", cwd: Path = Path("/")) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(hook), *arguments], input=said, capture_output=True, cwd=cwd, check=False)


def test_an_event_and_its_json_are_one_file(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    done = run(hook, "prompt", said=json.dumps({"prompt": "Grüße\n`x` $(y)"}).encode())
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    [signal] = signals.waiting(project, "engineer-1")
    assert (signal.event, signal.data) == ("prompt", {"prompt": "Grüße\n`x` $(y)"})
    assert abs(signal.at - time.time()) < 60
    signals.drop(signal)
    assert signals.waiting(project, "engineer-1") == [] and signals.first(project, "engineer-1") == ""


def test_the_json_may_be_an_argument(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    run(hook, "notify", '{"type": "turn-complete"}')
    run(hook, "bare", "")
    assert [(one.event, one.data) for one in signals.waiting(project, "engineer-1")] == [
        ("notify", {"type": "turn-complete"}),
        ("bare", {"text": ""}),
    ]


def test_what_is_no_json_is_kept_as_text(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    run(hook, "a", said=b"not json \xff")
    run(hook, "b", said=b"[1, 2]")
    assert [one.data for one in signals.waiting(project, "engineer-1")] == [{"text": "not json �"}, {"text": [1, 2]}]


def test_it_does_not_read_a_terminal(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run([str(hook), "idle"], stdin=theirs, capture_output=True, timeout=120, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0 and signals.waiting(project, "engineer-1")[0].event == "idle"


def test_a_name_with_a_path_in_it_stays_in_its_room(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    assert run(hook, "../../../escape").returncode == 0
    assert signals.waiting(project, "engineer-1")[0].event == "escape"


def test_without_a_room_or_a_place_to_write_it_ends_well(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    (project.member_directory("engineer-1") / "events").rmdir()
    assert run(hook, "stop", said=b"{}").returncode == 0
    lonely = project.root.parent / "agent-state"
    lonely.write_bytes(hook.read_bytes())
    lonely.chmod(0o755)
    assert run(lonely, "stop", said=b"x" * 200_000).returncode == 0


def test_what_an_agent_said_that_is_dead_by_now_is_kept_back(project: Project) -> None:
    """Its successor would count as ready before it is. The hook is slow here: it waits for the end of its input."""
    hook = signals.prepare(project, "engineer-1")
    ours, theirs = os.pipe()
    with subprocess.Popen(["sh", "-c", '"$0" stop; exit 0', str(hook)], stdin=ours) as agent:
        os.close(ours)
        place = project.member_directory("engineer-1") / "events"
        wait_for(lambda: list(place.glob(".*")))
        agent.kill()
    os.close(theirs)
    wait_for(lambda: not list(place.iterdir()))


def test_what_is_just_being_said_is_forgotten_with_what_was_said(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    run(hook, "prompt", said=b"{}")
    with subprocess.Popen([str(hook), "stop"], stdin=subprocess.PIPE) as slow:
        place = project.member_directory("engineer-1") / "events"
        wait_for(lambda: list(place.glob(".*")))
        signals.clear(project, "engineer-1")
    assert slow.returncode == 0 and not list(place.iterdir())


def test_many_at_once_are_all_kept_in_the_order_of_their_time(project: Project) -> None:
    hook = signals.prepare(project, "engineer-1")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: run(hook, f"e{number}", said=b"{}"), range(40)))
    found = signals.waiting(project, "engineer-1")
    assert {one.event for one in found} == {f"e{number}" for number in range(40)}
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_without_a_watcher_a_step_is_started_in_nobodys_name(scene: Scene) -> None:
    scene.install()
    project = find(scene.root)
    hook = signals.prepare(project, "engineer-1")
    seen = scene.root.parent / "seen"
    line = f'echo "$1 ${{BATTY_MEMBER-nobody}} $PWD" > "{seen}.new"; mv "{seen}.new" "{seen}"'
    project.launcher.write_text(f"#!/bin/sh\n{line}\n")
    subprocess.run([str(hook), "stop"], input=b"{}", env={**os.environ, "BATTY_MEMBER": "engineer-1"}, check=True)
    wait_for(seen.exists)
    assert seen.read_text() == f"wake nobody {scene.root}\n"
    seen.unlink()
    with lock.held(project.lock("wake-next")):  # who waits to look sees it too
        run(hook, "held", said=b"{}")
    assert not seen.exists()
    run(hook, "free", said=b"{}")
    wait_for(seen.exists)
