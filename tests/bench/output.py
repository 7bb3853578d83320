"""What a command's output costs: under our supervisor, beside the same command writing straight to a file; and what the
supervisor costs a command that prints nothing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from base import Row, home, main, medians

from batty_hooks.system import process

_LINES = "import os\nline = b'x' * 79 + b'\\n'\nfor _ in range(250_000): os.write(1, line)"
_PRINTING = {
    "1 GB of zeros": "head -c 1G /dev/zero",
    "1 GB of short lines": "yes | head -c 1G",
    "250,000 lines, each written by itself": f'python3 -c "{_LINES}"',
}


def measure(rounds: int = 3) -> list[Row]:
    """Medians; the file is written anew each time."""
    with home() as place:
        process.run_user("true", place, place / "log", os.environ)
        actions: dict[str, Callable[[], object]] = {}
        for name, line in {**_PRINTING, "nothing": "true"}.items():
            actions[f"ours {name}"] = lambda line=line: ours(place, line)  # type: ignore[misc]
            actions[f"plain {name}"] = lambda line=line: plain(place, line)  # type: ignore[misc]
        found = medians(rounds, actions)
        size = (place / "log").stat().st_size / 1e6
    rows = [Row(name, found[f"ours {name}"], None, "straight to a file", found[f"plain {name}"]) for name in _PRINTING]
    rows.append(Row("nothing (`true`)", found["ours nothing"], None, "sh -c true", found["plain nothing"]))
    return [*rows, Row("the log after the last of them", size, 10, unit="MB")]


def ours(place: Path, line: str) -> None:
    """Run it as the gate does."""
    log = place / "log"
    if line != "true":  # the log of the last that prints stays to be looked at
        log.unlink(missing_ok=True)
    assert process.run_user(line, place, log, os.environ).exit == 0


def plain(place: Path, line: str) -> None:
    """Run it with its output in a file."""
    with open(place / "plain", "wb") as file:
        subprocess.run(["/bin/sh", "-c", line], cwd=place, stdout=file, check=True)


if __name__ == "__main__":
    main(measure)
