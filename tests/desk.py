"""An engineer's worktree with something left in it, and what is found again once it has gone to another card."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from pathlib import Path

from scene import Scene

from batty_hooks.state import githooks, worktrees
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system.git import leftovers, unfinished

MEMBER, FIRST, SECOND = "engineer-1", "engineer-1/t1-first", "engineer-1/t2-second"


class Desk:
    """An engineer's worktree on its first card's branch; `leave` takes it to the second."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.commit(scene.root, {".gitignore": "cache/\n*.o\n", "src/a": "a\n", "src/b": "b\n", "src/deep/c": "c\n"})
        self.project: Project = project_map.find(scene.root)
        self.project.prepare()
        githooks.exclude(self.project)
        self.told: list[worktrees.Kept] = []
        worktrees.begin(self.project, MEMBER, FIRST, scene.tip(), self.told.append)
        self.place = scene.worktree(MEMBER)

    def sh(self, script: str) -> None:
        subprocess.run(["sh", "-ec", script], cwd=self.place, check=True, capture_output=True)

    def go_on(self, branch: str = SECOND) -> str:
        """What was told of what was kept."""
        self.told.clear()
        worktrees.begin(self.project, MEMBER, branch, self.scene.tip(), self.told.append)
        return "\n".join(kept.says for kept in self.told)

    def git(self, *arguments: str) -> str:
        return self.scene.git(*arguments, cwd=self.place)

    def is_clean(self, branch: str = SECOND) -> None:
        assert self.git("status", "--porcelain") == "" and self.git("branch", "--show-current") == branch
        assert {line[0] for line in self.git("ls-files", "-v").splitlines()} == {"H"}
        directory = leftovers.directory_of(self.place)
        assert unfinished.operation(directory) == "" and not (directory / "batty-save-index").exists()
        assert not leftovers.find(self.project.root, self.place, directory, "HEAD")


def files_of(*roots: Path) -> dict[Path, bytes]:
    found = {}
    for root in roots:
        for directory, _, names in os.walk(root):
            for path in (Path(directory, name) for name in names):
                if path != root / ".git" and path.is_file() and not path.is_symlink():
                    found[path] = bytes_of(path)
    return found


def bytes_of(path: Path) -> bytes:
    """What a file holds, whoever may read it; its mode is as before then."""
    try:
        return path.read_bytes()
    except PermissionError:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | stat.S_IRUSR)
        try:
            return path.read_bytes()
        finally:
            path.chmod(mode)


def blobs(scene: Scene) -> set[str]:
    """Everything that a ref holds."""
    said = subprocess.run(["git", "rev-list", "--objects", "--all"], cwd=scene.root, capture_output=True, check=True)
    return {line.split(b" ")[0].decode() for line in said.stdout.splitlines()}


def lost(desk: Desk, before: dict[Path, bytes]) -> list[str]:
    """The files whose content is neither in a ref nor on disk any more."""
    held, there = blobs(desk.scene), set(files_of(desk.place, desk.project.saved).values())
    oids = {path: hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() for path, data in before.items()}
    return [str(path) for path, data in before.items() if data not in there and oids[path] not in held]
