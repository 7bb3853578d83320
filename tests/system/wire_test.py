"""What goes over a wire between us and our own part elsewhere, and who is served at the keeper's desk."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batty_hooks.system.machines import Cluster, Lost, desk, wire

certificate = pytest.importorskip("batty_hooks.system.machines.certificate")
pytest.importorskip("cryptography")

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # (of a busy machine)
@given(plain)
def test_what_is_packed_comes_back(value: object) -> None:
    assert wire.unpacked(wire.packed(value)) == value


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(), max_size=4), st.integers(1, 9))
def test_frames_are_found_however_they_come(parts: list[bytes], size: int) -> None:
    whole, came, found = b"".join(map(wire.framed, parts)), b"", []
    for place in range(0, len(whole), size):
        came += whole[place : place + size]
        while (one := wire.first(came)) is not None:
            found.append(one)
            came = wire.after_first(came)
    assert (found, came) == (parts, b"")


def test_nothing_but_plain_values_goes_over() -> None:
    with pytest.raises(TypeError):
        wire.packed({"a": object()})


class Pool:
    """Machines that do what their job says."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.given_up: list[str] = []

    async def got(self, host: str, project: str) -> list[str]:
        return [host, project]

    async def run(self, host: str, key: str, job: dict[str, Any], needs: dict[str, int]) -> dict[str, Any]:
        self.begun.append(key)
        if job["lost"]:
            raise Lost(job["lost"], job["by_host"])
        try:
            await asyncio.sleep(job["takes"])
        except asyncio.CancelledError:
            self.given_up.append(key)
            raise
        return {"key": key, "log": b"\0\xff"}


@contextmanager
def served(proof: Path) -> Iterator[tuple[Pool, Cluster]]:
    pool = Pool()
    proof.write_text("".join(certificate.made()))
    opened, is_open, over = desk.Desk(pool), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with await opened.open(proof):
            loops.append(asyncio.get_running_loop())
            is_open.set()
            await over.wait()
            while opened.is_busy:
                await asyncio.sleep(0.01)

    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    is_open.wait()
    try:
        yield pool, Cluster(opened.port, proof)
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()


def job(takes: float = 0.0, lost: str = "", by_host: bool = True) -> dict[str, Any]:
    return {"timeout": 60, "takes": takes, "lost": lost, "by_host": by_host}


def run(cluster: Cluster, key: str, what: dict[str, Any]) -> dict[str, Any] | None:
    return cluster.run("build1", key, what, {}, lambda: False)


def test_the_desk_answers_what_it_is_asked(tmp_path: Path) -> None:
    with served(tmp_path / "proof") as (_, cluster):
        assert cluster.got("build1", "mine") == ["build1", "mine"]
        assert run(cluster, "k", job()) == {"key": "k", "log": b"\0\xff"}
        for by_host in (True, False):
            with pytest.raises(Lost, match="why") as lost:
                run(cluster, "k", job(lost="why", by_host=by_host))
            assert lost.value.by_host == by_host


def test_two_who_ask_for_one_key_have_one_run(tmp_path: Path) -> None:
    with served(tmp_path / "proof") as (pool, cluster):
        found: list[object] = []
        asking = [threading.Thread(target=lambda: found.append(run(cluster, "k", job(2)))) for _ in range(2)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert pool.begun == ["k"] and found == [{"key": "k", "log": b"\0\xff"}] * 2


def test_who_lets_go_gives_the_run_up(tmp_path: Path) -> None:
    with served(tmp_path / "proof") as (pool, cluster):
        assert cluster.run("build1", "k", job(1000), {}, lambda: bool(pool.begun)) is None
        while not pool.given_up:
            time.sleep(0.01)
        assert run(cluster, "k", job()) and pool.begun == ["k", "k"]


def test_who_cannot_show_the_certificate_is_told_nothing(tmp_path: Path) -> None:
    with served(tmp_path / "proof") as (pool, cluster):
        (tmp_path / "other").write_text("".join(certificate.made()))
        with pytest.raises(Lost, match="does not answer") as lost:
            Cluster(cluster.port, tmp_path / "other").got("build1", "mine")
        assert isinstance(lost.value.__cause__, ssl.SSLError) and not lost.value.by_host and not pool.begun
