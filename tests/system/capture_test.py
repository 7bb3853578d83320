"""A short program whose output we hold: it is over when it ends, whatever it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scene import wait_for

from batty_hooks.system import process

MUCH = b"0123456789" * 500_000


def sh(script: str, stdin: bytes | None = None) -> tuple[int, bytes, bytes]:
    done = process.capture(["sh", "-c", script], stdin=stdin)
    return done.returncode, done.stdout, done.stderr


def test_it_gives_back_what_was_said_and_how_it_ended() -> None:
    assert sh("echo out; echo err >&2; exit 3") == (3, b"out\n", b"err\n")
    assert sh("kill -9 $$")[0] == -signal.SIGKILL
    assert sh("exec >&- 2>&-; exit 4") == (4, b"", b"")


def test_more_than_a_pipe_holds_goes_in_and_out() -> None:
    assert sh("cat", MUCH) == (0, MUCH, b"")
    assert sh("cat", b"") == (0, b"", b"")
    assert sh("cat") == (0, b"", b""), "nothing is to be read from the terminal"
    assert sh("true", MUCH)[0] == 0, "nobody has to read it"


@pytest.mark.parametrize("kind", ["sleep 300", "yes"])
def test_what_it_leaves_running_does_not_hold_us(tmp_path: Path, kind: str) -> None:
    """It still holds the pipe; one of them writes into it without a pause."""
    code, out, _ = sh(f"{kind} & echo $! > '{tmp_path}/pid'; head -c {len(MUCH)} /dev/zero; exit 5")
    try:
        assert code == 5 and len(out) >= len(MUCH)
    finally:
        subprocess.run(["kill", "-9", (tmp_path / "pid").read_text().strip()], capture_output=True, check=False)


def test_alone_it_has_no_terminal_and_ends_with_all_it_has_started(tmp_path: Path) -> None:
    has_terminal = process.capture(["sh", "-c", ": < /dev/tty"], alone=True).returncode == 0
    usual = process.capture(["sh", "-c", "yes | head -n 1; ps -o pgid= -p $$"], alone=True)
    assert not has_terminal and usual.stdout.split()[0] == b"y" and not usual.stderr
    assert int(usual.stdout.split()[1]) != os.getpgrp()
    script = tmp_path / "script"
    script.write_text("trap '' TERM; sleep 600 & echo $! > child; echo $$ > deaf; exec >&- 2>&-; wait; sleep 600\n")
    seconds = 0.5
    while not (tmp_path / "deaf").exists():  # on a busy machine it takes longer to be there
        seconds *= 2
        with pytest.raises(TimeoutError):
            process.capture(["sh", "-c", "sh script & wait; sleep 600"], cwd=tmp_path, seconds=seconds, alone=True)
    for name in ("deaf", "child"):
        pid = int((tmp_path / name).read_text())
        wait_for(lambda pid=pid: not process.birth(pid))  # type: ignore[misc]


def test_a_missing_program_and_a_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        process.capture(["there-is-no-such-program"])
    with pytest.raises(FileNotFoundError):
        process.capture(["true"], cwd=tmp_path / "nowhere")


def test_processes_are_found_by_an_argument(tmp_path: Path) -> None:
    word = f"word-{os.getpid()}"
    child = subprocess.Popen([sys.executable, "-c", "input()", word], stdin=subprocess.PIPE)
    try:
        wait_for(lambda: process.with_argument("something else", word) == [child.pid])  # its arguments are there soon
        assert process.with_argument(word[:-1]) == []
    finally:
        child.kill()
        child.wait()
    child.stdin.close()
    assert process.with_argument(word) == []
