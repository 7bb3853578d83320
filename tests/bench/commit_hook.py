"""What hooks add to `git commit`, in milliseconds: none, ours, and pre-commit with one trivial hook.

Each round commits once in every repository, so that all of them see the same noise.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from base import Row, home, main, medians

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map

PRE_COMMIT = "pre-commit, one `true` hook"
_CONFIG = """\
repos:
- repo: local
  hooks:
  - {id: nothing, name: nothing, language: system, entry: 'true', always_run: true, pass_filenames: false}
"""


def run(root: Path, *argv: str) -> None:
    subprocess.run(argv, cwd=root, check=True, capture_output=True)


def repository(place: Path, name: str) -> Path:
    root = place / name
    root.mkdir()
    run(root, "git", "init", "--quiet")
    (root / ".pre-commit-config.yaml").write_text(_CONFIG)
    run(root, "git", "add", ".")
    run(root, "git", "commit", "--quiet", "-m", "first")
    return root


def ours(root: Path, watched: bool) -> None:
    """Our hooks; the watcher is this process, or the wake that starts without one is replaced by nothing."""
    project = project_map.find(root)
    project.prepare()
    githooks.write_launcher(project)
    githooks.install(project)
    project.launcher.write_text("#!/bin/sh\n")
    if watched:
        project.watcher_file.write_text(f"{os.getpid()}\n")


def repositories(place: Path) -> dict[str, Path]:
    found = {"no hook": repository(place, "none")}
    for name, watched in (("ours, watcher running", True), ("ours, no watcher", False)):
        found[name] = repository(place, name.replace(", ", "-").replace(" ", "-"))
        ours(found[name], watched)
    name = "ours, core.hooksPath in use"
    found[name] = repository(place, "hooks-path")
    run(found[name], "git", "config", "core.hooksPath", ".githooks")
    ours(found[name], True)
    found[PRE_COMMIT] = repository(place, "pre-commit")
    pre_commit = Path(sys.executable).parent / "pre-commit"
    run(found[PRE_COMMIT], str(pre_commit), "install")
    return found


def measure(rounds: int = 25) -> list[Row]:
    """Medians over ``rounds`` empty commits in each repository."""
    with home() as place:
        commit = ("git", "commit", "--quiet", "--allow-empty", "-m", "once more")
        roots = repositories(place)
        found = medians(rounds, {name: partial(run, root, *commit) for name, root in roots.items()})
    alone = found.pop("no hook")
    theirs = found.pop(PRE_COMMIT) - alone
    return [
        Row(f"added to `git commit` by {name}", taken - alone, 10, f"added by {PRE_COMMIT}", theirs)
        for name, taken in found.items()
    ]


if __name__ == "__main__":
    main(measure)
