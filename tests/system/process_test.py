"""A user's command under its supervisor: nothing of it is left, however it hid and however it ended; nobody else is
hurt; what it prints costs little; and an outcome that proves nothing says so.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scene import wait_for

from batty_hooks.errors import FatalError
from batty_hooks.system import bounded, descendants, process, supervisor

# Each writes the pid of something that would go on for ten minutes, and has gone its own way by then.
HIDING = {
    "in the background": "sh -c 'echo $$ > {pid}; exec sleep 600' &",
    "nohup": "nohup sh -c 'echo $$ > {pid}; exec sleep 600' >/dev/null 2>&1 &",
    "a session of its own": "setsid sh -c 'echo $$ > {pid}; exec sleep 600' &",
    "forked twice": "(setsid sh -c 'sh -c \"echo \\$\\$ > {pid}; exec sleep 600\" & exit 0' &)",
    "without an environment": "(env -i setsid sh -c '(echo $$ > {pid}; exec sleep 600 >/dev/null 2>&1) & exit 0' &)",
    "deaf to TERM": "setsid sh -c 'trap \"\" TERM; echo $$ > {pid}; while :; do sleep 1; done' &",
}
ENDING: dict[str, tuple[str, dict[str, Any]]] = {
    "by itself": ("true", {}),
    "red": ("exit 3", {}),
    "at the time limit": ("sleep 600", {"timeout": 0.5}),
    "cancelled": ("sleep 600", {"cancelled": lambda: True}),
}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., process.Outcome]:
    """Run a command line in tmp_path, its output in tmp_path/log."""

    def go(command: str, **more: Any) -> process.Outcome:
        (tmp_path / "at").mkdir(exist_ok=True)
        return process.run_user(command, tmp_path / "at", tmp_path / "log", process.clean_environment(), **more)

    return go


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is nobody's business."""
    with subprocess.Popen(["sleep", "600"]) as one:
        yield one
        assert one.poll() is None, "it was killed"
        one.kill()


def alive(file: Path) -> bool:
    return bool(process.birth(int(file.read_text())))


def hidden(way: str, file: Path) -> str:
    """A command line that hides something, and goes on when that has written its pid."""
    return f"{HIDING[way].format(pid=file)}\nuntil [ -s {file} ]; do sleep 0.01; done; "


# --- nothing is left ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDING)
@pytest.mark.parametrize("way", HIDING)
def test_nothing_is_left_of_a_run(
    run: Callable[..., process.Outcome], bystander: object, tmp_path: Path, way: str, ending: str
) -> None:
    last, more = ENDING[ending]
    outcome = run(hidden(way, tmp_path / "pid") + last, **more)
    assert not alive(tmp_path / "pid")
    assert outcome.timed_out == (ending == "at the time limit")
    assert outcome.cancelled == (ending == "cancelled") == (outcome.spoilt == "the run was cancelled")
    assert outcome.exit == {"by itself": 0, "red": 3}.get(ending, -signal.SIGTERM)


def test_a_cancel_takes_less_than_a_second() -> None:
    from batty_hooks.system.process import run

    assert run._ASK_SECONDS + supervisor.GRACE[supervisor.CANCEL] < 0.8


def test_a_shell_that_is_ended_does_not_go_on_with_its_next_line(
    run: Callable[..., process.Outcome], tmp_path: Path
) -> None:
    assert run("sleep 600; touch ../next; sleep 600; touch ../next", cancelled=lambda: True).cancelled
    assert not (tmp_path / "next").exists()


def test_what_is_ended_may_clean_up_and_say_so(run: Callable[..., process.Outcome], tmp_path: Path) -> None:
    command = "trap 'kill $!; touch ../tidied; echo tidied; exit 7' TERM; sleep 600 & wait"
    assert run(command, timeout=8).timed_out
    assert (tmp_path / "tidied").exists() and process.tail(tmp_path / "log", 1) == ["tidied"]


def test_the_time_of_a_command_counts_from_when_it_is_running(
    run: Callable[..., process.Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the interpreter that starts it takes longer than a short time limit."""
    monkeypatch.setattr("batty_hooks.system.process.run._BOOT", f"import time; time.sleep(9); {process.run._BOOT}")
    outcome = run(":", timeout=8)
    assert not outcome.timed_out and outcome.seconds < 8


def test_a_run_is_cancelled_before_its_command_is_running(
    run: Callable[..., process.Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batty_hooks.system.process.run._BOOT", f"import time; time.sleep(1); {process.run._BOOT}")
    assert run("sleep 600; touch ../ran", cancelled=lambda: True).cancelled and not (tmp_path / "ran").exists()


ENDS_MEANWHILE = """
import os, time
table = descendants.table
def late():
    for process in descendants.below(table(), [os.getpid()]):
        os.kill(process.pid, 15)
    while descendants.below(table(), [os.getpid()]):
        time.sleep(0.01)
    return table()
descendants.table = late
supervisor.main()"""


def test_how_a_command_ended_is_known_though_it_did_while_it_was_looked_for(
    run: Callable[..., process.Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    boot = process.run._BOOT.removesuffix("supervisor.main()") + ENDS_MEANWHILE
    monkeypatch.setattr("batty_hooks.system.process.run._BOOT", boot)
    assert run("sleep 600", cancelled=lambda: True).exit == -signal.SIGTERM


def test_who_is_found_late_is_asked_to_end_before_he_is_killed() -> None:
    """On a busy machine it takes longer to find him than he has."""
    with subprocess.Popen(["sleep", "600"]) as one:

        def find() -> list[descendants.Process]:
            time.sleep(0.2)
            return [descendants.Process(one.pid, os.getpid(), birth)] if one.poll() is None else []

        birth = process.birth(one.pid)
        assert descendants.end(find, 0.1) == [] and one.returncode == -signal.SIGTERM


def test_a_command_that_multiplies_faster_than_it_is_looked_at(run: Callable[..., process.Outcome]) -> None:
    grow = "sh -c 'trap \"\" TERM; while :; do setsid sleep 600 & sleep 0.005; done' & "
    runs: list[str] = []
    started = lambda pid: runs.append(descendants.mark(pid, process.birth(pid)))  # noqa: E731
    assert run(grow * 3 + "sleep 600", timeout=0.5, started=started).timed_out
    assert descendants.marked(descendants.table(), runs[0]) == []


@pytest.mark.parametrize("spare", [True, False])
def test_what_was_detached_to_live_on_is_spared_where_that_is_wanted(
    run: Callable[..., process.Outcome], tmp_path: Path, spare: bool
) -> None:
    """An agent's `batty-hooks done` wakes somebody who works for everybody."""
    script = tmp_path / "detaches.py"
    script.write_text(
        "from pathlib import Path\nfrom batty_hooks.system import process\n"
        "print(process.detach(['sh', '-c', 'sleep 600 & wait'], Path('/')))\n"
    )
    run(f"{shlex.quote(sys.executable)} {script} > ../pid", spare=spare)
    pid = int((tmp_path / "pid").read_text())
    there = process.birth(pid)
    assert bool(there) == spare
    if spare:
        assert descendants.end(lambda: [*_one(pid), *descendants.below(descendants.table(), [pid])], 0.0) == []


def test_what_was_detached_is_no_dead_child_when_it_has_ended(tmp_path: Path) -> None:
    """A watcher that runs for weeks starts thousands: they would add up to the limit of processes."""
    pid = process.detach(["true"], tmp_path)
    wait_for(lambda: not _one(pid))


def _one(pid: int) -> list[descendants.Process]:
    return [one for one in descendants.table().values() if one.pid == pid]


# --- the tester is killed ----------------------------------------------------------------------------------

TESTER = """
import sys
from pathlib import Path
from batty_hooks.system import process
place = Path(sys.argv[1])
started = lambda pid: (place / "run").write_text(f"{pid} {process.birth(pid)}\\n")
process.run_user(sys.argv[2], place, place / "log", process.clean_environment(), started=started)
"""


@pytest.fixture
def tester(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, in the middle of a run with something hidden in it."""
    command = hidden("a session of its own", tmp_path / "pid") + "touch ready; sleep 600"
    with subprocess.Popen([sys.executable, "-c", TESTER, str(tmp_path), command]) as one:
        wait_for((tmp_path / "ready").exists)
        yield one
        one.kill()


def test_a_run_whose_tester_is_killed_ends_by_itself(tester: subprocess.Popen[bytes], tmp_path: Path) -> None:
    tester.kill()
    wait_for(lambda: not alive(tmp_path / "pid"))
    pid, born = (tmp_path / "run").read_text().split()
    wait_for(lambda: process.birth(int(pid)) != born)


@pytest.mark.parametrize("killed", ["tester", "tester and supervisor", "tester, with a supervisor that hangs"])
def test_a_successor_ends_what_a_killed_tester_left(
    tester: subprocess.Popen[bytes], bystander: object, tmp_path: Path, killed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, born = (tmp_path / "run").read_text().split()
    if "supervisor" in killed:
        os.kill(int(pid), signal.SIGSTOP if "hangs" in killed else signal.SIGKILL)
        monkeypatch.setattr("batty_hooks.system.process.living.ENDING_SECONDS", 0.0)
    tester.kill()
    process.end_run(int(pid), born)
    assert not alive(tmp_path / "pid") and process.birth(int(pid)) != born


def test_a_pid_that_has_become_somebody_elses_is_left_alone(bystander: subprocess.Popen[bytes]) -> None:
    """The bystander has the pid that a record names: `bystander` fails when it is hurt."""
    for born in ("", "1@a", f"{process.birth(bystander.pid)}0"):
        process.end_run(bystander.pid, born)
        descendants.send(descendants.Process(bystander.pid, os.getpid(), born), signal.SIGKILL)
    assert process.birth(bystander.pid)


# --- without /proc, as on macOS ----------------------------------------------------------------------------

PS = ("ps", "axeww", "-o", "pid=,ppid=,stat=,lstart=,command=")  # this ps has another letter for the environment


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this process nor supervisors look into /proc, and orphans do not come back."""
    if not shutil.which("ps"):
        pytest.skip("there is no ps")
    from batty_hooks.system.process import run

    changes = f"descendants.HAS_PROC, descendants._PS, supervisor._become_subreaper = False, {PS!r}, lambda: False; "
    monkeypatch.setattr(run, "_BOOT", run._BOOT.replace("supervisor.main()", changes + "supervisor.main()"))
    monkeypatch.setattr(descendants, "_PS", PS)
    monkeypatch.setattr(descendants, "HAS_PROC", False)


@pytest.mark.parametrize("ending", ENDING)
@pytest.mark.parametrize("way", [way for way in HIDING if way != "without an environment"])
def test_without_proc_nothing_is_left_that_descends_or_carries_the_mark(
    run: Callable[..., process.Outcome], no_proc: None, bystander: object, tmp_path: Path, way: str, ending: str
) -> None:
    last, more = ENDING[ending]
    run(hidden(way, tmp_path / "pid") + last, **more)
    assert not alive(tmp_path / "pid")


def test_without_proc_a_successor_finds_the_run_by_its_mark(
    run: Callable[..., process.Outcome], no_proc: None, tmp_path: Path
) -> None:
    supervisors: list[int] = []

    def look() -> bool:
        """In the middle of the run."""
        [pid] = supervisors
        wait_for((tmp_path / "ready").exists)
        living, child, born = descendants.table(), int((tmp_path / "pid").read_text()), process.birth(pid)
        assert living[child].birth == process.birth(child) != ""
        below = {one.pid for one in descendants.below(living, [pid])}
        assert {one.pid for one in descendants.below(living, [os.getpid()])} == {pid, *below}
        assert {one.pid for one in descendants.marked(living, descendants.mark(pid, born))} == below >= {child}
        process.end_run(pid, born)
        return False

    command = hidden("a session of its own", tmp_path / "pid") + "touch ../ready; sleep 600"
    outcome = run(command, started=supervisors.append, cancelled=look)
    assert outcome.spoilt == "the run was ended from outside" and not alive(tmp_path / "pid")


# --- what it prints ----------------------------------------------------------------------------------------


def test_a_flood_of_output_costs_little_memory_and_little_disk(
    run: Callable[..., process.Outcome], tmp_path: Path
) -> None:
    look = "stat -c %s ../log > ../size; grep VmHWM /proc/$PPID/status > ../memory"
    outcome = run(f"echo 'FAILED first'; yes 0123456789 | head -c 300M; {look}; seq 100; exit 1")
    assert outcome.exit == 1 and not outcome.spoilt and outcome.cut > 3e8 - 1e7
    assert int((tmp_path / "size").read_text()) <= bounded.HEAD + bounded.TAIL
    assert int((tmp_path / "memory").read_text().split()[1]) < 64_000, "the supervisor's, in kB"
    assert (tmp_path / "log").stat().st_size < bounded.HEAD + bounded.TAIL + 100
    assert process.tail(tmp_path / "log", 50) == [str(number) for number in range(51, 101)]
    assert process.head(tmp_path / "log")[0] == "FAILED first"
    marks = [line for line in (tmp_path / "log").read_text().splitlines() if "MB of output are left out here" in line]
    assert len(marks) == 1


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 299, 300, 301, 450, 500, 1234])
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_the_log_keeps_the_first_and_the_last_part(tmp_path: Path, size: int, piece: int) -> None:
    """However the pieces fall; 100 bytes in front and 200 behind."""
    data = "".join(f"{number:03}\n" for number in range(400)).encode()[:size]
    (tmp_path / "log").write_bytes(b"before\n")
    with open(tmp_path / "log", "rb+") as file:
        log = bounded.Log(file.fileno(), 100, 200)
        for start in range(0, size, piece):
            log.add(data[start : start + piece])
        cut = log.finish()
    kept = (tmp_path / "log").read_bytes().removeprefix(b"before\n")
    if size <= 300:
        assert kept == data and cut == 0
    else:
        first, _, last = kept.partition(b"[batty-hooks: ")
        assert first == data[:100] and data.endswith(last.partition(b"\n")[2])
        assert len(first) + len(last.partition(b"\n")[2]) + cut == size and cut <= size - 300 + 4


def test_output_without_any_newline_and_output_that_is_no_text(
    run: Callable[..., process.Outcome], tmp_path: Path
) -> None:
    assert run("head -c 3000000 /dev/zero | tr '\\0' x; exit 1").exit == 1
    [line] = process.tail(tmp_path / "log", 50)
    assert line.startswith("xxx") and len(line) < 3000
    assert run("head -c 1000000 /dev/urandom; printf '\\033[31mred\\033[0m\\a\\n 10%%\\r 99%%\\r100%%\\r\\n'").exit == 0
    lines = process.tail(tmp_path / "log", 50)
    assert lines[-1] == "100%" and lines[-2].endswith("red")
    assert all(line.isprintable() or "\t" in line or "�" in line for line in lines) and len("".join(lines)) < 110_000


def test_what_a_hidden_child_prints_at_its_end_is_in_the_log(
    run: Callable[..., process.Outcome], tmp_path: Path
) -> None:
    run("setsid sh -c 'trap \"echo late; exit\" TERM; touch ../on; sleep 600 & wait' & until [ -e ../on ]; do :; done")
    assert process.tail(tmp_path / "log", 5) == ["late"]


# --- ways to behave badly ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "exit"),
    [
        ("kill -9 0", -9),
        ("kill 0; sleep 600", -15),
        ("exec >&- 2>&-; sleep 0.05; exit 4", 4),
        ("cat; read line || exit 5", 5),
        ("no-such-program", 127),
        ("/etc/passwd", 126),
        ("syntax (", 2),
        ("yes | head -n 1", 0),
    ],
)  # fmt: skip
def test_ways_to_behave_badly_have_their_exit_code(
    run: Callable[..., process.Outcome], command: str, exit: int
) -> None:
    outcome = run(command)
    assert outcome.exit == exit and not outcome.spoilt and not outcome.timed_out


@pytest.mark.parametrize("number", ["TERM", "INT", "HUP", "KILL"])
def test_a_command_that_ends_its_supervisor_proves_nothing(
    run: Callable[..., process.Outcome], tmp_path: Path, number: str
) -> None:
    outcome = run(hidden("a session of its own", tmp_path / "pid") + f"kill -{number} $PPID; sleep 600")
    assert outcome.spoilt == "the run was ended from outside" and not outcome.timed_out
    assert not alive(tmp_path / "pid")


def test_the_command_has_the_usual_signals_and_no_file_of_ours(
    run: Callable[..., process.Outcome], tmp_path: Path
) -> None:
    signals = "grep -E 'Sig(Ign|Blk)' /proc/self/status"
    run(f"ls /proc/self/fd; {signals}; echo $(cat /proc/$$/stat); echo $$; echo $BATTY_DETACHED")
    lines = process.tail(tmp_path / "log", 50)
    assert lines[:4] == ["0", "1", "2", "3"], "3 is the one that ls has opened"
    # Python ignores SIGPIPE and SIGXFSZ, sh SIGHUP, and a shell SIGQUIT for what it starts behind itself; the two
    # real-time signals are the C library's own affair.
    masks = [int(line.split()[1], 16) & ~0x180000000 for line in lines if line.startswith("Sig")]
    assert masks == [0, 0]
    assert lines[-3].split()[5] == lines[-2] and lines[-1] == "", "it leads a session"


@pytest.mark.parametrize("shell", ["/no/such/shell", "/etc/passwd", "/"])
def test_a_missing_shell_is_named(run: Callable[..., process.Outcome], shell: str) -> None:
    with pytest.raises(FatalError, match=f"^{shell} cannot be started: ") as raised:
        run("true", shell=shell)
    assert raised.value.mend == f"ls -lL {shell}"


def test_a_disk_that_takes_no_log_spoils_a_red_run_and_no_green_one(
    run: Callable[..., process.Outcome], tmp_path: Path
) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    assert "could not be written: No space left" in run("echo out; exit 1").spoilt
    green = run("echo out; echo more")
    assert (green.exit, green.spoilt) == (0, "")


def test_a_directory_that_is_not_there_or_goes_away(run: Callable[..., process.Outcome], tmp_path: Path) -> None:
    outcome = run('rm -rf "$PWD"; exit 0')
    assert outcome.spoilt == f"{tmp_path / 'at'} was taken away during the run"
    assert "was taken away" in run('rm -rf "$PWD"; mkdir "$PWD"; exit 1').spoilt, "another of that name"
    (tmp_path / "at/.git").touch()
    assert "was taken away" in run("rm .git; exit 1").spoilt
    with pytest.raises(FatalError, match="is not there"):
        process.run_user("true", tmp_path / "nowhere", tmp_path / "log", {})


def test_odd_words_reach_the_shell_as_they_are(run: Callable[..., process.Outcome], tmp_path: Path) -> None:
    odd = "ä\udcff'\n#"
    outcome = run(f"cat <<'end' > ../odd\n{odd}\nend")
    assert outcome.exit == 0 and (tmp_path / "odd").read_bytes() == os.fsencode(odd) + b"\n"


def test_a_command_longer_than_a_pipe(run: Callable[..., process.Outcome], tmp_path: Path) -> None:
    assert run(f"exit 6 # {'x' * 100_000}").exit == 6
    with pytest.raises(FatalError, match="Argument list too long"):
        run(f"exit 6 # {'x' * 1_000_000}")


def test_many_runs_side_by_side(tmp_path: Path) -> None:
    """Each ends its own, and only that, whatever its neighbours do."""
    from concurrent.futures import ThreadPoolExecutor

    def one(number: int) -> int:
        command = f"sleep 600 & setsid sleep 600 & sleep 0.{number}; exit {number}"
        return process.run_user(command, tmp_path, tmp_path / f"log-{number}", process.clean_environment()).exit

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == list(range(8))


FORKING = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from batty_hooks.system import process

now, most = [], [0]

def begin():
    now.append(1)
    most[0] = max(most[0], len(now))
    time.sleep(0.05)

os.register_at_fork(before=begin, after_in_parent=now.pop)
here = Path(sys.argv[1])
with ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda number: process.run_user("true", here, here / f"log-{number}", os.environ), range(8)))
print(most[0])
"""


def test_only_one_run_at_a_time_is_being_forked(tmp_path: Path) -> None:
    """From Python 3.12 on filelock ends any second one with an error."""
    done = subprocess.run([sys.executable, "-c", FORKING, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are seen in /proc")
def test_what_is_stopped_at_a_terminal_is_seen_and_goes_on() -> None:
    """A wrapper and what it has started at its terminal, but nothing that has a pipe there: a tool of an agent's."""
    leader, follower = os.openpty()
    line = "exec 3<&0; sleep 600 <&3 & sleep 600 </dev/null & wait"
    shell = subprocess.Popen(["sh", "-c", line], stdin=follower, start_new_session=True)
    children = Path(f"/proc/{shell.pid}/task/{shell.pid}/children")
    try:
        wait_for(
            lambda: [Path(f"/proc/{pid}/comm").read_text() for pid in children.read_text().split()] == ["sleep\n"] * 2
        )
        beside, piped = map(int, children.read_text().split())
        for pid in (shell.pid, beside, piped):
            os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: process.suspended(shell.pid) == [shell.pid, beside])
        process.go_on(process.suspended(shell.pid))
        wait_for(lambda: process.suspended(shell.pid) == [])
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
        os.close(leader)
        os.close(follower)
    assert process.suspended(shell.pid) == []


def test_a_supervisor_starts_without_what_takes_long_to_import() -> None:
    place = str(Path(supervisor.__file__).parents[2])
    line = f"import sys; sys.path.insert(0, {place!r}); from batty_hooks.system import supervisor; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-IS", "-c", line], capture_output=True, text=True, check=True)
    assert {"enum", "contextlib", "collections", "re", "typing", "subprocess"}.isdisjoint(done.stdout.split())
