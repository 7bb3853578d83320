"""What many people write: a script that holds flock, merges into the checkout, tests, and resets when it is red."""

from __future__ import annotations

import shutil
import subprocess

from contest.arena import Arena

NAME = "flock, merge, test"
_SCRIPT = """\
exec 9>>"$2/land.lock"
flock 9
git merge -q --no-ff -m "Land $1" "$1" 9>&- || { git merge --abort; exit 1; }
$3 9>&- || { git reset -q --hard HEAD^; exit 1; }
"""


def prepare(arena: Arena) -> None:
    """Write the script."""
    if not shutil.which("flock"):
        raise OSError("flock(1) is not installed")
    (arena.place / "land.sh").write_text(_SCRIPT)


def land(arena: Arena) -> None:
    """Run it for each branch."""
    for branch in arena.branches:
        argv = ["sh", str(arena.place / "land.sh"), branch, str(arena.place), arena.gate]
        subprocess.run(argv, cwd=arena.root, capture_output=True, check=False)
