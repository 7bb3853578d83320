"""Ending a run whose tester is dead: exactly that run, however its processes have hidden."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from batty_hooks.system import descendants

ENDING_SECONDS = 10.0  # beyond its grace, for a supervisor to end a run and put its log in order
birth = descendants.birth


def pid_space() -> str:
    """Which numbering of processes ours belongs to; "" where there is but one. A sandbox or container has its own: in
    there, nothing can be said of a pid from outside."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def end_run(pid: int, born: str) -> None:
    """End a run that nobody waits for, given its supervisor's pid and birth: by the supervisor if it lives, else by the
    mark that everything in the run carries. Nothing happens when it is all gone, or the pid another's."""
    if not born or not descendants.send(descendants.Process(pid, 0, born), signal.SIGTERM):
        return
    limit = time.monotonic() + descendants.GRACE_SECONDS + ENDING_SECONDS
    while birth(pid) == born and time.monotonic() < limit:
        time.sleep(0.02)
    descendants.end(lambda: _left(pid, born), 0.0)


def end_with_waiter(pid: int, born: str) -> None:
    """End a run and, before it, the process that waits for it, so that nobody takes its end for an outcome."""
    living = descendants.table()
    there = living.get(pid)
    if there and there.birth == born and (waiter := living.get(there.parent)) and waiter.pid > 1:
        descendants.send(waiter, signal.SIGKILL)
    end_run(pid, born)


def end(pid: int, born: str, grace: float) -> None:
    """Wait ``grace`` seconds for a process that was asked to end; then end it and everything below it."""
    limit = time.monotonic() + grace
    while born and birth(pid) == born:
        if time.monotonic() > limit:
            descendants.end(lambda: _with_all_below(pid, born), 0.0)
            return
        time.sleep(0.02)


def ask_to_end(pid: int) -> None:
    """Send a process TERM; one that is gone needs it no more."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGTERM)


def starter(pid: int) -> tuple[int, str]:
    """The process that started a living one and lives still, and the name of its program; 0 and "" when it does not or
    is not known."""
    there = descendants.table().get(pid)
    if there is None or there.parent <= 1:
        return 0, ""
    with contextlib.suppress(OSError):
        return there.parent, Path(f"/proc/{there.parent}/comm").read_text("utf-8", "replace").strip()
    asked = subprocess.run(["ps", "-o", "comm=", "-p", str(there.parent)], capture_output=True, check=False)
    return there.parent, os.path.basename(os.fsdecode(asked.stdout).strip())


def _with_all_below(pid: int, born: str) -> list[descendants.Process]:
    living = descendants.table()
    there = living.get(pid)
    return [there, *descendants.below(living, [pid], descendants.lives_on)] if there and there.birth == born else []


def _left(pid: int, born: str) -> list[descendants.Process]:
    """The supervisor, when it does not end, and everything in its run."""
    own = _with_all_below(pid, born)
    return [
        *own,
        *(
            process
            for process in descendants.marked(descendants.table(), descendants.mark(pid, born))
            if process not in own
        ),
    ]


def with_argument(*words: str) -> list[int]:
    """The living processes that have one of ``words`` among their arguments."""
    if Path("/proc/self/cmdline").exists():
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if set(os.fsdecode(Path(place, "cmdline").read_bytes()).split("\0")).intersection(words):
                    found.append(int(place.name))
        return found
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, check=False).stdout
    lines = [line.split() for line in listed.decode("utf-8", "replace").splitlines()]
    return [int(pid) for pid, *arguments in lines if set(arguments).intersection(words)]


def is_at_work(program: str, directory: Path) -> bool:
    """Whether a living ``program`` (git) has its current directory in ``directory``; where nobody can tell, it has."""
    if not Path("/proc/self/cwd").exists():
        return True
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if Path(place, "comm").read_text("utf-8", "replace").strip() == program:
                here = Path(os.readlink(place / "cwd"))
                if here == directory or directory in here.parents:
                    return True
    return False


def suspended(pid: int) -> list[int]:
    """The process, and those of its children that are at the same terminal, as far as they are stopped: by Ctrl-Z, by
    a signal. (What an agent runs as a tool has a pipe there, and may be stopped for its own reasons.)"""
    if Path("/proc/self/stat").exists():
        children = ""
        with contextlib.suppress(OSError):  # not every kernel lists them
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        beside = [one for one in map(int, children.split()) if _input(one) == _input(pid) != ""]
        return [one for one in (pid, *beside) if _state(one) == b"T"]
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout
    return [pid] if listed.strip().startswith(b"T") else []


def go_on(pids: list[int]) -> None:
    """Let processes that are stopped go on."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGCONT)


def _state(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1]
    return b""


def _input(pid: int) -> str:
    """What its standard input is, "" when that is no terminal or cannot be seen."""
    with contextlib.suppress(OSError):
        place = os.readlink(f"/proc/{pid}/fd/0")
        return place if place.startswith(("/dev/pts/", "/dev/tty")) else ""
    return ""
