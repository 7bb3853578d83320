"""24 commits made at once, and a test that sleeps two seconds: one slot here alone, and with two hosts of four slots
(real `sshd`s on the loopback). How soon all have landed, how much went over for each, and what the way there takes.

Hosts are never on one machine in earnest: here they share its processors, so the seconds are the worst they can be.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from base import Row, Scene, home, main, wait_for
from real.far import LACKING, Machines

from batty_hooks.moves.base import away, testing
from batty_hooks.rules.batch import one
from batty_hooks.rules.look import Look
from batty_hooks.state import events, hosts, slots, trunk
from batty_hooks.state import project as project_map
from batty_hooks.state.slots import Slot
from batty_hooks.system.git import packs

_COMMITS, _SLOTS, _NAP, _TRIES = 24, 4, 2, 9


def measure(rounds: int = 1) -> list[Row]:
    """The seconds of one round each; medians of what a single run costs."""
    if LACKING or hosts.lacks_library():
        print(f"passed over: {LACKING or hosts.EXTRA}", file=sys.stderr)
        return []
    with home() as place, _machines(place) as machines:
        alone = statistics.median(_landed(place, []) for _ in range(rounds))
        beside = statistics.median(_landed(place, [host.name for host in machines.hosts]) for _ in range(rounds))
        added, here, sent = _costs(place, [host.name for host in machines.hosts])
    minutes = _COMMITS * 60
    return [
        Row("24 commits at once, here + 2 hosts of 4 slots: landed", minutes / beside, None, "here alone, 1 slot",
            minutes / alone, "a minute"),
        Row("…: how many times as fast", alone / beside, None, "goal: at least 4", 4.0, "times"),
        Row("a run on a host, beside its test", added, None, "a run here, beside its test", here),
        Row("…: what the host adds", added - here, 300),
        Row("…: sent for a candidate of one commit", sent, None, unit="bytes"),
    ]  # fmt: skip


@contextmanager
def _machines(place: Path) -> Iterator[Machines]:
    machines = Machines(place / "machines", "build1", "build2").begin()
    os.environ["PATH"] = machines.path
    try:
        yield machines
    finally:
        machines.end()


def _scene(place: Path, names: list[str]) -> Scene:
    scene = Scene(Path(tempfile.mkdtemp(dir=place)) / "project").create()
    far = {"hosts": names, "host_slots": _SLOTS} if names else {}
    scene.install(f"sleep {_NAP}; sh check.sh", **far)
    return scene


def _landed(place: Path, names: list[str]) -> float:
    """The seconds from the commits until all have landed."""
    scene = _scene(place, names)
    project = project_map.find(scene.root)
    branches = [f"b{number}" for number in range(_COMMITS)]
    for branch in branches:
        scene.git("worktree", "add", "-q", "-b", branch, str(scene.root.parent / branch))
    with subprocess.Popen(
        [sys.executable, "-m", "batty_hooks", "watch"], cwd=scene.root, stdout=subprocess.DEVNULL
    ) as watch:
        try:
            if names:
                hosts.ensure(project, tuple(names), _SLOTS, "")
                wait_for(lambda: all(host.state == hosts.UP for host in hosts.known(project, tuple(names))))
            begun = time.monotonic()
            for number, branch in enumerate(branches):
                scene.commit(scene.root.parent / branch, {f"numbers/{branch}": f"{1000 + number}\n"})
            wait_for(lambda: _count(scene, "gate passed") >= _COMMITS, 600)
            scene.run("merge", *branches)
            seconds = time.monotonic() - begun
            assert _count(scene, "landed") == _COMMITS
            if names:
                assert {event.get("host", "") for event in scene.events() if event["event"] == "gate passed"} > {""}
        finally:
            watch.terminate()
    hosts.end(project)
    return seconds


def _count(scene: Scene, event: str) -> int:
    return sum(line["event"] == event for line in events.read(project_map.find(scene.root)))


def _costs(place: Path, names: list[str]) -> tuple[float, float, float]:
    """Milliseconds beside the test of a run on a host and of one here, and bytes sent, medians."""
    scene = _scene(place, names)
    project = project_map.find(scene.root)
    os.environ["BATTY_NO_WAKE"] = "1"  # nobody tests them beside us
    hosts.ensure(project, tuple(names), _SLOTS, "")
    wait_for(lambda: all(host.state == hosts.UP for host in hosts.known(project, tuple(names))))
    there, here, sent = [], [], []
    scene.git("checkout", "-q", "-b", "side")
    for number in range(_TRIES):
        commit = scene.commit(scene.root, {f"numbers/n{number}": f"{2000 + number}\n"})
        look = Look(project)
        batch = one(look, look.candidate(commit), f"n{number}", (commit,))
        tested = trunk.for_test(project, batch.candidate, batch.label)
        known = hosts.connect(project).got(names[0], hosts.name_there(project))
        sent.append(len(packs.make(project.root, tested, known)))
        begun = time.monotonic()
        outcome = away.run(look, Slot(project, 2, names[0]), batch, tested, scene.root.parent / "there.log", None)
        there.append(time.monotonic() - begun - outcome.seconds)
        with slots.free(project, 1) as slot:
            assert slot
            begun = time.monotonic()
            outcome = testing._here(look, slot, batch, tested, scene.root.parent / "here.log", None)
            here.append(time.monotonic() - begun - outcome.seconds)
    hosts.end(project)
    return 1000 * statistics.median(there[1:]), 1000 * statistics.median(here[1:]), statistics.median(sent[1:])


if __name__ == "__main__":
    main(measure)
