"""Running a user's command line (a gate, a set-up step, a `command` agent) to its end.

An outcome that proves nothing is no verdict (`Outcome.spoilt`): it is tested again rather than charged.

Runs are forked one at a time. sh forks, and from Python 3.12 on filelock lets no second thread fork meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.system import descendants, late, supervisor
from batty_hooks.system.process.bare import Begun
from batty_hooks.system.process.living import ENDING_SECONDS, end_run
from batty_hooks.system.records import dataclass

_ROOT = str(Path(supervisor.__file__).parent.parent.parent)
_BOOT = (
    f"import sys; sys.path.insert(0, {_ROOT!a}); "
    "from batty_hooks.system import descendants, supervisor; supervisor.main()"
)
_FORKING = threading.Lock()  # sh forks, and filelock lets no second thread fork meanwhile (Python 3.12 and newer)
_ASK_SECONDS = 0.25
_FULL_BYTES = 1 << 20
_TAKEN_AWAY = "was taken away during the run"
Begin = Callable[[Sequence[str], Path, Mapping[str, str], FileIO, Sequence[int]], Begun]


@dataclass(frozen=True)
class Outcome:
    """How a user command ended: its exit code (negative: the signal), the seconds it ran, whether the time limit or a
    cancel ended it, and how many bytes of its output are not in the log.

    ``spoilt`` says in one line why the exit code proves nothing ("": it does): the disk was full, the directory was
    taken away (``homeless``), the run was ended from outside or cancelled. Whoever judges must not judge by such an
    outcome.
    """

    exit: int
    seconds: float
    timed_out: bool = False
    cancelled: bool = False
    spoilt: str = ""
    cut: int = 0
    homeless: bool = False

    @property
    def lost_home(self) -> bool:
        """Whether that the directory was taken away is all that keeps the exit code from proving anything."""
        return self.homeless and self.spoilt.endswith(_TAKEN_AWAY)


def run_user(
    command: str,
    cwd: Path,
    log: Path,
    env: Mapping[str, str],
    timeout: float | None = None,
    started: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    spare: bool = False,
    shell: str = "/bin/sh",
    begin: Begin | None = None,
) -> Outcome:
    """Run a user's shell command line to its end under a supervisor, its output appended to ``log``.

    When this returns, and soon after this process was killed, nothing is left of what the command started, but (with
    ``spare``) what was started with ``detach``. ``started`` gets the supervisor's pid; with its birth, a successor can
    end the run (end_run). ``cancelled`` is asked four times a second. After the time limit (seconds from when the
    command is running) everything gets TERM, two seconds later KILL; after a cancel a third of a second later. Of very
    much output the log keeps the beginning and the end. ``begin`` starts the supervisor where there is no sh (see
    `bare`). Raises FatalError when ``cwd`` is not there or the shell cannot be started.
    """
    home = _identity(cwd)
    if not home:
        raise FatalError(f"{cwd} is not there", "batty-hooks step  (it makes it anew)", TRY_AGAIN)
    with contextlib.ExitStack() as stack:
        orders_end, orders = _pipe(stack)
        report, report_end = _pipe(stack)
        running = _start(cwd, log, env, orders_end, report_end, spare, begin or _by_sh)
        stack.callback(running.reap)
        # Last in, first out: whatever goes wrong below, the end of the orders ends the run, and then it is waited for.
        stack.callback(orders.close)
        orders_end.close()
        report_end.close()
        born = descendants.birth(running.pid)
        if started:
            started(running.pid)
        _order(orders, b"".join(os.fsencode(word) + b"\0" for word in (shell, command)))
        begun, order = _wait(report, orders, timeout, cancelled)
        word = _last_word(report, running.pid, born)
    return _outcome(word, order, time.monotonic() - begun, cwd, home, log, shell)


def _pipe(stack: contextlib.ExitStack) -> tuple[FileIO, FileIO]:
    reader, writer = os.pipe()
    return stack.enter_context(FileIO(reader)), stack.enter_context(FileIO(writer, "w"))


def _start(
    cwd: Path, log: Path, env: Mapping[str, str], orders: FileIO, report: FileIO, spare: bool, begin: Begin
) -> Begun:
    arguments = ("-I", "-S", "-c", _BOOT, str(orders.fileno()), str(report.fileno()), str(int(spare)))
    fd = os.open(log, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    for end in (orders, report):
        os.set_inheritable(end.fileno(), True)  # by this child: every other start closes what it does not pass on
    with _FORKING, open(fd, "rb+", buffering=0) as output:
        return begin(arguments, cwd, env, output, (orders.fileno(), report.fileno()))


def _by_sh(arguments: Sequence[str], cwd: Path, env: Mapping[str, str], output: FileIO, fds: Sequence[int]) -> Begun:
    """Start the supervisor by the library sh: as everything of a user's is."""
    sh = late.whole("sh")

    try:
        with open(os.devnull, "rb") as nothing:
            running = sh.Command(sys.executable)(
                *arguments, _cwd=str(cwd), _env=dict(env), _in=nothing, _out=output, _err=output, _tty_in=False,
                _tty_out=False, _new_session=True, _bg=True, _bg_exc=False, _pass_fds=set(fds),
            )  # fmt: skip
    except sh.CommandNotFound:
        mend = "pipx install --force batty-hooks  (or ./install.sh from a clone)"
        raise FatalError(f"{sys.executable} is missing", mend) from None
    except sh.ForkException as error:
        said = str(error).strip().rpartition("\n")[2]
        mend = f"ls -ld {shlex.quote(str(cwd))}"
        raise FatalError(f"nothing could be run in {cwd}: {said}", mend, TRY_AGAIN) from None

    def reap() -> None:
        with contextlib.suppress(sh.ErrorReturnCode):  # sh by itself looks only once a second
            running.wait()

    return Begun(running.pid, reap)


def _order(orders: FileIO, words: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # a supervisor that is dead has left no last word, and so we shall know
        while words:
            words = words[orders.write(words) or 0 :]


def _wait(
    report: FileIO, orders: FileIO, timeout: float | None, cancelled: Callable[[], bool] | None
) -> tuple[float, bytes]:
    """Wait for the supervisor's last word; when the command began, and the order that had to be given before it ended.

    Its first word says that the command is running, and from there its time is counted.
    """
    begun, order, heard = time.monotonic(), _due(report, None, cancelled), b""
    if not order and (heard := report.read(1)):
        begun = time.monotonic()
        order = _due(report, begun + timeout if timeout else None, cancelled)
    if order:
        _order(orders, order)
        if not heard and _says(report, _ending_seconds(order)):
            report.read(1)
        _says(report, _ending_seconds(order))
    return begun, order


def _due(report: FileIO, limit: float | None, cancelled: Callable[[], bool] | None) -> bytes:
    """The order that is to be given before the supervisor says something, b"" when it did first."""
    while not _says(report, min(_ASK_SECONDS, max(0.0, limit - time.monotonic())) if limit else _ASK_SECONDS):
        if limit and time.monotonic() > limit:
            return supervisor.TIME_IS_UP
        if cancelled and cancelled():
            return supervisor.CANCEL
    return b""


def _says(report: FileIO, seconds: float) -> bool:
    poll = select.poll()
    poll.register(report, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def _ending_seconds(order: bytes) -> float:
    return supervisor.GRACE[order] + ENDING_SECONDS


def _last_word(report: FileIO, pid: int, born: str) -> tuple[int, ...]:
    """What the supervisor reports (see there); () when it was killed, and then nothing of the run is left either."""
    if not _says(report, 0):
        end_run(pid, born)
    said = report.readall()
    if not said:
        end_run(pid, born)
    return tuple(map(int, said.split()))


def _outcome(
    word: tuple[int, ...], order: bytes, seconds: float, cwd: Path, home: tuple[int, int, bool], log: Path, shell: str
) -> Outcome:
    exit, stopped, no_start, refused, cut = word or (-signal.SIGKILL, 1, 0, 0, 0)
    if no_start:
        raise FatalError(f"{shell} cannot be started: {os.strerror(no_start)}", f"ls -lL {shlex.quote(shell)}")
    spoilt, homeless = "", _identity(cwd) != home
    cancelled = bool(stopped) and order == supervisor.CANCEL
    if cancelled:
        spoilt = "the run was cancelled"
    elif stopped and (not word or not order):
        spoilt = "the run was ended from outside"
    elif homeless:
        spoilt = f"{cwd} {_TAKEN_AWAY}"
    elif exit and refused:
        spoilt = f"{log} could not be written: {os.strerror(refused)}"
    elif exit:
        spoilt = next((f"the disk that holds {place} is full" for place in (cwd, log.parent) if _is_full(place)), "")
    late = bool(stopped) and order == supervisor.TIME_IS_UP
    return Outcome(exit, seconds, late, cancelled, spoilt, cut, homeless)


def _identity(directory: Path) -> tuple[int, int, bool] | None:
    """Which directory this is, and whether it is a checkout: `rm -rf` may get no further than that."""
    try:
        found = directory.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, os.path.lexists(directory / ".git")


def _is_full(place: Path) -> bool:
    found = os.statvfs(place)
    free = found.f_bfree if os.geteuid() == 0 else found.f_bavail
    # A file system that does not count says 0 of 0.
    return found.f_blocks > 0 and (free * found.f_frsize < _FULL_BYTES or found.f_ffree == 0 < found.f_files)
