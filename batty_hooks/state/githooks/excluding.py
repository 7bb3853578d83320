"""`<common>/info/exclude`: the lines that keep the board, run-time state and what worktrees get from the primary
checkout out of commits, and out of `git clean -fd`. The file is shared by all worktrees and the user's own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from batty_hooks.state.githooks import memory
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock

_EXCLUDE = b"# batty-hooks: the board is no part of anybody's commit\n/kanban.md\n"
# `.batty/.gitignore` says the same, but where it is committed it goes with a checkout of a branch that lacks it.
_STATE = (
    b"# batty-hooks: state of this machine, but for the team\n/.batty/*\n!/.batty/.gitignore\n!/.batty/team_config/\n"
)
_BROUGHT = b"# batty-hooks: what worktrees.copy and worktrees.link bring is no part of anybody's commit\n"


def exclude(project: Project, paths: Iterable[str] = ()) -> None:
    """Keep the board, or a link to it, run-time state and ``paths`` out of everybody's `git add`; `uninstall` takes the
    lines away again. What is there already costs one read."""
    if not _lacking(project, paths):
        return
    with lock.held(memory.own(project) / "exclude.lock"):
        for block in _lacking(project, paths):
            _append(project, block)


def _lacking(project: Project, paths: Iterable[str]) -> list[bytes]:
    """The blocks of lines that are not there yet."""
    now = _read(_file(project)) or b""
    lines = set(now.splitlines())
    brought = [line for line in dict.fromkeys(map(_pattern, paths)) if line not in lines]
    block = b"".join((_BROUGHT, *(line + b"\n" for line in brought)))
    return [*(block for block in (_EXCLUDE, _STATE) if block not in now), *([block] if brought else [])]


def _append(project: Project, block: bytes) -> None:
    """Remember first what the file holds without any line of ours, then add the block."""
    path = _file(project)
    now = _read(path)
    memory.own(project).mkdir(exist_ok=True)
    before = memory.read(project)
    if not path.parent.exists():
        before.made.append("info")
    known = before.files.get("exclude")
    gap = b"\n" if now and not now.endswith(b"\n") else b""
    untouched = known is not None and known[1] == memory.as_text(now)
    old = known[0] if known and untouched else memory.as_text(None if now is None else _without(now, before.excluded))
    before.excluded.append(block.decode("latin-1"))
    before.files["exclude"] = [old, memory.as_text((now or b"") + gap + block)]
    memory.store(project, before)
    path.parent.mkdir(exist_ok=True)
    atomic.write(path, (now or b"") + gap + block)


def give_back(project: Project, before: memory.Before) -> None:
    """Take our lines out again; the file gets its old bytes when only we have changed it."""
    path = _file(project)
    old, ours = before.files.get("exclude", [None, None])
    now = _read(path) or b""
    if ours is not None and memory.as_text(now) == ours:
        if old is None:
            atomic.remove(path)
        else:
            atomic.write(path, old.encode("latin-1"))
    elif now != _without(now, before.excluded):
        atomic.write(path, _without(now, before.excluded))


def _without(now: bytes, blocks: Iterable[str]) -> bytes:
    for block in (_EXCLUDE, _STATE, *(block.encode("latin-1") for block in blocks)):
        now = now.replace(block, b"", 1)
    return now


def _pattern(path: str) -> bytes:
    """A path as a line that means it, and nothing else."""
    line = "/" + re.sub(r"([\\*?\[])", r"\\\1", path)
    if line.endswith(" "):
        line = line[:-1] + "\\ "
    return line.encode("utf-8", "surrogateescape")


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _file(project: Project) -> Path:
    return Path(os.path.realpath(project.common / "info" / "exclude"))  # some people keep a link there
