"""The watcher of a team of 19 when nothing happens: share of one core, wake-ups and memory.

The alternative is a loop that asks as many files ten times a second whether they have changed. It has inboxes of its
own: watchfiles wakes up whenever anybody opens a directory it watches, and would count the loop's steps as ours.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from base import Row, Scene, cpu_seconds, home, main, watching

_LOOP = """
import os, sys, time
while True:
    for directory, _, names in os.walk(sys.argv[1]):
        os.stat(directory)
    time.sleep(0.1)
"""


def measure(seconds: int = 30) -> list[Row]:
    """Over ``seconds``, both at once."""
    with home() as place:
        scene = Scene(place / "repository").create()
        scene.run("init", "--template", "large")
        inboxes = str(shutil.copytree(scene.root / ".batty/inboxes", place / "inboxes"))
        with watching(scene) as ours, subprocess.Popen([sys.executable, "-c", _LOOP, inboxes]) as loop:
            time.sleep(12)  # until it has seen that nothing goes on
            woken = wake_ups(ours)
            begun, before = time.monotonic(), (cpu_seconds(ours), cpu_seconds(loop.pid))
            time.sleep(seconds)
            over = time.monotonic() - begun
            shares = [100 * (cpu_seconds(pid) - was) / over for pid, was in zip((ours, loop.pid), before, strict=True)]
            wakes = (wake_ups(ours) - woken) / over
            memory = [megabytes(pid) for pid in (ours, loop.pid)]
            loop.terminate()
    return [
        Row("idle watcher, team of 19: share of a core", shares[0], 0.5, "walking inboxes at 10 Hz", shares[1], "%"),
        Row("idle watcher, team of 19: wake-ups a second", wakes, 10, unit="/s"),
        Row("idle watcher, team of 19: memory", memory[0], 60, "a Python that does the walking", memory[1], "MB"),
    ]  # fmt: skip


def wake_ups(pid: int) -> int:
    """How often the threads of a process have waited for something (Linux; elsewhere 0)."""
    try:
        said = [(task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return 0
    lines = (line for text in said for line in text.splitlines() if line.startswith("voluntary_ctxt_switches"))
    return sum(int(line.split()[1]) for line in lines)


def megabytes(pid: int) -> float:
    """The memory a process holds (RSS)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * 4096 / 1e6
    except OSError:
        said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        return int(said) * 1024 / 1e6


if __name__ == "__main__":
    main(measure)
