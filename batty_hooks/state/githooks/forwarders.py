"""The files git starts: copies of hooks/forward; and `actions/`, the shipped hooks that these read."""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.state.githooks import guard, memory
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, shipped

_MARKER = b"# batty-hooks put this file here"
# Forwarded where core.hooksPath was set, even if there is no such hook yet: one that comes later must run.
COMMON_NAMES = (
    "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg "
    "post-commit pre-rebase post-checkout post-merge pre-push pre-receive update post-receive post-update "
    "pre-auto-gc post-rewrite"
).split()
# Forwarded only if there: they run many times a command, or git behaves differently when they exist.
RARE_NAMES = "push-to-checkout proc-receive reference-transaction post-index-change sendemail-validate".split()

# Files of hooks/ that no git event is named after: the hooks read them.
_READ_BY_HOOKS = ("look-now", "guard-trunk", "guard-person", "guard-mend", "guard-push", "guard-address")
_PRE_PUSH = "pre-push"


def our_names() -> list[str]:
    """The hooks we act on: the files of hooks/ that are named like one."""
    return sorted(path.name for path in shipped.hooks().iterdir() if path.name in {*COMMON_NAMES, *RARE_NAMES})


def needed_names(project: Project, pushes: bool = False) -> list[str]:
    """Those that have something to do here; `pre-push` only where pushes are guarded, or are to be. Elsewhere its place
    stays free: git-lfs gives up where any hook stands there, and then uploads nothing."""
    known = guard.read(project)
    return [name for name in our_names() if name != _PRE_PUSH or pushes or (known and known.remote)]


def write_actions(project: Project) -> None:
    """What the hooks do, and where the project is: relative, so that a moved repository keeps its hooks."""
    directory = memory.own(project) / "actions"
    directory.mkdir(exist_ok=True)
    for path in shipped.hooks().iterdir():
        if path.name in (*_READ_BY_HOOKS, *our_names()):
            _write_if_new(directory / path.name, path.read_bytes(), 0o644)
    root = os.path.relpath(os.path.realpath(project.root), os.path.realpath(project.common))
    _write_if_new(memory.own(project) / "root", f"{root}\n".encode("utf-8", "surrogateescape"), 0o644)


def write_forwarder(path: Path) -> None:
    """Put the forwarder at ``path``, or mend it."""
    _write_if_new(path, (shipped.hooks() / "forward").read_bytes(), 0o755)


def is_forwarder(path: Path) -> bool:
    """Whether the file at ``path`` is ours."""
    return path.is_file() and _MARKER in path.read_bytes()[:200]


def _write_if_new(path: Path, content: bytes, mode: int) -> None:
    if path.is_symlink() or not path.is_file() or path.read_bytes() != content or not os.access(path, mode >> 6):
        atomic.write(path, content, mode=mode)
