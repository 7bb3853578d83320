"""Who descends from whom, and ending exactly those.

A process is named by its pid *and* its birth, because a pid is used again. /proc says both, and where there is none
(macOS) `ps` does. The supervisor imports this for every run, so nothing here may take long to import.
"""

from __future__ import annotations

import os
import time

from batty_hooks.system.signals import core as signal

TYPE_CHECKING = False
if TYPE_CHECKING:  # as typing has it, which takes longer to import than everything here together
    from collections.abc import Callable, Iterable, Mapping

HAS_PROC = os.path.exists("/proc/self/stat")
# In the environment of everything a run starts: the marks of the runs it belongs to, with commas between them.
MARK = "BATTY_RUN"
GRACE_SECONDS = 2.0  # from TERM to KILL, for what had a limit and was not cancelled
# In the environment of what lives on though it descends from a run.
DETACHED = "BATTY_DETACHED"
_PS = ("ps", "-axEww", "-o", "pid=,ppid=,stat=,lstart=,command=")
_KILL_SECONDS = 5.0
_PAUSES = (0.005, 0.01, 0.02, 0.05)


class Process:
    """One living process. ``words`` is what `ps` shows of its environment, where there is no /proc to ask."""

    __slots__ = ("birth", "parent", "pid", "words")

    def __init__(self, pid: int, parent: int, birth: str, words: str | None = None) -> None:
        self.pid, self.parent, self.birth, self.words = pid, parent, birth, words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Process) and (self.pid, self.birth) == (other.pid, other.birth)

    def __hash__(self) -> int:
        return hash((self.pid, self.birth))

    def variable(self, name: str) -> str:
        """A variable of the environment it was started with; "" when it is not set, or not ours to read."""
        if self.words is not None:
            entries = self.words.split()
        else:
            entries = os.fsdecode(_read(f"/proc/{self.pid}/environ")).split("\0")
        return next((entry.partition("=")[2] for entry in entries if entry.startswith(f"{name}=")), "")


def table() -> Mapping[int, Process]:
    """Every living process, by pid."""
    if not HAS_PROC:
        asker, said = _listing(_PS)
        return {pid: process for pid, process in from_ps(said).items() if pid != asker}
    found = (_by_proc(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return {process.pid: process for process in found if process}


def birth(pid: int) -> str:
    """A word that differs between two processes that had the same pid; "" when there is no such process."""
    if HAS_PROC:
        process = _by_proc(pid)
        return process.birth if process else ""
    state, *born = _listing(("ps", "-o", "stat=,lstart=", "-p", str(pid)))[1].split() or [""]
    return "" if state.startswith("Z") else "_".join(born)


def from_ps(listing: str) -> Mapping[int, Process]:
    """Every process that `ps` lists as pid, ppid, stat, lstart (five words) and the command with its environment."""
    found = {}
    for line in listing.splitlines():
        words = line.split(None, 8)
        if len(words) > 7 and not words[2].startswith("Z"):
            pid, parent = int(words[0]), int(words[1])
            found[pid] = Process(pid, parent, "_".join(words[3:8]), words[8] if words[8:] else "")
    return found


def _by_proc(pid: int) -> Process | None:
    """One living process; None when there is none of that pid, or only a zombie."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    # A zombie with threads is a program whose first thread has ended, and no other.
    if not fields or (fields[0] in b"ZX" and int(fields[17]) < 2):
        return None
    return Process(pid, int(fields[1]), f"{int(fields[19])}@{_boot()}")


def mark(supervisor: int, birth: str) -> str:
    """What everything carries that this supervisor has started."""
    return f"{supervisor}.{birth}"


def lives_on(process: Process) -> bool:
    """Whether it was started to live on, whatever it descends from (see process.detach)."""
    return bool(process.variable(DETACHED))


def below(
    living: Mapping[int, Process], roots: Iterable[int], spared: Callable[[Process], bool] | None = None
) -> list[Process]:
    """Everything that descends from ``roots``, parents first; nothing that is ``spared``, nor what descends from it."""
    children: dict[int, list[Process]] = {}
    for process in living.values():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    line = list(roots)
    seen = set(line)
    for pid in line:  # it grows
        for child in children.get(pid, ()):
            if child.pid not in seen and not (spared and spared(child)):
                seen.add(child.pid)
                line.append(child.pid)
                found.append(child)
    return found


def marked(living: Mapping[int, Process], word: str, spared: Callable[[Process], bool] | None = None) -> list[Process]:
    """Everything that carries the mark ``word`` and is not ``spared``, and what descends from it; never who asks."""
    carriers = [process for process in living.values() if word in process.variable(MARK).split(",")]
    carriers = [process for process in carriers if not (spared and spared(process))]
    found = {*carriers, *below(living, [process.pid for process in carriers], spared)}
    return [process for process in found if process.pid != os.getpid()]


def end(
    find: Callable[[], list[Process]], grace: float, pause: Callable[[float], object] = time.sleep
) -> list[Process]:
    """End everything that ``find`` gives, asked again until that is nothing: TERM, ``grace`` seconds later KILL.

    In the order given: when its child dies first, a shell goes on with its next line. The seconds count from when they
    were told: on a busy machine it takes longer to find them. Gives what could not be ended.
    """
    told: set[Process] = set()
    deaf: set[Process] = set()
    limit, pauses = time.monotonic() + grace, iter(_PAUSES)
    while (left := find()) and grace and (not told or time.monotonic() < limit):
        limit = limit if told else time.monotonic() + grace
        for process in left:
            if process not in told:
                told.add(process)
                send(process, signal.SIGTERM)
        pause(next(pauses, _PAUSES[-1]))
    limit, pauses = time.monotonic() + _KILL_SECONDS, iter(_PAUSES)
    while left and not deaf.issuperset(left) and time.monotonic() < limit:
        deaf.update(process for process in left if not send(process, signal.SIGKILL))
        pause(next(pauses, _PAUSES[-1]))
        left = find()
    return left


def send(process: Process, number: int) -> bool:
    """Send a signal to exactly this process: never to another one that has got its pid. False when it is not ours."""
    try:
        if hasattr(os, "pidfd_open"):
            _send_by_handle(process, number)
        elif _is(process):
            os.kill(process.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        return False
    return True


def _send_by_handle(process: Process, number: int) -> None:
    """The handle names the process it was opened for, whatever becomes of the pid after the look at its birth."""
    handle = os.pidfd_open(process.pid)
    try:
        if _is(process):
            signal.pidfd_send_signal(handle, number)
    finally:
        os.close(handle)


def _is(process: Process) -> bool:
    return birth(process.pid) == process.birth


_boots: list[str] = []


def _boot() -> str:
    """A word for this start of the machine: the clock that births are read from begins anew with each."""
    if not _boots:
        _boots.append(_read("/proc/sys/kernel/random/boot_id").decode()[:8])
    return _boots[0]


def _read(path: str) -> bytes:
    """A file of /proc, whole; b"" when there is none or it may not be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""


def _listing(argv: tuple[str, ...]) -> tuple[int, str]:
    """The pid of a `ps` and what it prints. (subprocess takes longer to import than everything here together.)"""
    reader, writer = os.pipe()
    environment = {**os.environ, "LC_ALL": "C"}  # or a date may have more words or fewer
    try:
        pid = os.posix_spawnp(argv[0], argv, environment, file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)])
    finally:
        os.close(writer)
    with open(reader, "rb") as output:
        said = output.read()
    os.waitpid(pid, 0)
    return pid, said.decode("utf-8", "replace")
