"""One test run on a host: the candidate from a repository cache, in a warm worktree, under the supervisor of any run.

In comes a plain dict (see `Job`), out goes one: how the test ended with its log, or `lost` with why it proves nothing,
or `cancelled`. Standard library and git alone.
"""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

from batty_hooks.errors import FatalError
from batty_hooks.system import directories, lock, process
from batty_hooks.system.git import packs, warm
from batty_hooks.system.git.call import GitError
from batty_hooks.system.machines import hosting, tidying
from batty_hooks.system.process import bare

_SLOT_SECONDS = 20.0  # an earlier worker of ours may still be ending its run
_FIRST_PORT, _END_PORT = 20000, 32768
_OURS = ("PYTHONPATH", "PYTHONHOME", "DASK_CONFIG", "DASK_PARENT", "BATTY_MEMBER", "BATTY_NO_WAKE", "BATTY_PROJECT")


class Job(TypedDict):
    """``project`` names the home that asks: its caches on a host are its own. ``pack`` is what the host lacks of
    ``commit``, whose tree must be ``tree``. ``setup`` are commands that make a worktree ready, run again when ``ready``
    is another word than the last time; ``copies`` are files put there before each run (mode and content). ``key`` is
    given back as it came."""

    key: str
    code: str
    project: str
    commit: str
    tree: str
    pack: bytes
    command: str
    timeout: float
    setup: list[str]
    ready: str
    copies: dict[str, list[Any]]
    ports: int
    env: dict[str, str]
    slots: int


def room() -> Path:
    """Where everything of ours lies on a host."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "batty-hooks" / "machines"


def got(project: str) -> list[str]:
    """The commits whose objects this host has whole."""
    repository = room() / project / "repository.git"
    return packs.got(repository) if (repository / "HEAD").exists() else []


def run(job: Job, cancelled: Callable[[], bool]) -> dict[str, Any]:
    """Carry one out."""
    place = room() / job["project"]
    try:
        answer = _run(place, job, cancelled)
        tidying.trust(place)
        return answer
    except GitError as error:
        with contextlib.suppress(OSError, FatalError):
            tidying.doubt(place, job["slots"])
        return {"lost": error.what}
    except FatalError as error:
        return {"lost": error.what}
    except OSError as error:
        return {"lost": f"{error.strerror or error} {error.filename or ''}".strip()}


def _run(place: Path, job: Job, cancelled: Callable[[], bool]) -> dict[str, Any]:
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.held(place / "repository.lock"):
        packs.create(place / "repository.git", job["commit"])
        tree = packs.receive(place / "repository.git", job["commit"], job["pack"])
    if tree != job["tree"]:
        return {"lost": f"the candidate's tree is {tree} there, not {job['tree']}"}
    with _slot(place, job["slots"]) as number:
        if not number:
            return {"lost": "no slot is free there"}
        return _Slot(place, number, job, cancelled).test()


@contextlib.contextmanager
def _slot(place: Path, count: int) -> Iterator[int]:
    """Hold the first slot that is free; 0 where none is."""
    limit = time.monotonic() + _SLOT_SECONDS
    while time.monotonic() < limit:
        for number in range(1, count + 1):
            with lock.tried(place / f"gate-{number}.lock") as is_ours:
                if is_ours:
                    yield number
                    return
        time.sleep(0.1)
    yield 0


class _Slot:
    """One worktree on a host, and the run in it."""

    def __init__(self, place: Path, number: int, job: Job, cancelled: Callable[[], bool]) -> None:
        self.number, self.job, self.cancelled = number, job, cancelled
        self.path, self.log = place / f"gate-{number}", place / f"gate-{number}.log"
        self.going, self.ready = place / f"gate-{number}.going", place / f"gate-{number}.ready"
        self.repository = place / "repository.git"

    def test(self) -> dict[str, Any]:
        """Make the worktree hold the candidate, make it ready, run the test; what came of it."""
        self._end_leftover()
        self.log.unlink(missing_ok=True)
        warm.hold(self.repository, self.path, self.job["commit"])
        try:
            failed, outcome = self._made_ready()
            if outcome is None:
                outcome = self._outcome(self.job["command"], self.job["timeout"])
            return self._answer(failed, outcome)
        finally:
            self.going.unlink(missing_ok=True)
            self.log.unlink(missing_ok=True)

    def _made_ready(self) -> tuple[str, process.Outcome | None]:
        """Put the copies there, and run the setup if its word has changed: the command that failed, and how."""
        job = self.job
        if job["setup"] and self._remembered() != job["ready"]:
            self.ready.unlink(missing_ok=True)
            directories.remove(self.path)  # what another setup has made there is no part of this one
            warm.hold(self.repository, self.path, job["commit"])
            self._copy()
            limit = time.monotonic() + job["timeout"]
            for command in job["setup"]:
                with open(self.log, "ab") as file:
                    file.write(f"batty-hooks: setup: {command}\n".encode("utf-8", "surrogateescape"))
                outcome = self._outcome(command, max(0.1, limit - time.monotonic()))
                if outcome.exit or outcome.timed_out or outcome.spoilt:
                    return command, outcome
            warm.hold(self.repository, self.path, job["commit"])  # tracked files that it changed, and litter
            self.ready.write_text(job["ready"])
        self._copy()
        return "", None

    def _remembered(self) -> str:
        with contextlib.suppress(OSError):
            return self.ready.read_text()
        return ""

    def _copy(self) -> None:
        for name, (mode, content) in self.job["copies"].items():
            target = self.path / name
            if not directories.is_inside(self.path, target):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.write_bytes(content)
            target.chmod(mode)

    def _outcome(self, command: str, timeout: float) -> process.Outcome:
        """Run one command line to its end."""
        own = {"PYTHONDONTWRITEBYTECODE": "1", "BATTY_GATE": "1", **_ports(self.path, self.job["ports"])}
        environment = process.clean_environment({**self.job["env"], **own}, drop=_OURS)
        return process.run_user(
            command, self.path, self.log, environment, timeout, self._started, self.cancelled, begin=bare.begin
        )

    def _started(self, pid: int) -> None:
        self.going.write_text(f"{pid} {process.birth(pid)}")

    def _end_leftover(self) -> None:
        """End what a worker that was killed has left running here, if its supervisor was killed too."""
        with contextlib.suppress(OSError, ValueError):
            pid, _, birth = self.going.read_text().partition(" ")
            process.end_run(int(pid), birth)

    def _answer(self, failed: str, outcome: process.Outcome) -> dict[str, Any]:
        if outcome.cancelled:
            return {"cancelled": True}
        if outcome.spoilt:
            return {"lost": outcome.spoilt}
        try:
            log = self.log.read_bytes()
        except OSError:
            log = b""
        return {
            "key": self.job["key"], "tree": self.job["tree"], "exit": outcome.exit, "seconds": outcome.seconds,
            "timed_out": outcome.timed_out, "cut": outcome.cut, "setup": failed, "log": zlib.compress(log, 1),
            "here": hosting.here().words(),
        }  # fmt: skip


def _ports(path: Path, count: int) -> dict[str, str]:
    """The ports of a worktree: made of its path, as at home."""
    if not count:
        return {}
    blocks = (_END_PORT - _FIRST_PORT) // count
    first = _FIRST_PORT + zlib.crc32(os.fsencode(path)) % blocks * count
    numbered = {f"BATTY_PORT_{number}": str(first + number - 1) for number in range(1, count + 1)}
    return {"BATTY_PORT": str(first), **numbered}


def last_line(answer: Mapping[str, Any]) -> str:
    """The last that a run has printed, of its answer."""
    lines = zlib.decompress(answer["log"]).decode("utf-8", "replace").split("\n") if answer.get("log") else []
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")
