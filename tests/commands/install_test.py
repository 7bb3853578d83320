"""install and uninstall as they are typed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def batty(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "batty_hooks", *arguments],
        cwd=root, env={**os.environ, "BATTY_NO_WAKE": "1"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def picture(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of the repository: mode and bytes."""
    return {
        str(path.relative_to(root)): (stat.S_IMODE(path.lstat().st_mode), path.read_bytes() if path.is_file() else b"")
        for path in root.rglob("*")
        if path.relative_to(root).parts[:2] != (".git", "index")
    }


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("BATTY_NO_WAKE", "1")  # a commit's wake would be at work when uninstall looks
    root = tmp_path / "my project"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "test_it.py").write_text("def test_it():\n    assert True\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "first")
    return root


def test_install_says_what_it_did_and_what_is_next(root):
    done = batty(root, "install")
    assert done.returncode == 0, done.stderr
    assert "post-commit" in done.stdout and "pytest" in done.stdout and "Next:" in done.stdout
    assert git(root, "status", "--porcelain", "--untracked-files=normal") == "?? .batty/"
    assert git(root, "log", "--oneline").count("\n") == 0
    assert (root / "kanban.md").exists()


def test_install_again_keeps_what_people_wrote(root):
    batty(root, "install")
    (root / "kanban.md").write_text("## TODO\n- [ ] mine\n")
    (root / ".batty" / "team_config" / "team.yaml").write_text("gate:\n  command: make check\n")
    done = batty(root, "install")
    assert done.returncode == 0, done.stderr
    assert "make check" in done.stdout
    assert (root / "kanban.md").read_text() == "## TODO\n- [ ] mine\n"


def test_install_without_a_test_command_says_so(root):
    (root / "test_it.py").unlink()
    done = batty(root, "install")
    assert done.returncode == 0
    assert "no test command" in done.stdout


def test_install_before_the_first_commit(tmp_path):
    git(tmp_path, "init", "--quiet")
    done = batty(tmp_path, "install")
    assert done.returncode == 0, done.stderr
    assert "no commit yet" in done.stdout


def test_install_in_a_linked_worktree_installs_in_the_primary(root):
    place = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", str(place))
    assert batty(place, "install").returncode == 0
    assert (root / ".batty").is_dir() and not (place / ".batty").exists()


def test_install_in_a_bare_repository(root):
    bare = root.parent / "bare.git"
    git(root, "clone", "--quiet", "--bare", str(root), str(bare))
    before = picture(bare)
    done = batty(bare, "install")
    assert done.returncode == 0, done.stderr
    assert batty(bare, "uninstall", "--purge").returncode == 0
    assert picture(bare) == before


def test_install_outside_a_repository(tmp_path):
    done = batty(tmp_path, "install")
    assert done.returncode == 1
    assert "git init" in done.stderr and "Traceback" not in done.stderr


def test_install_in_a_project_with_modules_named_like_ours(root):
    """The hook starts us in the project's own directory."""
    batty(root, "install")
    for name in ("click", "queue", "json"):
        (root / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    launcher = root / ".batty" / "bin" / "batty-hooks"
    assert subprocess.run([launcher, "--version"], cwd=root, check=False).returncode == 0


def test_uninstall_keeps_the_work(root):
    before = picture(root / ".git")
    batty(root, "install")
    done = batty(root, "uninstall")
    assert done.returncode == 0, done.stderr
    assert picture(root / ".git") == before
    assert (root / ".batty").exists() and (root / "kanban.md").exists()


def test_purge_leaves_every_byte_as_it_was(root):
    before = picture(root)
    batty(root, "install")
    done = batty(root, "uninstall", "--purge")
    assert done.returncode == 0, done.stderr
    assert picture(root) == before


def test_purge_keeps_a_board_with_cards(root):
    batty(root, "install")
    (root / "kanban.md").write_text("## TODO\n- [ ] mine\n")
    done = batty(root, "uninstall", "--purge")
    assert "kanban.md" in done.stdout
    assert (root / "kanban.md").exists() and not (root / ".batty").exists()


def test_purge_keeps_what_is_committed(root):
    batty(root, "install")
    git(root, "add", ".batty")
    git(root, "add", "--force", "kanban.md")
    git(root, "commit", "--quiet", "-m", "our team")
    done = batty(root, "uninstall", "--purge")
    assert done.returncode == 0, done.stderr
    assert git(root, "status", "--porcelain") == ""
    assert not (root / ".batty" / "bin").exists()


def test_purge_removes_our_worktrees_and_only_pins_that_are_safe(root):
    place = root.parent / "mine"
    git(root, "worktree", "add", "--quiet", str(place))
    batty(root, "install")
    git(root, "worktree", "add", "--quiet", "-b", "eng/t1", ".batty/worktrees/eng")
    (root / ".batty/worktrees/eng/kanban.md").symlink_to("../../../kanban.md")
    git(root, "worktree", "add", "--quiet", "--detach", ".batty/worktrees/gate-1")
    (root / ".batty/worktrees/gate-1/left.txt").write_text("by a test")
    git(root, "update-ref", "refs/batty/queue/t1", "HEAD")
    alone = git(root, "commit-tree", "HEAD^{tree}", "-m", "on no branch")
    git(root, "update-ref", "refs/batty/saved/x", alone)
    done = batty(root, "uninstall", "--purge")
    assert done.returncode == 0, done.stderr
    assert git(root, "for-each-ref", "--format=%(refname)", "refs/batty") == "refs/batty/saved/x"
    assert "refs/batty/saved/x" in done.stdout
    assert git(root, "worktree", "list").count("\n") == 1 and place.exists()
    assert git(root, "branch", "--list", "eng/t1").strip() == "eng/t1"
    assert not (root / ".batty").exists()


@pytest.mark.parametrize("work", ["changed file", "commit on no branch"])
def test_purge_refuses_to_lose_work(root, work):
    batty(root, "install")
    for name in ("clean", "eng"):
        git(root, "worktree", "add", "--quiet", "--detach", f".batty/worktrees/{name}")
    place = root / ".batty/worktrees/eng"
    if work == "changed file":
        (place / "new.txt").write_text("unsaved")
    else:
        git(place, "commit", "--quiet", "--allow-empty", "-m", "alone")
    before = picture(root)
    done = batty(root, "uninstall", "--purge")
    assert done.returncode == 1
    assert str(place) in done.stderr
    after = picture(root)
    assert {name for name in before if name not in after} == set()


def test_uninstall_refuses_beside_a_watcher(root):
    batty(root, "install")
    with subprocess.Popen(
        [sys.executable, "-m", "batty_hooks", "watch"], cwd=root, stdout=subprocess.PIPE, text=True
    ) as watcher:
        try:
            assert watcher.stdout
            watcher.stdout.readline()
            done = batty(root, "uninstall")
            assert done.returncode == 1
            assert str(watcher.pid) in done.stderr
            assert (root / ".git" / "batty").exists()
        finally:
            watcher.terminate()
    assert batty(root, "uninstall").returncode == 0


def test_uninstall_where_nothing_is(root):
    before = picture(root)
    assert batty(root, "uninstall").returncode == 0
    assert batty(root, "uninstall", "--purge").returncode == 0
    assert picture(root) == before
