"""What our hooks do when git starts them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from batty_hooks.system import lock, process


def test_a_commit_names_its_worktree(repository):
    repository.install()
    assert repository.commit() == ""
    assert repository.seen() == [str(repository.root)]


def test_a_worktree_made_later_is_seen(repository):
    repository.install()
    place = repository.worktree("later")
    assert repository.commit(at=place) == ""
    assert repository.seen() == [str(place)]


def test_a_commit_from_a_subdirectory_names_the_top(repository):
    repository.install()
    below = repository.root / "a" / "b"
    below.mkdir(parents=True)
    repository.commit(at=below)
    assert repository.seen() == [str(repository.root)]


def test_a_merge_and_an_amend_are_seen(repository):
    repository.install()
    place = repository.worktree("side")
    repository.commit(at=place)
    repository.commit()
    repository.seen()
    repository.git("merge", "--quiet", "--no-edit", "side")
    assert repository.seen() == [str(repository.root)]
    repository.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "amended", at=place)
    assert set(repository.seen()) == {str(place)}


def test_a_rebase_is_seen_once(repository):
    repository.install()
    place = repository.worktree("side")
    for number in range(3):
        (place / f"{number}").write_text("x")
        repository.git("add", ".", at=place)
        repository.commit(at=place)
    repository.commit()
    repository.seen()
    repository.git("rebase", "--quiet", "main", at=place)
    assert repository.seen() == [str(place)]


def test_a_submodule_has_hooks_of_its_own(make, repository, tmp_path):
    inner = make(tmp_path / "inner")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub module")
    inner.root = repository.root / "sub module"
    inner.install()
    assert inner.commit() == ""
    assert inner.seen() == [str(inner.root)]
    assert not (repository.root / ".batty").exists()


def test_a_bare_repository_with_worktrees(make, repository, tmp_path):
    bare = tmp_path / "bare one.git"
    repository.git("clone", "--quiet", "--bare", str(repository.root), str(bare))
    repository.root = bare
    repository.install()
    place = repository.worktree("tree")
    assert repository.commit(at=place) == ""
    assert repository.seen() == [str(place)]


def test_a_separate_git_directory(make, tmp_path):
    repository = make(tmp_path / "top", "--separate-git-dir", str(tmp_path / "elsewhere"))
    repository.install()
    assert repository.commit() == ""
    assert repository.seen() == [str(repository.root)]


@pytest.mark.parametrize("linked_hooks_path", [False, True])
def test_a_moved_repository_keeps_its_hooks(repository, linked_hooks_path):
    if linked_hooks_path:
        repository.git("config", "core.hooksPath", ".githooks")
    repository.install()
    moved = repository.root.with_name("moved here")
    repository.root.rename(moved)
    repository.root = moved
    if linked_hooks_path:  # git takes only an absolute path that serves every worktree
        assert repository.problems()
        repository.install()
    assert repository.problems() == []
    assert repository.commit() == ""
    assert repository.seen() == [str(moved)]
    repository.uninstall()
    assert not (repository.common / "batty").exists()
    if linked_hooks_path:
        assert repository.git("config", "core.hooksPath") == ".githooks"


# --- the wake ---------------------------------------------------------------------------------------------------------


def test_without_a_watcher_a_wake_is_started_apart_from_the_commit(repository, until):
    said = repository.root.parent / "said"
    repository.install('{ echo "$@"; pwd; env; } > ../said.tmp; mv ../said.tmp ../said')
    place = repository.worktree("side")
    repository.git("commit", "--quiet", "--allow-empty", "-m", "x", at=place, env={"GIT_AUTHOR_NAME": "Somebody"})
    until(said.exists)
    words = said.read_text().splitlines()
    assert words[:2] == ["wake", str(repository.root)]
    repository_variables = [word for word in words if word.startswith(("GIT_DIR", "GIT_INDEX", "GIT_AUTHOR", "GIT_EX"))]
    assert repository_variables == []


def test_a_captured_commit_does_not_wait_for_the_wake(repository, until):
    repository.install("echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 60")
    assert repository.commit() == ""
    until((repository.root / "pid").exists)
    pid = int((repository.root / "pid").read_text())
    try:
        os.kill(pid, 0)
        if shutil.which("setsid"):
            assert os.getsid(pid) != os.getsid(0)
    finally:
        os.kill(pid, 9)


def test_the_wake_holds_no_file_of_the_committer(repository, until):
    repository.install("echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 60")
    pipe = repository.root.parent / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    argv = ["sh", "-c", 'exec 7>"$1"; git commit -q --allow-empty -m x', "sh", str(pipe)]
    assert repository.run(argv).returncode == 0
    until((repository.root / "pid").exists)
    try:
        assert os.read(reader, 1) == b""  # end of file: nobody holds the other end (else it would block)
    finally:
        os.kill(int((repository.root / "pid").read_text()), 9)
        os.close(reader)


def test_a_living_watcher_is_not_woken(repository):
    repository.install("touch woken")
    (repository.root / ".batty" / "watch.pid").write_text(f"{os.getpid()}\n")
    assert repository.commit() == ""
    assert repository.seen() == [str(repository.root)]
    assert not (repository.root / "woken").exists()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="what is suspended is seen in /proc")
def test_a_suspended_watcher_is_no_watcher(repository, until):
    repository.install("touch woken")
    with subprocess.Popen(["sleep", "600"]) as watcher:
        (repository.root / ".batty" / "watch.pid").write_text(f"{watcher.pid}\n")
        repository.commit()
        assert not (repository.root / "woken").exists()
        watcher.send_signal(signal.SIGSTOP)
        until(lambda: process.suspended(watcher.pid))
        repository.commit()
        until((repository.root / "woken").exists)
        watcher.kill()


def test_a_dead_watcher_is_no_watcher(repository, until):
    repository.install("touch woken")
    gone = subprocess.Popen(["true"])
    gone.wait()
    (repository.root / ".batty" / "watch.pid").write_text(f"{gone.pid}\n")
    repository.commit()
    until((repository.root / "woken").exists)


@pytest.mark.skipif(not shutil.which("flock"), reason="without flock(1) `wake` itself asks who waits")
def test_where_one_waits_to_look_already_no_further_one_is_started(repository, until):
    repository.install("touch woken")
    with lock.held(repository.root / ".batty/wake-next.lock"):
        assert repository.commit() == ""
        assert repository.seen() == [str(repository.root)]
        assert not (repository.root / "woken").exists()
    assert repository.commit() == ""
    until((repository.root / "woken").exists)


@pytest.mark.parametrize("words", ["exit 64", "exit 127"])
def test_a_flock_that_cannot_tell_keeps_nobody_from_waking(repository, until, tmp_path, monkeypatch, words):
    repository.install("touch woken")
    (repository.root / ".batty/wake-next.lock").touch()
    (tmp_path / "flock").write_text(f"#!/bin/sh\n{words}\n")
    (tmp_path / "flock").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert repository.commit() == ""
    until((repository.root / "woken").exists)


def test_our_own_moves_ask_for_no_wake(repository):
    repository.install("touch woken")
    repository.git("commit", "--quiet", "--allow-empty", "-m", "x", env={"BATTY_NO_WAKE": "1"})
    assert repository.seen() == [str(repository.root)]
    assert not (repository.root / "woken").exists()


# --- a broken or missing batty-hooks never costs a commit -------------------------------------------------------------


def _no_batty(root: Path) -> None:
    shutil.rmtree(root / ".batty")


def _no_launcher(root: Path) -> None:
    (root / ".batty" / "bin" / "batty-hooks").unlink()


def _launcher_fails(root: Path) -> None:
    (root / ".batty" / "bin" / "batty-hooks").write_text("#!/bin/sh\necho bad >&2\nexit 9\n")


def _launcher_is_no_program(root: Path) -> None:
    (root / ".batty" / "bin" / "batty-hooks").write_text("#!/no/such/interpreter\n")


def _no_spool(root: Path) -> None:
    shutil.rmtree(root / ".batty" / "spool")


def _spool_is_a_file(root: Path) -> None:
    _no_spool(root)
    (root / ".batty" / "spool").write_text("")


def _full_disk(root: Path) -> None:
    _no_spool(root)
    (root / ".batty" / "spool").symlink_to("/dev/full/x")


def _nonsense_pid(root: Path) -> None:
    (root / ".batty" / "watch.pid").write_text("; rm -rf * \0 $(echo)\n")


def _empty_pid(root: Path) -> None:
    (root / ".batty" / "watch.pid").write_text("")


def _pid_is_a_directory(root: Path) -> None:
    (root / ".batty" / "watch.pid").mkdir()


def _nothing_in_git_directory(root: Path) -> None:
    shutil.rmtree(root / ".git" / "batty")


def _no_actions(root: Path) -> None:
    shutil.rmtree(root / ".git" / "batty" / "actions")


def _part_of_the_actions(root: Path) -> None:
    (root / ".git" / "batty" / "actions" / "look-now").unlink()


def _root_elsewhere(root: Path) -> None:
    (root / ".git" / "batty" / "root").write_text("../../not/there\n")


@pytest.mark.parametrize(
    "break_it",
    [
        _no_batty, _no_launcher, _launcher_fails, _launcher_is_no_program, _no_spool, _spool_is_a_file, _full_disk,
        _nonsense_pid, _empty_pid, _pid_is_a_directory, _nothing_in_git_directory, _no_actions, _part_of_the_actions,
        _root_elsewhere,
    ],
)  # fmt: skip
def test_a_commit_succeeds_in_silence(repository, break_it):
    repository.install()
    break_it(repository.root)
    assert repository.commit() == ""
    assert repository.git("log", "--format=%s", "-1") == "x"


def test_the_hooks_are_posix_sh(repository):
    hooks = Path(__file__).parent.parent.parent / "hooks"
    for path in sorted(hooks.iterdir()):
        if path.is_file() and path.suffix == "":
            subprocess.run(["sh", "-n", str(path)], check=True)
