"""`top` in a terminal, with nothing going on: share of one core, git's processes with it, and memory.

The alternative is `status --watch`, which looks every two seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from base import Row, Scene, home, main, wait_for
from idle import megabytes


def measure(seconds: int = 40) -> list[Row]:
    """Over ``seconds``, both at once, each in a pane of a tmux of its own."""
    with home() as place:
        scene = Scene(place / "repository").create()
        scene.run("init", "--template", "large")
        shown = [_Shown(scene, *words) for words in (("top",), ("status", "--watch"))]
        try:
            for one in shown:
                wait_for(one.is_there)
            time.sleep(10)
            begun, before = time.monotonic(), [one.seconds() for one in shown]
            time.sleep(seconds)
            over = time.monotonic() - begun
            shares = [100 * (one.seconds() - was) / over for one, was in zip(shown, before, strict=True)]
            memory = [megabytes(one.pid) for one in shown]
        finally:
            for one in shown:
                one.tmux("kill-server")
    return [
        Row("top, nothing going on, team of 19: share of a core", shares[0], 3, "status --watch", shares[1], "%"),
        Row("top, nothing going on, team of 19: memory", memory[0], 80, "status --watch", memory[1], "MB"),
    ]  # fmt: skip


class _Shown:
    """A command of ours in a terminal."""

    def __init__(self, scene: Scene, *words: str) -> None:
        self.name = f"batty-bench-{words[0]}"
        argv = (sys.executable, "-m", "batty_hooks", *words)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", str(scene.root), *argv)
        self.pid = int(self.tmux("list-panes", "-F", "#{pane_pid}"))

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(["tmux", "-L", self.name, *arguments], capture_output=True, text=True, check=False).stdout

    def is_there(self) -> bool:
        return "engineer" in self.tmux("capture-pane", "-p")

    def seconds(self) -> float:
        """The processor time of it and of all that it has started and that has ended (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / 100


if __name__ == "__main__":
    main(measure)
