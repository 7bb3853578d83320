"""core.hooksPath pointed to `<common>/batty/hooks`, what it was before, and the way back."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.githooks import forwarders, memory
from batty_hooks.state.project import Project
from batty_hooks.system import atomic
from batty_hooks.system.git import config

KEY = "core.hooksPath"


def write_previous(project: Project, effective: str | None) -> None:
    """Remember for the forwarders what core.hooksPath was. An empty line stands for <common>/hooks, which may move."""
    previous = "" if effective is None else os.path.expanduser(effective) or os.devnull  # git finds no hook at ""
    atomic.write(memory.own(project) / "previous", previous + "\n")


def previous(project: Project) -> str:
    """What core.hooksPath was; "" when there was none."""
    return (memory.own(project) / "previous").read_text("utf-8", "surrogateescape").rstrip("\n")


def point_to_ours(project: Project, before: memory.Before) -> None:
    """Set core.hooksPath, as the last write. Raises FatalError where a worktree's own value overrides it."""
    file = project.common / "config"
    before.hooks_path = config.get(project.root, KEY, "--local")
    before.ours = str(memory.hooks_directory(project))
    before.files["config"] = [memory.as_text(file.read_bytes()), None]
    memory.store(project, before)
    write_all(project)
    config.set_local(project.root, KEY, before.ours)
    before.files["config"][1] = memory.as_text(file.read_bytes())
    memory.store(project, before)
    effective = config.get(project.root, KEY)
    if effective != before.ours:
        give_back(project, before)
        raise FatalError(
            f"core.hooksPath is set to {effective!r} for this worktree alone, which hides all other hooks",
            f"run `git config --worktree --unset {KEY}`, set it with `git config {KEY} …`, and install again",
        )


def is_of_one_worktree(project: Project) -> bool:
    """Whether the primary checkout has a core.hooksPath for itself alone (`git config --worktree`)."""
    return bool(config.of_file(project.common / "config.worktree", KEY))


def set_back(project: Project) -> str:
    """What core.hooksPath is when somebody has set it to what it was before us, as husky does with each `npm install`;
    "" otherwise. What somebody sets it to for the first time is his decision."""
    before = memory.read(project)
    if not before.ours or not before.hooks_path:
        return ""
    now = config.of_file(project.common / "config", KEY)
    return now if now == before.hooks_path else ""


def follow_a_move(project: Project, before: memory.Before) -> None:
    """The repository has been moved or copied: our value names the old place."""
    file = project.common / "config"
    old, ours = before.files.get("config", [None, None])
    untouched = memory.as_text(file.read_bytes()) == ours
    before.ours = str(memory.hooks_directory(project))
    config.set_local(project.root, KEY, before.ours)
    before.files["config"] = [old, memory.as_text(file.read_bytes()) if untouched else None]
    memory.store(project, before)


def give_back(project: Project, before: memory.Before) -> list[str]:
    """Set core.hooksPath to what it was, unless somebody else has set it since; what there is to say of it."""
    file = project.common / "config"
    now = config.get(project.root, KEY, "--local")
    if now is None or not is_ours(project, before, now):
        was = f"; before batty-hooks it was {before.hooks_path!r}" if before.hooks_path else ""
        return [f"core.hooksPath is {now!r}, set by somebody else: left so{was}"] if now and before.ours else []
    old, ours = before.files.get("config", [None, None])
    if old is not None and memory.as_text(file.read_bytes()) == ours:
        atomic.write(file, old.encode("latin-1"))
    elif before.hooks_path is None:
        config.unset_local(project.root, KEY)
    else:
        config.set_local(project.root, KEY, before.hooks_path)
    return []


def write_all(project: Project) -> None:
    """Put a forwarder under every name that needs one."""
    place = Path(previous(project) or project.common / "hooks")
    rare = [name for name in forwarders.RARE_NAMES if (project.root / place / name).is_file()]
    memory.hooks_directory(project).mkdir(exist_ok=True)
    forwarders.write_forwarder(memory.own(project) / "forward")
    for name in {*forwarders.COMMON_NAMES, *rare, *forwarders.our_names()}:
        path = memory.hooks_directory(project) / name
        if os.path.lexists(path) and not forwarders.is_forwarder(path):
            path.unlink()
        with contextlib.suppress(FileExistsError):
            path.symlink_to("../forward")


def is_ours(project: Project, before: memory.Before, value: str) -> bool:
    """Whether ``value`` is the one we set, here or where the repository was before it moved."""
    return value == before.ours or memory.same(value, memory.hooks_directory(project))
