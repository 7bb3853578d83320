"""install and uninstall killed before each change they make to the disk, then run again: the same end, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map

# What comes between these (a temporary file, one more link that core.hooksPath does not lead to yet) is seen by nobody.
_CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen"}


def run(root: Path, what: str, kill_at: int = 0) -> bool:
    """Install or uninstall in a child of its own; whether it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            project = project_map.find(root)
            die_before(kill_at)
            if what == "install":
                githooks.install(project)
                githooks.exclude(project)
            else:
                githooks.uninstall(project)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status in (0, 9)
    return status == 0


def die_before(number: int) -> None:
    """Python's audit events report what it is about to do to the disk; the ``number``th never happens."""
    left = number

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _CHANGES:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), 9)

    sys.addaudithook(count)


def picture(directory: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for path in directory.rglob("*"):
        left_by_the_kill = path.name.startswith(".tmp-")  # a temporary file that nothing reads
        if not left_by_the_kill:
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            found[str(path.relative_to(directory))] = (path.lstat().st_mode, content)
    return found


def hook_runs(root: Path) -> bool:
    """Whether the hook the user had still runs."""
    note = root / "ran"
    note.unlink(missing_ok=True)
    alone = {**os.environ, "BATTY_NO_WAKE": "1"}
    subprocess.run(["git", "hook", "run", "post-commit"], cwd=root, env=alone, check=True, capture_output=True)
    return note.exists()


@pytest.fixture(params=["plain", "core.hooksPath"])
def root(request, tmp_path):
    root = tmp_path / "project"
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    place = root / ".git" / "hooks"
    if request.param == "core.hooksPath":
        place = root / ".githooks"
        subprocess.run(["git", "config", "core.hooksPath", ".githooks"], cwd=root, check=True)
    place.mkdir(exist_ok=True)
    (place / "post-commit").write_text("#!/bin/sh\ntouch ran\n")
    (place / "post-commit").chmod(0o755)
    return root


def test_a_killed_install_is_finished_and_taken_back(root):
    before = picture(root / ".git")
    number = 1
    while not run(root, "install", number):
        assert hook_runs(root), f"lost the user's hook at change {number}"
        assert run(root, "install")
        assert hook_runs(root)
        assert run(root, "uninstall")
        assert picture(root / ".git") == before, f"killed at change {number}"
        number += 1
    assert number > 10


def test_a_killed_uninstall_is_finished(root):
    before = picture(root / ".git")
    number, ended = 1, False
    while not ended:
        assert run(root, "install")
        ended = run(root, "uninstall", number)
        assert hook_runs(root), f"lost the user's hook at change {number}"
        assert run(root, "uninstall")
        assert picture(root / ".git") == before, f"killed at change {number}"
        number += 3 if number > 8 else 1  # what is left then is to remove our directory, file by file
    assert number > 5
