"""Starting a run's supervisor with the standard library alone: on a host that has Python and git, and no library sh."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from pathlib import Path

from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Begun:
    """A supervisor that was started: its pid, and what waits for its end."""

    pid: int
    reap: Callable[[], object]


def begin(arguments: Sequence[str], cwd: Path, env: Mapping[str, str], output: FileIO, fds: Sequence[int]) -> Begun:
    """Start this Python with ``arguments`` in a session of its own, all it prints going to ``output``; it holds ``fds``
    and nothing else of ours."""
    import subprocess

    child = subprocess.Popen(
        [sys.executable, *arguments], cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        start_new_session=True, pass_fds=tuple(fds),
    )  # fmt: skip
    return Begun(child.pid, child.wait)
