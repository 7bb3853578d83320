"""`<common>/info/exclude`: the lines that keep the board out of commits."""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.state.githooks import memory
from batty_hooks.state.project import Project
from batty_hooks.system import atomic

_EXCLUDE = b"# batty-hooks: the board is no part of anybody's commit\n/kanban.md\n"


def exclude(project: Project) -> None:
    """Keep the board, or a link to it, out of everybody's `git add`; `uninstall` takes the lines away again."""
    path = _file(project)
    now = path.read_bytes() if path.exists() else None
    if now is not None and _EXCLUDE in now:
        return
    memory.own(project).mkdir(exist_ok=True)
    before = memory.read(project)
    if not path.parent.exists():
        before.made.append("info")
    gap = b"\n" if now and not now.endswith(b"\n") else b""
    after = (now or b"") + gap + _EXCLUDE
    before.files["exclude"] = [memory.as_text(now), memory.as_text(after)]
    memory.store(project, before)
    path.parent.mkdir(exist_ok=True)
    atomic.write(path, after)


def give_back(project: Project, before: memory.Before) -> None:
    """Take our lines out again; the file gets its old bytes when only we have changed it."""
    path = _file(project)
    old, ours = before.files.get("exclude", [None, None])
    now = path.read_bytes() if path.exists() else b""
    if ours is not None and memory.as_text(now) == ours:
        if old is None:
            atomic.remove(path)
        else:
            atomic.write(path, old.encode("latin-1"))
    elif _EXCLUDE in now:
        atomic.write(path, now.replace(_EXCLUDE, b"", 1))


def _file(project: Project) -> Path:
    return Path(os.path.realpath(project.common / "info" / "exclude"))  # some people keep a link there
