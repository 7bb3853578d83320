"""mergetrain: everything is queued for its daemon, which pushes to a bare repository; one tick of it lands them.

Installed from PyPI into a virtual environment of the benchmark's own, once a run.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import venv
from pathlib import Path

from contest.arena import Arena

_VERSION = "3.7.1"
NAME = f"mergetrain {_VERSION}"


def prepare(arena: Arena) -> None:
    """A bare origin, the configuration on its trunk, and every branch queued."""
    program = _program(Path(os.environ["HOME"]))
    origin = arena.place / "origin.git"
    arena.git("clone", "-q", "--bare", "--no-local", str(arena.root), str(origin))
    arena.git("config", "core.logAllRefUpdates", "true", cwd=origin)
    arena.git("remote", "add", "origin", str(origin))
    arena.git("fetch", "-q", "origin")
    arena.trunk = origin
    config = {
        "version": 2, "project": {"name": "bench"}, "gates": [{"name": "test", "run": arena.gate}],
        "queue": {"daemon_interval_seconds": 1},
    }  # fmt: skip
    (arena.root / ".mergetrain.yaml").write_text(json.dumps(config))
    with open(arena.root / ".git/info/exclude", "a") as exclude:
        exclude.write(".mergetrain*\n")
    for branch in arena.branches:
        arena.git("worktree", "add", "-q", str(arena.place / f"worktree-{branch}"), branch)  # it takes no others
        _run(arena, program, "enqueue", "--task", branch, "--branch", branch, "--auto")


def land(arena: Arena) -> None:
    """One tick of the daemon."""
    program = _program(Path(os.environ["HOME"]))
    subprocess.run([program, "daemon", "--once"], cwd=arena.root, capture_output=True, check=False)


@functools.cache
def _program(home: Path) -> str:
    place = home / "mergetrain"
    venv.create(place, with_pip=True)
    argv = [str(place / "bin/python"), "-m", "pip", "install", "-q", f"mergetrain=={_VERSION}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"pip could not install it: {done.stderr.strip().splitlines()[-1:]}")
    return str(place / "bin/mergetrain")


def _run(arena: Arena, *argv: str) -> None:
    done = subprocess.run(argv, cwd=arena.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
