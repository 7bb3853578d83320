"""Submodules in an engineer's worktree: there as in the primary checkout, on his branch's commits, from no remote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from crash.killing import every_kill
from desk import FIRST, MEMBER, SECOND, Desk
from scene import Scene

from batty_hooks.state import worktrees
from batty_hooks.system.git import submodules

ALLOW = ("-c", "protocol.file.allow=always")


@pytest.fixture
def remote(tmp_path: Path) -> Scene:
    """A library that has a submodule itself."""
    inner, library = Scene(tmp_path / "remotes/inner").create(), Scene(tmp_path / "remotes/library").create()
    library.git(*ALLOW, "submodule", "--quiet", "add", str(inner.root), "inner")
    library.commit(library.root, {"answer": "42\n"})
    return library


@pytest.fixture
def with_library(scene: Scene, remote: Scene) -> Scene:
    scene.git(*ALLOW, "submodule", "--quiet", "add", "--name", "the library", str(remote.root), "vendor/lib")
    scene.git(*ALLOW, "submodule", "--quiet", "update", "--init", "--recursive")
    scene.git("commit", "-qm", "With a library")
    return scene


def newer(scene: Scene) -> None:
    """A commit of the library that the trunk names now, and that is in the primary checkout only."""
    scene.commit(scene.root / "vendor/lib", {"answer": "43\n"})
    scene.git("add", "vendor/lib")
    scene.git("commit", "-qm", "A newer library")


def test_they_are_there_from_no_remote_and_know_theirs(with_library: Scene, remote: Scene) -> None:
    remote.root.parent.rename(remote.root.parent.with_name("away"))
    desk = Desk(with_library)
    lib = desk.place / "vendor/lib"
    assert (lib / "answer").read_text() == "42\n" and (lib / "inner/check.sh").exists()
    assert desk.scene.git("remote", "get-url", "origin", cwd=lib) == str(remote.root)
    assert desk.scene.git("branch", "-r", "--contains", "HEAD", cwd=lib)
    assert desk.git("status", "--porcelain") == "" and desk.go_on() == ""
    assert list(submodules.nowhere_else(desk.place, desk.project.common / "modules")) == []


def test_the_next_card_has_the_librarys_commit_of_the_trunk(with_library: Scene) -> None:
    desk = Desk(with_library)
    desk.sh("git commit -q --allow-empty -m Work")
    newer(with_library)
    assert desk.go_on() == ""
    desk.is_clean()
    assert (desk.place / "vendor/lib/answer").read_text() == "43\n"
    assert list(submodules.nowhere_else(desk.place, desk.project.common / "modules")) == []
    desk.go_on(FIRST)
    desk.is_clean(FIRST)
    assert (desk.place / "vendor/lib/answer").read_text() == "42\n"


def test_what_an_engineer_does_in_one_stays_his(with_library: Scene) -> None:
    desk = Desk(with_library)
    mine = desk.scene.commit(desk.place / "vendor/lib", {"answer": "44\n"})
    desk.go_on(FIRST)  # the card in hand goes on
    assert desk.scene.git("rev-parse", "HEAD", cwd=desk.place / "vendor/lib") == mine
    assert [what for _, what in submodules.nowhere_else(desk.place, desk.project.common / "modules")]
    assert "in the submodule lib" in desk.go_on()
    desk.is_clean()
    assert (desk.place / "vendor/lib/answer").read_text() == "42\n"


def test_what_the_primary_checkout_does_without_stays_empty(with_library: Scene) -> None:
    with_library.git("submodule", "--quiet", "deinit", "vendor/lib")
    desk = Desk(with_library)
    assert list((desk.place / "vendor/lib").iterdir()) == []
    assert with_library.git("config", "--get-regexp", "^submodule", check=False) == ""


def test_a_commit_that_the_primary_checkout_lacks_holds_nobody_up(with_library: Scene) -> None:
    with_library.git("update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    with_library.git("commit", "-qm", "A library nobody has fetched here yet")
    desk = Desk(with_library)
    assert list((desk.place / "vendor/lib").iterdir()) == []


def test_killed_anywhere_they_are_whole_in_the_end(with_library: Scene) -> None:
    desk = Desk(with_library)
    with_library.git("worktree", "remove", "--force", str(desk.place))
    newer(with_library)

    def begin() -> None:
        worktrees.begin(desk.project, MEMBER, SECOND, with_library.tip(), desk.told.append)

    for _ in every_kill(with_library.root, begin, stride=7):
        begin()
        desk.is_clean()
        assert (desk.place / "vendor/lib/answer").read_text() == "43\n"
        assert (desk.place / "vendor/lib/inner/check.sh").exists()


def test_a_clone_or_a_checkout_that_was_killed_is_made_anew(with_library: Scene) -> None:
    desk = Desk(with_library)
    own = with_library.root / ".git/worktrees/engineer-1/modules/the library"
    lib = desk.place / "vendor/lib"
    for path in lib.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    desk.go_on(FIRST)
    assert (lib / "answer").exists()
    shutil.rmtree(lib)
    lib.mkdir()
    own.rename(own.with_name("the library.batty"))
    desk.go_on(FIRST)
    assert (lib / "answer").exists() and not own.with_name("the library.batty").exists()
