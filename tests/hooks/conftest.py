"""A repository with batty-hooks in it, and a launcher that writes down how it was started."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map


class Repository:
    """A real repository; its wake only notes that it ran."""

    def __init__(self, root: Path, *init: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.commits = 0
        self.git("init", "--quiet", *init, ".")
        self.commit("first")

    def git(self, *arguments: str, at: Path | None = None, env: dict[str, str] | None = None) -> str:
        done = self.run(["git", *arguments], at, env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, argv: list[str], at: Path | None = None, env: dict[str, str] | None = None):
        return subprocess.run(
            argv, cwd=at or self.root, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def commit(self, message: str = "x", at: Path | None = None) -> str:
        """Commit nothing, differently each time; what git and its hooks said."""
        self.commits += 1
        argv = ["git", "commit", "--quiet", "--allow-empty", "-m", message, "-m", f"number {self.commits}"]
        done = self.run(argv, at)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def worktree(self, name: str) -> Path:
        path = self.root.parent / name
        self.git("worktree", "add", "--quiet", "-b", name, str(path))
        return path

    @property
    def common(self) -> Path:
        return Path(self.git("rev-parse", "--path-format=absolute", "--git-common-dir"))

    def install(self, wake: str = "") -> list[str]:
        """Install; ``wake`` is what the launcher does, as sh. Nothing by default."""
        project = project_map.find(self.root)
        project.prepare()
        githooks.write_launcher(project)
        project.launcher.write_text(f"#!/bin/sh\n{wake}\nexit 0\n")
        lines = githooks.install(project)
        githooks.exclude(project)
        return lines

    def uninstall(self) -> list[str]:
        return githooks.uninstall(project_map.find(self.root))

    def problems(self) -> list[str]:
        return githooks.problems(project_map.find(self.root))

    def seen(self) -> list[str]:
        """The worktrees that our hooks named since the last call."""
        names = []
        for path in sorted((self.root / ".batty" / "spool").iterdir()):
            names.append(path.read_text().rstrip("\n"))
            path.unlink()
        return names

    def hook(self, directory: Path, name: str, text: str, mode: int = 0o755) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / name
        path.write_text(text)
        path.chmod(mode)
        return path


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """In a directory whose name would break any sh that forgets its quotes."""
    return Repository(tmp_path / 'it\'s a "café" $HOME' / "project")


@pytest.fixture
def make() -> Callable[..., Repository]:
    """Make another one."""
    return Repository


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition, up to ten seconds."""

    def wait(condition: Callable[[], object]) -> None:
        limit = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < limit, "it did not happen"
            time.sleep(0.01)

    return wait
