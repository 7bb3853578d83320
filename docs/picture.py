"""Make docs/demo.svg: the demo, run for real in a terminal of tmux, as a person sees it. Run: python docs/picture.py"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WIDTH, HEIGHT = 112, 84
LIMIT_SECONDS = 120


def main() -> None:
    tmux = ["tmux", "-L", f"batty-picture-{os.getpid()}", "-f", "/dev/null"]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "batty-hooks-demo"
        command = f"TERM=xterm-256color {sys.executable} -m batty_hooks demo --dir {place}; touch {scratch}/over; cat"
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        subprocess.run([*tmux, "new-session", "-d", *size, command], check=True, cwd=Path(__file__).parent.parent)
        try:
            picture = _when_over(tmux, Path(scratch) / "over")
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)
    draw(picture.replace(scratch, "/tmp"), "batty-hooks demo", "demo", WIDTH)


def _when_over(tmux: list[str], over: Path) -> str:
    """The pane with its colours, once the demo has ended."""
    limit = time.monotonic() + LIMIT_SECONDS
    while not over.exists():
        if time.monotonic() > limit:
            raise SystemExit("the demo did not end")
        time.sleep(0.2)
    return subprocess.run([*tmux, "capture-pane", "-p", "-e"], capture_output=True, text=True, check=True).stdout


def draw(picture: str, command: str, name: str, width: int) -> None:
    """Write a terminal's content, as tmux gives it, to docs/NAME.svg, below the command that was typed."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=width, file=io.StringIO())
    console.print(f"[bold]$ {command}[/]")
    console.print(Text.from_ansi(picture.strip("\n")))
    target = Path(__file__).parent / f"{name}.svg"
    svg = console.export_svg(title=command)
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL))  # no fonts from elsewhere
    print(f"{target} is made")


if __name__ == "__main__":
    main()
