"""Candidates tested on other machines: real `sshd`s on the loopback, dask's real scheduler and workers, real git."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from real.elsewhere import GATE, Elsewhere, kills
from real.far import LACKING, Host, Machines
from scene import Scene, wait_for

from batty_hooks.state import hosts
from batty_hooks.system import lock
from batty_hooks.system.machines import Cluster, Lost, certificate, cluster, tasks

_NO_DASK = any(importlib.util.find_spec(name) is None for name in ("distributed", "cryptography"))
pytestmark = pytest.mark.skipif(bool(LACKING) or _NO_DASK, reason=LACKING or "pip install 'batty-hooks[machines]'")


class Far(Elsewhere):
    """A scene with hosts."""

    def __init__(self, scene: Scene, machines: Machines) -> None:
        super().__init__(scene, PATH=machines.path)
        self.machines = machines

    def install(self, **more: Any) -> Far:
        names = [host.name for host in self.machines.hosts]
        self.scene.install(GATE, **{"hosts": names, "host_slots": 2, "host_env": ["NAP"], **more})
        return self

    def up(self, *names: str) -> bool:
        known = hosts.known(self.project, tuple(host.name for host in self.machines.hosts))
        return {host.name for host in known if host.state == hosts.UP} == set(names)

    def begin(self) -> None:
        """Have the hosts kept at hand, and wait until they are."""
        self.keep()
        wait_for(lambda: self.up(*(host.name for host in self.machines.hosts)), 120)

    def keep(self) -> None:
        far = [host.name for host in self.machines.hosts]
        old = os.environ["PATH"]
        os.environ["PATH"] = self.env["PATH"]
        try:
            hosts.ensure(self.project, tuple(far), 2, "")
        finally:
            os.environ["PATH"] = old

    def running_on(self, host: Host) -> list[int]:
        """The processes of test runs there."""
        return [pid for pid in host.below() if b"BATTY_GATE=1" in _environ(pid)]

    def end(self) -> None:
        super().end()
        self.machines.end()


def _environ(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


@pytest.fixture
def far(scene: Scene, tmp_path: Path) -> Iterator[Far]:
    found = Far(scene, Machines(tmp_path / "machines", "build1", "build2").begin())
    yield found
    found.end()


def test_hosts_are_used_beside_this_machine(far: Far) -> None:
    far.install(on="done").begin()
    commits = {name: far.branch(name) for name in ("one", "two", "three", "four", "five")}
    far.env["NAP"] = "3"
    going = [far.start_gate(name) for name in commits]
    said = [run.communicate(timeout=120)[0] for run in going]
    assert [run.returncode for run in going] == [0] * 5, said
    assert set(far.where().values()) == {"", "build1", "build2"}
    homes = {host.name: str(host.home) for host in far.machines.hosts}
    for event in far.scene.events():
        if event["event"] == "gate passed" and event.get("host"):
            assert f"home is {homes[event['host']]}" in Path(event["log"]).read_text()
            tree = far.scene.git("rev-parse", f"{commits[event['label']]}^{{tree}}")
            assert event["tree"] == tree
    assert "on build" in far.scene.run("log")
    assert not any(far.running_on(host) for host in far.machines.hosts)


def begun(far: Far, nap: str = "60", name: str = "one") -> subprocess.Popen[str]:
    """A test that runs on a host: every slot here is taken."""
    far.env["NAP"] = nap
    going = far.start_gate(name)
    wait_for(lambda: any(far.running_on(host) for host in far.machines.hosts), 60)
    return going


def at(far: Far) -> Host:
    """The host where a test runs."""
    return next(host for host in far.machines.hosts if far.running_on(host))


@pytest.fixture
def busy(far: Far) -> Iterator[Far]:
    """A scene whose one slot here is taken by somebody."""
    with lock.tried(far.project.lock("gate-1")) as got:
        assert got
        yield far


def worker(host: Host) -> int:
    """Our worker there."""
    return next(pid for pid in host.below() if b"take(8)" in Path(f"/proc/{pid}/cmdline").read_bytes())


def kill_worker(far: Far, host: Host) -> None:
    os.kill(worker(host), signal.SIGKILL)


def kill_line(far: Far, host: Host) -> None:
    for pid in host.sessions():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_host(far: Far, host: Host) -> None:
    host.end()


@pytest.mark.parametrize("kill", [kill_worker, kill_line, kill_host])
def test_what_a_host_has_lost_is_tested_on_another(busy: Far, kill: Callable[[Far, Host], None]) -> None:
    far = busy
    far.install(on="done").begin()
    far.branch("one")
    going = begun(far, "4")
    first = at(far)
    kill(far, first)
    assert going.wait(120) == 0, going.communicate()
    events = [event for event in far.scene.events() if event["event"] in ("run lost", "gate passed")]
    assert [event["event"] for event in events] == ["run lost", "gate passed"]
    assert events[0]["host"] == first.name != events[1]["host"]
    assert not list(far.scene.root.glob(".batty/queue/*")) and "handed back" not in far.scene.log()
    wait_for(lambda: not far.running_on(first), 30)


def test_without_the_scheduler_it_is_tested_here_at_last(far: Far) -> None:
    far.install(on="done").begin()
    far.branch("one")
    with lock.tried(far.project.lock("gate-1")):
        going = begun(far, "1000")
        far.kill_keeper()
        wait_for(lambda: far.told("run lost"), 60)
    assert not hosts.last_lost(far.project), "that speaks against no host"
    far.env["NAP"] = "0"
    going.kill()
    going.wait()
    wait_for(lambda: not any(host.below() for host in far.machines.hosts), 60)
    far.scene.run("gate", "one", env={**far.env, "PATH": os.environ["PATH"]})
    assert list(far.where().values()) == [""]


def test_who_waits_for_a_run_is_killed_and_it_ends(busy: Far) -> None:
    far = busy
    far.install(on="done").begin()
    far.branch("one")
    going = begun(far, "1000")
    going.kill()
    going.wait()
    wait_for(lambda: not any(far.running_on(host) for host in far.machines.hosts), 30)
    assert "gate" not in far.scene.log()
    assert hosts.is_kept(far.project)


def test_doctor_says_what_a_host_lacks(far: Far) -> None:
    (far.scene.root / ".env").write_text("A=1\n")
    far.install(on="done", host_copy=[".env"])
    one, two = far.machines.hosts
    said = far.scene.run("doctor", code=None, env=far.env)
    assert "host build1: linux-x86_64, `true` on main took" in said and "host build2: linux" in said
    one.take_program("git")
    (two.home / ".local/share/batty-hooks/python").unlink()
    two.take_program("python3")
    said = far.scene.run("doctor", code=1, env=far.env)
    assert "host build1: there is no git on its PATH\n    → ssh build1  (install git there)" in said
    assert "host build2: there is no python3\n    → ssh build2  (install Python 3.10 or newer there)" in said
    far.scene.run("gate", "HEAD", env=far.env)
    assert list(far.where().values()) == [""]


def cut(host: Host) -> Iterator[int]:
    """Cut the line to a host: what carries it stands still. Gives what was stopped."""
    for pid in host.sessions():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            yield pid


def test_a_line_that_is_cut_charges_nobody_and_what_goes_on_there_does_no_harm(busy: Far) -> None:
    far = busy
    far.install(on="done").begin()
    far.branch("one")
    going = begun(far, "8")
    first = at(far)
    stopped = list(cut(first))
    assert going.wait(180) == 0, going.communicate()
    for pid in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    events = [(event["event"], event["host"]) for event in far.scene.events() if event.get("host")]
    assert [event for event, _ in events] == ["run lost", "gate passed"] and events[1][1] != first.name
    wait_for(lambda: far.up("build1", "build2") and not far.running_on(first), 120)
    assert len(list((far.scene.root / ".batty/verdicts").glob("*.json"))) == 1


def test_a_candidate_has_to_pass_on_each_class(far: Far) -> None:
    two = far.machines.hosts[1]
    (two.home / ".config/batty-hooks").mkdir(parents=True)
    (two.home / ".config/batty-hooks/machine").write_text("class: special\n")
    gate = 'test ! -e numbers/odd || test "$HOME" = "${HOME%build2/home}" || { echo FAILED odd there; exit 1; }'
    far.install(on="done").begin()
    far.scene.team(None, gate, on="done", hosts=["build1", "build2"], host_slots=2, classes=["linux", "special"])
    far.branch("good")
    far.branch("odd", {"numbers/odd": "77\n"})
    assert "passed" in far.scene.run("gate", "good", env=far.env)
    assert sorted(far.scene.run("log", env=far.env).count(word) for word in ("on build2",)) == [1]
    said = far.scene.run("gate", "odd", env=far.env, code=1)
    assert "FAILED odd there" in said
    events = [(event["event"], event.get("host", "")) for event in far.scene.events() if event.get("label") == "odd"]
    assert events == [("gate passed", ""), ("gate failed", "build2")]
    two.end()
    wait_for(lambda: not far.up("build1", "build2"), 60)
    far.branch("later", {"numbers/later": "78\n"})
    far.scene.run("merge", "--no-wait", "later", env=far.env)
    wait_for(lambda: "has to pass on special" in far.scene.run("status", code=None, env=far.env), 60)
    assert "landed" not in far.scene.log()


def test_a_keeper_that_is_mute_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 2.0)
    (tmp_path / "proof").write_text("".join(certificate.made()))
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(Lost, match="the process that keeps the hosts at hand does not answer") as lost:
            Cluster(mute.getsockname()[1], tmp_path / "proof").got("build1", "mine")
    assert not lost.value.by_host


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("k cancelled for reason: scheduler-connection-lost."), "the scheduler is gone"),
        (type("KilledWorker", (Exception,), {})("k", "w"), "its worker died"),
        (ValueError("what it was\nand more"), "ValueError: what it was"),
    ],
)
def test_why_a_run_has_no_result(error: Exception, words: str) -> None:
    assert tasks.words(error) == words


def kill_keeper(far: Far, host: Host) -> None:
    far.kill_keeper()


def kill_watcher(far: Far, host: Host) -> None:
    far.kill_last()
    far.watch()


def try_to_kill_worker(far: Far, host: Host) -> None:
    with contextlib.suppress(StopIteration, OSError):
        kill_worker(far, host)


def test_whatever_is_killed_all_land_and_nobody_is_charged(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """While every slot here is taken, so that all is on hosts; then here too. KILLS=40 kills each of worker, line,
    watcher and keeper as often, in an order that KILLS_SEED shuffles (with --limit 0: it takes its time)."""
    far.install(retries=0)
    for variable, value in {**far.env, "NAP": "2"}.items():
        monkeypatch.setenv(variable, value)  # for those that the commits' hooks start, too, while there is no watcher
    far.env["NAP"] = "2"
    far.watch()
    kinds = [try_to_kill_worker, kill_line, kill_watcher, kill_keeper]
    order = kills(kinds, 2)
    with lock.tried(far.project.lock("gate-1")):
        for name, kill in order.items():
            (far.scene.root / ".batty/hosts/lost.json").unlink(missing_ok=True)  # nobody rests here for five minutes
            far.branch(name)
            wait_for(partial(is_or_was_tested, far, name), 240)
            kill(far, at_or_any(far))
    wait_for(lambda: far.have_passed() >= set(order), 300)
    far.all_landed_and_nobody_is_charged([*order])
    hosts.end(far.project)
    wait_for(lambda: not any(host.below() for host in far.machines.hosts), 60)


def at_or_any(far: Far) -> Host:
    """A host at which a test runs, if it still does."""
    return next((host for host in far.machines.hosts if far.running_on(host)), far.machines.hosts[0])


def is_or_was_tested(far: Far, name: str) -> bool:
    """Whether a test runs at a host, or that of the branch ``name`` has passed (a busy machine looks seldom)."""
    return any(far.running_on(host) for host in far.machines.hosts) or name in far.have_passed()
