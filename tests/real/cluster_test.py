"""Candidates tested at the workers of a cluster that somebody else runs: dask's real scheduler and workers with real
TLS certificates on the loopback, which have nothing of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real.dask_cluster import DaskCluster, authority
from real.elsewhere import GATE, Elsewhere, kills
from scene import Scene, wait_for

from batty_hooks.state import hosts
from batty_hooks.system import lock, machines
from batty_hooks.system.git import packs

pytest.importorskip("distributed")
pytest.importorskip("cryptography")


class Guest(Elsewhere):
    """A scene that is the guest of a cluster."""

    def __init__(self, scene: Scene, cluster: DaskCluster) -> None:
        super().__init__(scene)
        self.cluster = cluster

    def install(self, gate: str = GATE, **more: Any) -> Guest:
        self.scene.install(gate, **{"scheduler": self.cluster.address, "host_env": ["NAP"], "on": "done", **more})
        if self.cluster.protocol == "tls":
            shutil.copytree(self.cluster.tls, self.scene.root / ".batty/tls")
        return self

    def begin(self, *workers: str) -> Guest:
        """Have it kept at hand, and wait for its workers."""
        hosts.ensure(self.project, (), 4, "", self.cluster.address)
        wait_for(lambda: self.up() == set(workers), 120)
        return self

    def known(self) -> list[hosts.Host]:
        return hosts.known(self.project, (), self.cluster.address)

    def up(self) -> set[str]:
        return {host.name for host in self.known() if host.state == hosts.UP}

    def end(self) -> None:
        super().end()
        self.cluster.end()


@pytest.fixture
def guest(scene: Scene, tmp_path: Path) -> Iterator[Guest]:
    (tmp_path / "cluster").mkdir()
    found = Guest(scene, DaskCluster(tmp_path / "cluster"))
    try:
        found.cluster.begin("w1", "w2")
        yield found
    finally:
        found.end()


@pytest.fixture
def busy(guest: Guest) -> Iterator[Guest]:
    """The same, while the one slot here is taken by somebody."""
    with lock.tried(guest.project.lock("gate-1")) as got:
        assert got
        yield guest


def begun(guest: Guest, name: str, nap: str = "1000") -> tuple[subprocess.Popen[str], str]:
    """A test that runs at a worker, and which."""
    guest.branch(name)
    guest.env["NAP"] = nap
    going = guest.start_gate(name)
    wait_for(lambda: guest.cluster.below("w1", "w2"), 120)
    return going, next(worker for worker in ("w1", "w2") if guest.cluster.below(worker))


def test_a_card_lands_by_a_cluster_that_has_nothing_of_ours(busy: Guest) -> None:
    guest = busy.install().begin("w1", "w2")
    said = guest.run("doctor", code=None)
    assert "worker w1: linux-x86_64, `true` on main took" in said and "worker w2: linux" in said
    guest.branch("one")
    assert "passed" in guest.run("gate", "one")
    [event] = guest.told("gate passed")
    assert (
        event["host"] in ("w1", "w2")
        and f"home is {guest.cluster.home(event['host'])}" in Path(event["log"]).read_text()
    )
    assert event["tree"] == guest.scene.git("rev-parse", "one^{tree}")
    assert f"on {event['host']}" in guest.run("log")
    said = guest.run("status", code=None)
    assert "w1" in said and "0 of 2" in said
    guest.run("merge", "one")
    assert "one" in guest.scene.landed()[0]
    assert not guest.cluster.below("w1", "w2")
    rooms = [path.name for path in guest.cluster.home(event["host"]).glob(".cache/batty-hooks/machines/*")]
    assert any(name.endswith(f"@{os.uname().nodename}") for name in rooms)


def test_what_a_worker_loses_is_tested_at_another_and_nothing_is_left(busy: Guest) -> None:
    guest = busy.install().begin("w1", "w2")
    going, worker = begun(guest, "one", "4")
    guest.cluster.kill(worker)
    assert going.wait(120) == 0, going.communicate()
    lost, passed = guest.told("run lost", "gate passed")
    assert (lost["event"], lost["host"]) == ("run lost", worker) and passed["host"] not in ("", worker)
    wait_for(lambda: not guest.cluster.below(worker) and not guest.cluster.children(), 60)
    assert guest.up() == {"w1", "w2"} - {worker}
    guest.cluster.add(worker)
    wait_for(lambda: guest.up() == {"w1", "w2"}, 120)


def test_without_the_scheduler_it_is_tested_here_and_no_worker_is_blamed(guest: Guest) -> None:
    guest.install().begin("w1", "w2")
    with lock.tried(guest.project.lock("gate-1")):
        going, _ = begun(guest, "one")
        guest.cluster.kill("scheduler")
        wait_for(lambda: guest.told("run lost"), 120)
    guest.env["NAP"] = "0"
    going.kill()
    going.wait()
    assert not hosts.last_lost(guest.project)
    guest.run("gate", "one")
    assert [event.get("host", "") for event in guest.told("gate passed")] == [""]
    wait_for(lambda: not guest.cluster.below("w1", "w2") and not guest.cluster.children(), 120)
    assert "it does not answer: Connection refused" in guest.run("doctor", code=1)
    wait_for(lambda: "Connection refused" in guest.run("status", code=None), 60)


def test_who_waits_for_a_run_is_killed_and_it_ends(busy: Guest) -> None:
    guest = busy.install().begin("w1", "w2")
    going, _ = begun(guest, "one")
    going.kill()
    going.wait()
    wait_for(lambda: not guest.cluster.below("w1", "w2") and not guest.cluster.children(), 60)
    assert not guest.told("gate passed", "gate failed") and hosts.is_kept(guest.project)


def test_a_key_that_is_asked_for_twice_is_one_run(guest: Guest) -> None:
    guest.install().begin("w1", "w2")
    commit, tree = guest.scene.tip(), guest.scene.git("rev-parse", "main^{tree}")
    job = {
        "key": "k", "code": machines.code()[0], "project": "", "commit": commit, "tree": tree,
        "pack": packs.make(guest.scene.root, commit, []), "timeout": 60.0,
        "command": 'echo run >>"$HOME/runs"; sleep 3', "setup": [], "ready": "",
        "copies": {}, "ports": 0, "env": {}, "slots": 1,
    }  # fmt: skip
    found: list[Any] = []

    def ask(worker: str) -> None:
        found.append(hosts.connect(guest.project).run(worker, "k", job, {}, lambda: False))

    asking = [threading.Thread(target=ask, args=(worker,)) for worker in ("w1", "w2")]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert [answer["exit"] for answer in found] == [0, 0]
    runs = [(guest.cluster.home(worker) / "runs") for worker in ("w1", "w2")]
    assert "".join(path.read_text() for path in runs if path.exists()) == "run\n"


def test_what_is_wrong_with_a_certificate_is_told_and_all_is_tested_here(guest: Guest, tmp_path: Path) -> None:
    guest.install()
    tls, own = guest.scene.root / ".batty/tls", guest.cluster.tls
    authority(tmp_path / "other")

    def doctor() -> str:
        return guest.run("doctor", code=1)

    (tls / "key.pem").unlink()
    assert ".batty/tls/key.pem is not there\n    → put it there: it is what dask calls tls_client_key" in doctor()
    (tls / "key.pem").write_text("nonsense")
    assert "are no certificate with its key" in doctor()
    for name in ("cert.pem", "key.pem"):
        shutil.copy(tmp_path / "other" / name, tls)
    said = doctor()
    assert "it does not take our .batty/tls/cert.pem" in said and "that the cluster's authority has signed" in said
    for name in ("cert.pem", "key.pem"):
        shutil.copy(own / name, tls)
    shutil.copy(tmp_path / "other" / "ca.pem", tls)
    assert "its certificate is not one of .batty/tls/ca.pem" in doctor()
    guest.branch("one")
    guest.run("gate", "one")
    assert [event.get("host", "") for event in guest.told("gate passed")] == [""]
    wait_for(lambda: "its certificate is not one of" in guest.run("status", code=None), 60)


def test_a_label_that_no_worker_has_and_one_that_one_has(guest: Guest) -> None:
    guest.cluster.add("w3", "--resources", "gpu=1")
    guest.install(needs={"gpu": 1}).begin("w1", "w2", "w3")
    with lock.tried(guest.project.lock("gate-1")):
        guest.branch("one")
        guest.run("gate", "one")
    assert [event["host"] for event in guest.told("gate passed")] == ["w3"]
    said = guest.run("doctor")
    assert "worker w1: it does not offer gpu (gate.needs)" in said and "worker w3: linux" in said
    guest.cluster.kill("w3")
    wait_for(lambda: guest.up() == {"w1", "w2"}, 60)
    guest.branch("two")
    guest.run("gate", "two")
    assert guest.told("gate passed")[-1].get("host", "") == ""
    assert "not used" in guest.run("status", code=None)


def test_a_cluster_without_workers_and_one_of_another_version(
    guest: Guest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guest.install()
    for worker in ("w1", "w2"):
        guest.cluster.kill(worker)
    wait_for(
        lambda: "the cluster has no workers\n    → start some: `dask worker tls://" in guest.run("doctor", code=1), 60
    )
    import distributed

    monkeypatch.setattr(distributed, "__version__", "2024.2.0")
    wish = hosts.this_wish(guest.project, (), 1, "", guest.cluster.address)
    with pytest.raises(machines.Down, match=r"dask.distributed there is 20.*, here 2024.2.0") as down:
        machines.check_cluster(wish, lambda there: {}, 1)
    assert down.value.mend.startswith("pip install distributed==20")


def test_plain_tcp_is_used_on_the_loopback_alone(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    guest = Guest(scene, DaskCluster(tmp_path / "cluster", "tcp").begin("w1"))
    try:
        guest.install().begin("w1")
        with lock.tried(guest.project.lock("gate-1")):
            guest.branch("one")
            guest.run("gate", "one")
        assert [event["host"] for event in guest.told("gate passed")] == ["w1"]
        text = scene.root / ".batty/team_config/team.yaml"
        text.write_text(text.read_text().replace("127.0.0.1", "10.1.2.3"))
        for words in (("validate",), ("doctor",), ("start",)):
            said = guest.run(*words, code=None)
            assert "plain tcp is not used" in said and "start it with TLS, and write tls://" in said, said
        text.write_text(text.read_text().replace("10.1.2.3", "127.0.0.1").replace("tcp:", "tls:"))
        shutil.copytree(guest.cluster.tls, scene.root / ".batty/tls")
        assert "speaks no TLS" in guest.run("doctor", code=1)
    finally:
        guest.end()


def kill_worker(guest: Guest) -> None:
    worker = next((name for name in ("w1", "w2") if guest.cluster.below(name)), "w1")
    guest.cluster.kill(worker)
    guest.cluster.add(worker)


def kill_scheduler(guest: Guest) -> None:
    guest.cluster.kill("scheduler")
    guest.cluster.kill_all()  # (its workers end too, after a while)
    guest.cluster.begin("w1", "w2")


def kill_watcher(guest: Guest) -> None:
    guest.kill_last()
    guest.watch()


def kill_keeper(guest: Guest) -> None:
    guest.kill_keeper()


def test_whatever_is_killed_all_land_and_nobody_is_charged(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    """While every slot here is taken, so that all is at the cluster. KILLS=40 kills each of worker, scheduler, watcher
    and keeper as often, in an order that KILLS_SEED shuffles (with --limit 0: it takes its time)."""
    guest.install(retries=0, on="commit")
    guest.env["NAP"] = "2"
    monkeypatch.setenv("NAP", "2")  # for those that the commits' hooks start, too, while there is no watcher
    guest.watch()
    kinds = [kill_worker, kill_scheduler, kill_watcher, kill_keeper]
    order = kills(kinds, 2)
    with lock.tried(guest.project.lock("gate-1")):
        for name, kill in order.items():
            (guest.scene.root / ".batty/hosts/lost.json").unlink(missing_ok=True)  # nobody rests here for five minutes
            guest.branch(name)
            wait_for(lambda: guest.cluster.below("w1", "w2") or name in guest.have_passed(), 240)  # noqa: B023
            kill(guest)
    wait_for(lambda: guest.have_passed() >= set(order), 300)
    guest.all_landed_and_nobody_is_charged([*order])
    wait_for(lambda: not guest.cluster.below("w1", "w2") and not guest.cluster.children(), 60)
