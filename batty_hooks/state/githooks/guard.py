"""What the hooks `reference-transaction` and `pre-push` need to guard the trunk, in `<common>/batty/`.

A hook in sh reads no YAML and starts no process unless the trunk itself is to move, so what it needs lies in files:
`guard` says how the trunk is guarded, which ref it is and on which remote it lives (no line: here), `judged/<tree>`
stands for a tree that passed its test (under `guard: everyone` alone). `let-pass` is the way back: every commit the
trunk was let move to, by the hook (a person's) or by a landing, one a line. A trunk that stands elsewhere was moved
with the hooks off; `entered` says that, and when, it was told. It never waits: git holds the ref's lock meanwhile, gc
and every fetch ask it too.

It knows nothing of landings. Each move of the trunk that is ours (`system/git/refs.update`, `worktrees.fast_forward`)
is made with hooks off, so no leave is given and taken back, and there is no file whose loss would let nothing land.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from batty_hooks.state.githooks import memory
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories
from batty_hooks.system.records import dataclass

OFF, AGENTS, EVERYONE = "off", "agents", "everyone"
_MOST = 1024 * 1024
_TAIL = 64 * 1024  # of let-pass: some 1,500 moves
_WRITES_SECONDS = 0.25  # from a shell's opening of a file to its writing of a line, on a busy machine


@dataclass(frozen=True)
class Guard:
    """``mode`` is `guard:` of team.yaml, ``trunk`` the whole name of the ref, ``suite`` a name for the test that the
    judged trees have passed, ``remote`` the server that pushes of the trunk are guarded for ("": none)."""

    mode: str
    trunk: str
    suite: str
    remote: str = ""

    @property
    def on(self) -> bool:
        return self.mode != OFF


def is_installed(project: Project) -> bool:
    """Whether our hooks are in this repository: without them there is no guard, and nothing to hold against anybody."""
    return memory.own(project).is_dir()


def read(project: Project) -> Guard | None:
    """What the hook goes by now; None before the first `set_up`, and when the file is damaged."""
    try:
        return Guard(*_file(project).read_text("utf-8", "surrogateescape").removesuffix("\n").split("\n"))
    except (OSError, TypeError):
        return None


def set_up(project: Project, wanted: Guard, tip: str | None) -> None:
    """Have the hook go by ``wanted``; ``tip`` is where the trunk stands.

    Where the trunk stands when it comes under guard is where it may stand; that somebody took the file away changes
    nothing. Trees that passed another test count for nothing. The last write makes it so.
    """
    before = read(project)
    new = not _tail(project) if before is None else not before.on or before.trunk != wanted.trunk
    if tip and wanted.on and new:
        let_pass(project, tip)
    if before and before.suite != wanted.suite:
        with contextlib.suppress(OSError):
            directories.remove(judged(project))
    lines = (wanted.mode, wanted.trunk, wanted.suite, *([wanted.remote] if wanted.remote else []))
    atomic.write(_file(project), "".join(f"{line}\n" for line in lines))


def let_pass(project: Project, commit: str) -> None:
    """Write down that the trunk may stand on ``commit``."""
    if is_installed(project) and commit not in _tail(project)[-1:]:
        atomic.append_line(_passes(project), commit.encode())


def shorten(project: Project) -> None:
    """Keep the end of `let-pass` when it has grown to a megabyte (25,000 moves of the trunk). The hook writes there
    without a lock, so what it has written to the old file meanwhile is taken over: also by a hook that had opened it
    before, and is given a moment to write."""
    path = _passes(project)
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as old:
        size = old.seek(0, os.SEEK_END)
        if size < _MOST:
            return
        old.seek(size - _TAIL)
        atomic.write(path, old.read().partition(b"\n")[2])
        time.sleep(_WRITES_SECONDS)
        for line in old.read().splitlines():
            atomic.append_line(path, line)


def was_let_pass(project: Project, commit: str) -> bool:
    """Whether the hook or a landing let the trunk move to ``commit``."""
    return commit in _tail(project)


def last_let_pass(project: Project, branch: str) -> str:
    """Where the trunk was let move to last; "" when it never was, or when the guard knows another trunk."""
    known = read(project)
    return ["", *_tail(project)][-1] if known and known.trunk == f"refs/heads/{branch}" else ""


def enter(project: Project, id: str) -> None:
    """Remember when that move of the trunk past the guard was entered in the log."""
    atomic.write(_entered(project), f"{id} {time.time():.3f}\n")


def entered(project: Project, id: str) -> float:
    """When that was (seconds since the epoch); 0 when it was not."""
    try:
        last, at = _entered(project).read_text("utf-8").split()
        return float(at) if last == id else 0.0
    except (OSError, ValueError):
        return 0.0


def judge(project: Project, tree: str, passed: bool) -> None:
    """Tell the hook whether a tree has passed its test."""
    path = judged(project) / tree
    if passed and not path.exists():
        path.parent.mkdir(exist_ok=True)
        atomic.create(path, b"")
    elif not passed:
        atomic.remove(path)


def _tail(project: Project) -> list[str]:
    try:
        with open(_passes(project), "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            return file.read().decode("ascii", "replace").split()
    except FileNotFoundError:
        return []


def _file(project: Project) -> Path:
    return memory.own(project) / "guard"


def _passes(project: Project) -> Path:
    return memory.own(project) / "let-pass"


def _entered(project: Project) -> Path:
    return memory.own(project) / "entered"


def judged(project: Project) -> Path:
    """Where a file stands for each tree that has passed."""
    return memory.own(project) / "judged"
