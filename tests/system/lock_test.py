"""Locks: who only asks whether one is free is never taken for its holder."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from scene import wait_for

from batty_hooks.errors import FatalError
from batty_hooks.system import lock

ASKS = """
import sys
from pathlib import Path
from batty_hooks.system import lock
print("asking", flush=True)
while not Path(sys.argv[2]).exists():
    lock.is_free(Path(sys.argv[1]))
"""


def test_asking_does_not_keep_anybody_out(tmp_path: Path) -> None:
    path, over = tmp_path / "a.lock", tmp_path / "over"
    with lock.held(path):
        assert not lock.is_free(path)
    asking = subprocess.Popen([sys.executable, "-c", ASKS, str(path), str(over)], stdout=subprocess.PIPE)
    assert asking.stdout and asking.stdout.readline()
    try:
        for _ in range(2000):
            with lock.tried(path) as got:
                assert got
    finally:
        over.touch()
        asking.wait()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    holds = "import sys, time; from pathlib import Path; from batty_hooks.system import lock\n"
    holds += "with lock.tried(Path(sys.argv[1])) as got: print(got, flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", holds, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"True\n"
    with lock.tried(path) as got:
        assert not got
    assert not lock.is_free(path)
    holder.kill()
    holder.wait()
    wait_for(lambda: lock.is_free(path))
    assert path.exists()


def test_a_free_lock_is_taken_without_the_library(tmp_path: Path) -> None:
    takes = "import sys; from pathlib import Path; from batty_hooks.system import lock\n"
    takes += "with lock.held(Path('a')), lock.tried(Path('b')) as got, lock.tried(Path('a')) as taken: "
    takes += "print(got, taken, 'filelock' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", takes], cwd=tmp_path, capture_output=True, check=True)
    assert said.stdout == b"True False False\n"


def test_who_waits_gets_it_when_it_is_let_go(tmp_path: Path) -> None:
    path, order = tmp_path / "a.lock", []

    def wait() -> None:
        with lock.held(path, 30):
            order.append("second")

    with lock.held(path), lock.tried(path, 0.05) as got:
        assert not got
        waits = threading.Thread(target=wait)
        waits.start()
        with pytest.raises(FatalError), lock.held(path, 0.05):
            pass
        order.append("first")
    waits.join()
    assert order == ["first", "second"]


def test_a_lock_whose_file_was_deleted_meanwhile_is_no_lock(tmp_path: Path) -> None:
    """Who took the old file would exclude nobody; each of two holders gets a file that is there."""
    path = tmp_path / "a.lock"
    with lock.held(path):
        path.unlink()
        with lock.tried(path) as got:
            assert got and path.exists()
            assert not lock.is_free(path)
