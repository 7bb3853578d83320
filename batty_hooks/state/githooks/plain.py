"""Plain files in `<common>/hooks`, and the hooks of others that step aside for them."""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.state.githooks import forwarders, memory
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late

_ASIDE = ".before-batty"
# A hook that asks for its own name does not work under another one.
_ASKS_ITS_NAME = late.pattern(rb"basename|\$\{0##|argv\[0\]|PROGRAM_NAME|\$0\.d|\$\{0\}\.d|husky")


def put(project: Project, only_free: bool = False, pushes: bool = False) -> list[str]:
    """Put our files in, chaining what is there (``only_free``: leaving those names alone); what was done."""
    directory = project.common / "hooks"
    lines: list[str] = []
    if only_free and directory.is_symlink():
        return lines
    names = forwarders.needed_names(project, pushes)
    directory.mkdir(exist_ok=True)
    for name in names:
        path = _place(directory / name)
        if os.path.lexists(path) and not forwarders.is_forwarder(path):
            if only_free:
                continue
            _step_aside(path)
            lines.append(f"{name} runs the hook that was there first; it is kept as {_aside(path).name}")
        elif path.suffix:
            lines.append(f"{name} is pre-commit's, which runs ours first")
        forwarders.write_forwarder(path)
        displaced = directory / f"{name}.old"  # lefthook's name for a hook it replaces
        if forwarders.is_forwarder(displaced):
            atomic.remove(displaced)
    return [f"{', '.join(names)} are in {directory}, for every worktree", *lines]


def _place(path: Path) -> Path:
    """Where our file goes for the hook git looks for at ``path``: where pre-commit has put its own, the name under
    which pre-commit itself keeps the hook it found, runs it first and puts it back when it is uninstalled."""
    managed = not path.is_symlink() and path.is_file() and b"pre-commit.com" in path.read_bytes()
    return Path(f"{path}.legacy") if managed else path


def _aside(path: Path) -> Path:
    return path.with_name(path.name.partition(".")[0] + _ASIDE)


def _step_aside(path: Path) -> None:
    """Move a foreign hook out of the way with no moment in which it is not there."""
    aside = _aside(path)
    if os.path.lexists(aside) and not memory.same(str(aside), path):
        # A tool replaced our file, so this one has not run since then: kept, and not run now either.
        if aside.read_bytes() != path.read_bytes():
            os.rename(aside, f"{aside}.{os.stat(aside).st_mtime_ns}")
        else:
            atomic.remove(aside)
    try:
        if not os.path.lexists(aside):
            os.link(path, aside, follow_symlinks=False)
    except OSError:  # a file system without hard links
        os.rename(path, aside)


def take_away(project: Project) -> list[str]:
    """Take our files away and give the hooks that stepped aside their names back; what there is to say of it."""
    directory = project.common / "hooks"
    lines: list[str] = []
    for path in sorted(directory.glob("*")):
        if not forwarders.is_forwarder(path):
            continue
        if os.path.lexists(_aside(path)):
            os.rename(_aside(path), path)
        else:
            atomic.remove(path)
    for aside in directory.glob(f"*{_ASIDE}*"):
        name = aside.name.partition(".")[0]
        if os.path.lexists(directory / name):
            lines.append(f"{aside} is an older {name} hook that another tool has replaced since: kept")
        else:
            os.rename(aside, directory / name)
    return lines


def runs_ours(path: Path) -> bool:
    """Whether git, starting the hook at ``path``, gets to ours."""
    ours = _place(path)
    return forwarders.is_forwarder(ours) and os.access(ours, os.X_OK) and os.access(path, os.X_OK)


def tied(project: Project, pushes: bool = False) -> list[Path]:
    """Hooks under our names that would not work under any other name (dispatchers, husky 4); or the whole directory,
    where that is a link to one that others see as well: files of the repository, or of all repositories of a person."""
    if (project.common / "hooks").is_symlink():
        return [project.common / "hooks"]
    places = [project.common / "hooks" / name for name in forwarders.needed_names(project, pushes)]
    found = [path for path in places if os.access(path, os.X_OK) and not forwarders.is_forwarder(path)]
    return [path for path in found if path.is_symlink() or _ASKS_ITS_NAME.search(path.read_bytes())]
