"""Who holds a lock, and what is said of one that is suspended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import wait_for

from batty_hooks.errors import FatalError
from batty_hooks.system import holders, lock, process

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/locks"), reason="nobody else tells who holds a lock")
HOLDS = """
import sys, time
from pathlib import Path
from batty_hooks.system import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
LINES = """\
1: FLOCK  ADVISORY  WRITE 17436 00:1b:6947400 0 EOF
1: -> FLOCK  ADVISORY  WRITE 99 00:1b:6947400 0 EOF
2: POSIX  ADVISORY  READ 42 08:01:77 0 EOF
3: OFDLCK ADVISORY  READ -1 00:06:1028 0 EOF
4: FLOCK  ADVISORY  READ 5 08:01:12 0 EOF
5: FLOCK
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path / "a.lock")], stdout=subprocess.PIPE) as found:
        assert found.stdout and found.stdout.readline() == b"held\n"
        yield found
        found.kill()


def test_what_the_kernel_tells() -> None:
    assert holders._flocks(LINES.splitlines()) == [(17436, "6947400"), (5, "12")]


def test_who_holds_a_lock(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    with lock.held(tmp_path / "b.lock"):
        assert holders.of([tmp_path / "a.lock"]) == [holder.pid]
        assert set(holders.of(tmp_path.iterdir())) == {holder.pid, os.getpid()}
    assert holders.of([tmp_path / "b.lock"]) == []


def test_a_suspended_holder_is_named_with_what_lets_it_go_on(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(FatalError) as error, lock.held(path, 0.05):
        pass
    assert error.value.mend == f"try again; `fuser {path}` names the holder"
    holder.send_signal(signal.SIGSTOP)
    wait_for(lambda: process.suspended(holder.pid))
    with pytest.raises(FatalError) as error, lock.held(path, 0.05):
        pass
    assert error.value.what.endswith("and that one is suspended (Ctrl-Z)")
    assert error.value.mend.startswith(f"kill -CONT {holder.pid} ")
