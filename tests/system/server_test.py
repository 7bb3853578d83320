"""The door to git's network commands, with real servers: see tests/servers.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import servers
from scene import Again, Scene, wait_for
from servers import DOWN, UP, Daemon, File, Http, Proxy, Server

from batty_hooks.system import process
from batty_hooks.system.git import call, refs, server

ZERO = refs.ZERO
LONG = 60.0  # seconds; nothing here waits for them
MAIN = "refs/heads/main"


def project(scene: Scene) -> None:
    """With a second commit, so that there is something to go back to."""
    scene.commit(scene.root, {"numbers/two": "2\n"})


class Bench:
    """A server, and a clone of it with a commit that the server lacks."""

    def __init__(self, place: Path, there: Server) -> None:
        self.there, self.root = there, there.clone(place / "clone")
        self.base = there.tip()
        self.tip = self.commit()

    def git(self, *arguments: str) -> str:
        return servers.git(*arguments, cwd=self.root)

    def commit(self, name: str = "ours") -> str:
        (self.root / name).write_text("x\n")
        self.git("add", name)
        self.git("commit", "-qm", name)
        return self.git("rev-parse", "HEAD")

    def child(self, name: str, parent: str) -> str:
        """A commit upon ``parent``, with nothing checked out."""
        return self.git("commit-tree", f"{self.tip}^{{tree}}", "-p", parent, "-m", name)

    def push(self, base: str = "", tip: str = "", **more: object) -> server.Answer:
        return server.push(self.root, "origin", "main", base or self.base, tip or self.tip, LONG, **more)  # type: ignore[arg-type]

    def fetch(self) -> server.Answer:
        return server.fetch(self.root, "origin", "main", LONG)

    def ask(self) -> tuple[server.Answer, str | None]:
        return server.ask(self.root, "origin", "main", LONG)


@pytest.fixture
def source(again: Again, alone: None) -> Path:
    return again(project).root


@pytest.fixture
def file(tmp_path: Path, source: Path) -> Bench:
    return Bench(tmp_path, File(tmp_path / "server", source))


@pytest.fixture
def daemon(tmp_path: Path, source: Path) -> Iterator[Bench]:
    with Daemon(tmp_path / "server", source) as there:
        yield Bench(tmp_path, there)


@pytest.fixture
def http(tmp_path: Path, source: Path) -> Iterator[Bench]:
    with Http(tmp_path / "server", source) as there:
        yield Bench(tmp_path, there)


@pytest.fixture(params=["file", "daemon", "http"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Bench)
    return found


ACCEPTED = server.Answer(server.ACCEPTED)

# --- what a push and a fetch do -----------------------------------------------------------------------------


def test_the_way_of_a_landing(bench: Bench) -> None:
    """Push, and again after a kill; what a stranger pushes is fetched, and a push upon the old base is stale."""
    assert bench.ask() == (ACCEPTED, bench.base)
    assert bench.push() == ACCEPTED and bench.there.tip() == bench.tip
    assert server.seen(bench.root, "origin", "main") == bench.tip
    assert bench.push() == ACCEPTED, "whoever was killed does it again"
    new = bench.there.stranger().push()
    assert server.seen(bench.root, "origin", "main") == bench.tip
    answer = bench.push(bench.tip, bench.child("next", bench.tip))
    assert answer == server.Answer(server.STALE, "main: stale info") and bench.there.tip() == new
    assert bench.fetch() == ACCEPTED and server.seen(bench.root, "origin", "main") == new
    assert bench.git("rev-parse", "main") == bench.tip, "nothing else is moved"
    assert bench.push(new, bench.child("next", new)) == ACCEPTED
