"""Locks: who only asks whether one is free is never taken for its holder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scene import wait_for

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
