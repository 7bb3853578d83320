"""No test goes on for ever, nor does a run of them.

A test that takes longer than a limit fails: with its name, the stacks of its threads, and the processes it has started,
which are ended. Its worker goes on with the next. ``@pytest.mark.limit(SECONDS)`` gives one another limit. A test that
cannot even be interrupted (in C, or in what swallows everything) takes its worker along, and another worker comes.

`--within SECONDS` bounds a run with several workers: then it stops, and says which tests were still going on.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from batty_hooks.system import descendants

SECONDS = 240.0  # of a busy machine
_AGAIN = 15.0  # the exception may have been swallowed
_TIMES = 8 if os.environ.get("EVERY") else 1  # as much is tried then, in the tests that kill, cut and refuse
UNHEARD = 60.0  # from the limit until the whole process is ended
_NODE, _RUN = "PYTEST_CURRENT_TEST", "PYTEST_XDIST_TESTRUNUID"  # pytest's own marks; what a test starts has them too


class Bounds:
    """The plugin; one in each worker, and one in the process that leads them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.led = getattr(config, "workerinput", None)
        self.run = "" if self.led else uuid.uuid4().hex  # its name
        if not self.led:
            os.environ[_RUN] = self.run  # pytest-xdist gives its workers another
        self.stopped = False
        self.going: dict[str, float] = {}  # the tests that the workers are at, and since when
        self.said = None if self.led else tempfile.TemporaryDirectory(prefix="batty-stacks-")
        own = self.led["stacks"] if self.led else os.path.join(self.said.name, "led")
        # Where a process that is ended writes the stacks of its threads, and so does one that a test has forked.
        self.stacks = open(own, "w+")  # noqa: SIM115
        faulthandler.register(signal.SIGUSR1, file=self.stacks, all_threads=True)

    # --- one test ------------------------------------------------------------------------------------------

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        mark = item.get_closest_marker("limit")
        seconds = float(mark.args[0] if mark else self.config.getoption("limit")) * _TIMES

        def over(number: int, frame: FrameType | None) -> None:
            said = self.state(f"{item.nodeid} was not done in {seconds:g} s", _of_test(item.nodeid)) + _events(item)
            end(lambda: _of_test(item.nodeid))
            pytest.fail(said, pytrace=True)

        if not seconds:
            yield
            return
        before = signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        faulthandler.dump_traceback_later(seconds + UNHEARD, exit=True, file=self.stacks)
        yield
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    def state(self, what: str, processes: list[descendants.Process]) -> str:
        """In words: where each thread is, here and in what was forked from here, and what is running for this test."""
        self.stacks.seek(0)
        self.stacks.truncate()
        faulthandler.dump_traceback(self.stacks)
        for process in processes:
            if _forked(process):
                os.write(self.stacks.fileno(), f"\nIn the process {process.pid}:\n".encode())
                descendants.send(process, signal.SIGUSR1)
                time.sleep(0.3)  # it writes when it likes
        self.stacks.seek(0)
        return f"{what}\n{_without_pytest(self.stacks.read())}\n{_shown(processes)}"

    def pytest_unconfigure(self) -> None:
        faulthandler.unregister(signal.SIGUSR1)
        self.stacks.close()
        if self.said:
            self.said.cleanup()
        if self.stopped:
            end(lambda: _started(self.run))

    # --- the whole run, where the workers are led ----------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        assert self.said
        self.run = node.workerinput["testrunuid"]
        node.workerinput["stacks"] = os.path.join(self.said.name, node.gateway.id)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.going[nodeid] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.going.pop(nodeid, None)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker is gone: say where it was, and end what its test had started."""
        self.going.pop(crashitem, None)
        given = report.node.workerinput  # type: ignore[attr-defined]
        said = _without_pytest(Path(given["stacks"]).read_text())
        report.longrepr = f"{report.longrepr}\n{said}\n{_shown(_started(self.run, crashitem))}"
        end(lambda: _started(self.run, crashitem))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        within = self.config.getoption("within")
        if not within or self.led or not self.config.getoption("numprocesses", None):
            yield
            return

        def over(number: int, frame: FrameType | None) -> None:
            self.stopped, now = True, time.monotonic()
            still = [f"\n    {name} (for {now - since:.0f} s)" for name, since in self.going.items()]
            pytest.exit(f"the tests were not done in {within:g} s; still going on:{''.join(still)}", returncode=1)

        signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, within)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)


def options(parser: pytest.Parser) -> None:
    group = parser.getgroup("bounds")
    group.addoption("--limit", type=float, default=SECONDS, help="seconds after which a test fails; 0: never")
    group.addoption("--within", type=float, default=0, help="seconds after which a run with several workers stops")


def end(find: Callable[[], list[descendants.Process]]) -> None:
    """End these processes, and what they start meanwhile."""
    descendants.end(find, 0)


def _of_test(nodeid: str) -> list[descendants.Process]:
    """What descends from this process, and what has left it and was started by this test."""
    here = descendants.below(descendants.table(), [os.getpid()])
    return list({*here, *_started(os.environ.get(_RUN, ""), nodeid)})


def _started(run: str, nodeid: str = "") -> list[descendants.Process]:
    """What this run has started; for one test, or for all."""
    return [
        process
        for process in descendants.table().values()
        if process.pid != os.getpid()
        and process.variable(_RUN) == run
        and nodeid in ("", process.variable(_NODE).rpartition(" (")[0])
    ]


def _forked(process: descendants.Process) -> bool:
    """Whether it is still the program that we are."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process.pid}/cmdline").read_bytes() == Path("/proc/self/cmdline").read_bytes()
    return False


def _without_pytest(stacks: str) -> str:
    """The same without the frames that every test has."""
    machinery = [f"/site-packages/{name}/" for name in ("_pytest", "pluggy", "xdist", "execnet")]
    return "\n".join(line for line in stacks.splitlines() if not any(word in line for word in machinery))


def _events(item: pytest.Item) -> str:
    """What the projects of this test have told last."""
    place = getattr(item, "funcargs", {}).get("tmp_path")
    found = []
    for path in sorted(place.glob("**/.batty/events.jsonl")) if place else ():
        found += [f"\nThe last events of {path.parent.parent}:", *path.read_text("utf-8", "replace").splitlines()[-12:]]
    return "\n".join(found)


def _shown(processes: list[descendants.Process]) -> str:
    if not processes:
        return "It has no processes."
    argv = [
        "ps",
        "-o",
        "pid,ppid,stat,etime,time,wchan,args",
        "-p",
        ",".join(str(process.pid) for process in processes),
    ]
    return "Its processes:\n" + subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20).stdout
