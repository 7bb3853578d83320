"""Hosts in trouble: a full disk, a clock that is wrong, two homes at one host, programs that go away."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from real.far import Machines
from real.machines_test import Far, begun, busy, far, pytestmark
from scene import Scene, wait_for

from batty_hooks.state import hosts
from batty_hooks.system import lock

__all__ = ["busy", "far", "pytestmark"]
_FAKETIME = [*Path(os.environ.get("FAKETIME_IN", "/usr/lib")).glob("**/faketime/libfaketimeMT.so.1")]


@pytest.fixture
def small(far: Far) -> Iterator[Path]:
    """A disk of 80 MB that is the cache of the first host."""
    cache = far.machines.hosts[0].home / ".cache"
    cache.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=80m", "none", str(cache)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount")
    try:
        yield cache
    finally:
        subprocess.run(["umount", "-l", str(cache)], check=True)


def fill(disk: Path) -> Path:
    """Leave nothing free on a disk; called again, nothing of what was freed since."""
    with open(disk / "ballast", "ab", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(1 << 16))
        except OSError:
            return disk / "ballast"


def lost(far: Far) -> list[tuple[str, str]]:
    return [(event["host"], event["text"]) for event in far.scene.events() if event["event"] == "run lost"]


def states(far: Far) -> list[str]:
    return [one.state for one in hosts.known(far.project, ("build1",))]


def test_a_host_whose_disk_is_full_charges_nobody_and_says_so(busy: Far, small: Path) -> None:
    far = busy
    far.install(on="done").begin()
    (far.scene.root / ".batty/hosts/lost.json").unlink(missing_ok=True)
    ballast = fill(small)
    far.branch("one", {"numbers/one1": "10\n", "big": os.urandom(200000).hex()})
    two = far.machines.hosts[1]
    with lock.tried(far.project.lock("gate-4")), lock.tried(far.project.lock("gate-5")):  # the other host's slots
        going = far.start_gate("one")
        wait_for(lambda: lost(far), 60)
    assert going.wait(120) == 0, going.communicate()
    [(host, why)] = lost(far)
    assert host == "build1" and "No space left on device" in why
    assert list(far.where().values()) == [two.name]
    said = far.scene.run("status", code=None, env=far.env)
    assert "build1  resting" in said and "it has lost a run: git" in said and "No space left on device" in said
    hosts.end(far.project)
    far.keep()
    # (What the run that was lost had begun is cleared away at its own time; who kept the hosts may be at its end yet.)
    wait_for(lambda: (fill(small), far.keep()) and hosts.UNFIT in states(far), 60)
    assert "the disk that holds" in far.scene.run("status", code=None, env=far.env)
    assert "is full\n    → ssh build1  (make room there" in far.scene.run("doctor", code=1, env=far.env)
    ballast.unlink()
    wait_for(lambda: far.keep() or far.up("build1", "build2"), 120)


def test_a_test_that_fills_the_disk_of_a_host_is_red_nowhere_but_where_it_has_room(busy: Far, small: Path) -> None:
    """It fails there because of the disk, and passes on the other host."""
    far = busy
    far.install(on="done").begin()
    far.scene.team(None, "head -c 100000000 /dev/zero >filled && rm filled", on="done",
                   hosts=["build1", "build2"], host_slots=2, host_env=["NAP"])  # fmt: skip
    far.branch("one")
    with lock.tried(far.project.lock("gate-4")), lock.tried(far.project.lock("gate-5")):
        going = far.start_gate("one")
        wait_for(lambda: lost(far), 60)
    assert going.wait(120) == 0, going.communicate()
    [(host, why)] = lost(far)
    assert host == "build1" and "No space left on device" in why and set(far.where().values()) == {"build2"}


@pytest.mark.skipif(not _FAKETIME, reason="there is no libfaketime here")
@pytest.mark.parametrize("clock", ["-1h", "+1h", "-1d"])
def test_a_host_whose_clock_is_wrong_is_used_as_any_other(scene: Scene, tmp_path: Path, clock: str) -> None:
    machines = Machines(tmp_path / "machines", "build1")
    [host] = machines.hosts
    host.begin(machines.place / "mine.pub", environment=f"LD_PRELOAD={_FAKETIME[0]} FAKETIME={clock}")
    far = Far(scene, machines)
    try:
        far.install(on="done").begin()
        with lock.tried(far.project.lock("gate-1")):
            for name in ("one", "two"):
                far.branch(name)
                assert "passed" in far.scene.run("gate", name, env=far.env)
            far.env["NAP"] = "1000"
            far.branch("three")
            going = begun(far, "1000", "three")
            going.kill()
            going.wait()
            wait_for(lambda: not far.running_on(host), 60)
        assert set(far.where().values()) == {"build1"} and not lost(far)
        assert "host build1: linux" in far.scene.run("doctor", code=None, env=far.env)
    finally:
        far.end()


def test_two_homes_share_a_host_and_know_nothing_of_each_other(busy: Far, tmp_path: Path) -> None:
    far = busy
    other = Far(Scene(tmp_path / "other" / "project").create(), far.machines)
    other.install(on="done").begin()
    far.install(on="done").begin()
    try:
        with lock.tried(other.project.lock("gate-1")):
            for one in (far, other):
                one.branch("one")
                one.env["NAP"] = "3"
            going = [one.start_gate("one") for one in (far, other)]
            assert [run.wait(120) for run in going] == [0, 0]
            hosts.end(other.project)
            far.env["NAP"] = "0"
            assert "passed" in far.scene.run("gate", "main", env=far.env)
        assert not lost(far) and not lost(other) and len(far.where()) == 2
        rooms = {path.name for host in far.machines.hosts for path in host.cache.glob("project-*")}
        assert len(rooms) == 2
    finally:
        hosts.end(other.project)


def test_git_that_goes_away_on_a_host_is_told_in_words(busy: Far) -> None:
    far = busy
    far.install(on="done").begin()
    far.branch("one")
    far.machines.hosts[0].take_program("git")
    with lock.tried(far.project.lock("gate-4")), lock.tried(far.project.lock("gate-5")):
        going = far.start_gate("one")
        wait_for(lambda: lost(far), 60)
    assert going.wait(120) == 0, going.communicate()
    assert lost(far) == [("build1", "git is not installed")] and set(far.where().values()) == {"build2"}


@pytest.mark.parametrize("what", ["local", "remote"])
def test_an_sshd_that_forwards_no_ports_is_told_with_what_mends_it(scene: Scene, tmp_path: Path, what: str) -> None:
    """(With `no` it does neither, and what is asked for first is refused as here.)"""
    machines = Machines(tmp_path / "machines", "build1")
    machines.hosts[0].begin(machines.place / "mine.pub", lines=f"AllowTcpForwarding {what}\n")
    far = Far(scene, machines)
    try:
        far.install(on="done").keep()
        wait_for(lambda: [one for one in hosts.known(far.project, ("build1",)) if one.state == hosts.UNFIT], 120)
        said = far.scene.run("status", code=None, env=far.env)
        assert "AllowTcpForwarding yes" in said and ("forwarding failed" in said or "forwards no port" in said)
        assert "AllowTcpForwarding yes" in far.scene.run("doctor", code=1, env=far.env)
    finally:
        far.end()
