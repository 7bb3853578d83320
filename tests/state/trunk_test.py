"""What a git that was killed in the middle of a landing can leave in the checkout, made by hand: all of it is taken
back, and whatever a person wrote since is not."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.killing import every_kill
from scene import Scene

from batty_hooks.state import trunk
from batty_hooks.state.project import Project, find

OLD = {
    "text": "before\n" * 50,
    "other": "before\n",
    "gone": "before\n",
    "odd [*] :name": "before\n",
    "crlf.txt": "before\n" * 50,
    "was-file": "before\n",
    "was-directory/inside": "before\n",
    "script": "before\n",
    "quiet": "never touched\n",
    ".gitattributes": "*.txt eol=crlf\n",
}


class Halfway:
    """A checkout of ``old``, a commit ``new`` that changes everything but `quiet`, and the journal of a dead lander."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scene = Scene(root)
        self.git = self.scene.git
        self.git("init", "-q", cwd=self._made())
        self.scene.commit(root, OLD, "Old")
        (root / "link").symlink_to("text")
        self.git("add", "link")
        self.git("commit", "-q", "--amend", "--no-edit")
        self.old = self.git("rev-parse", "HEAD")
        self.git("switch", "-qc", "next")
        self.git("rm", "-q", "gone", "was-file", "was-directory/inside", "link", "odd [*] :name")
        (root / "link").symlink_to("other")
        (root / "script").chmod(0o755)
        self.scene.commit(
            root,
            dict.fromkeys(("text", "other", "crlf.txt", "odd [*] :name", "was-file/inside", "script"), "after\n" * 40)
            | {"was-directory": "after\n", "fresh/deep/file": "after\n"},
        )
        self.git("add", "-A")
        self.git("commit", "-q", "--amend", "--no-edit")
        self.new = self.git("rev-parse", "HEAD")
        self.git("switch", "-q", "main")
        assert self.dirty() == ""

    def _made(self) -> Path:
        self.root.mkdir()
        return self.root

    @property
    def project(self) -> Project:
        project = find(self.root)
        project.batty.mkdir(exist_ok=True)
        (project.batty / ".gitignore").write_text("*\n")
        return project

    @property
    def index_lock(self) -> Path:
        return self.root / ".git/index.lock"

    def write_new(self, *names: str) -> None:
        """As git writes them, filters applied; the index stays."""
        for name in names:
            self.git("--literal-pathspecs", "restore", f"--source={self.new}", "--worktree", "--", name)

    def begin(self, name: str, share: float) -> None:
        """git was cut off while it wrote this file."""
        (self.root / name).unlink()
        self.write_new(name)
        whole = (self.root / name).read_bytes()
        (self.root / name).write_bytes(whole[: int(len(whole) * share)])

    def move(self) -> None:
        """The work tree and the index are done, the branch is not."""
        self.git("read-tree", "-m", "-u", self.old, self.new)

    def journal(self) -> None:
        facts = {"old": self.old, "new": self.new, "worktree": str(self.root), "pid": 1, "birth": "x"}
        (self.project.batty / "landing.json").write_text(json.dumps(facts))

    def recover(self) -> None:
        trunk.recover(self.project, "main")
        assert not (self.project.batty / "landing.json").exists()

    def dirty(self) -> str:
        return self.git("status", "--porcelain", "--untracked-files=all")

    def files(self) -> dict[str, tuple[int, bytes]]:
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if not name.startswith((".git/", ".batty")) and (path.is_symlink() or path.is_file()):
                content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
                found[name] = (path.lstat().st_mode, content)
        return found


@pytest.fixture
def halfway(tmp_path: Path) -> Halfway:
    return Halfway(tmp_path / "it's [*] here")


def nothing(at: Halfway) -> None:
    pass


def some_files(at: Halfway) -> None:
    at.write_new("text", "crlf.txt", "odd [*] :name", "script")


def unlinked(at: Halfway) -> None:
    for name in ("text", "gone", "link", "crlf.txt"):
        (at.root / name).unlink()


def a_link(at: Halfway) -> None:
    (at.root / "link").unlink()
    (at.root / "link").symlink_to("other")


def a_directory_instead_of_a_file(at: Halfway) -> None:
    (at.root / "was-file").unlink()
    (at.root / "was-file").mkdir()


def with_its_file(at: Halfway) -> None:
    a_directory_instead_of_a_file(at)
    (at.root / "was-file/inside").write_text("after\n" * 40)


def a_file_instead_of_a_directory(at: Halfway) -> None:
    shutil.rmtree(at.root / "was-directory")
    at.write_new("was-directory")


def only_its_mode(at: Halfway) -> None:
    at.write_new("script")


def lock_just_made(at: Halfway) -> None:
    at.index_lock.touch()


def lock_complete(at: Halfway) -> None:
    shutil.copy(at.root / ".git/index", at.root / "kept")
    at.move()
    (at.root / ".git/index").rename(at.index_lock)
    (at.root / "kept").rename(at.root / ".git/index")


def lock_cut_off(at: Halfway) -> None:
    lock_complete(at)
    os.truncate(at.index_lock, 100)


@pytest.mark.parametrize(
    "left",
    [
        nothing, some_files, unlinked, a_link, a_directory_instead_of_a_file, with_its_file,
        a_file_instead_of_a_directory, only_its_mode, Halfway.move, lock_just_made, lock_complete, lock_cut_off,
    ],
    ids=lambda left: left.__name__,
)  # fmt: skip
def test_what_a_killed_git_left_is_taken_back(halfway: Halfway, left: Callable[[Halfway], None]) -> None:
    before = halfway.files()
    halfway.journal()
    left(halfway)
    halfway.recover()
    assert halfway.files() == before and halfway.dirty() == ""
    assert not (halfway.root / "fresh").exists() and not halfway.index_lock.exists()


@pytest.mark.parametrize("name", ["text", "crlf.txt", "odd [*] :name", "other"])
@pytest.mark.parametrize("share", [0, 0.4, 0.99, 1])
def test_a_file_that_was_cut_off_is_taken_back(halfway: Halfway, name: str, share: float) -> None:
    before = halfway.files()
    halfway.journal()
    halfway.begin(name, share)
    halfway.recover()
    assert halfway.files() == before and halfway.dirty() == ""


def test_taking_back_may_be_killed_too(halfway: Halfway) -> None:
    before = halfway.files()
    halfway.journal()
    halfway.move()
    halfway.begin("text", 0.4)
    for number in every_kill(halfway.root, halfway.recover):
        halfway.recover()
        assert halfway.files() == before and halfway.dirty() == "", f"after kill {number}"


def test_what_a_person_wrote_since_is_kept(halfway: Halfway) -> None:
    halfway.journal()
    halfway.move()
    mine = {"text": "mine\n", "quiet": "mine\n", "fresh/deep/mine": "mine\n", "crlf.txt": "after\r\nmine\r\n"}
    for name, text in mine.items():
        (halfway.root / name).write_bytes(text.encode())
    halfway.git("add", "quiet")
    halfway.recover()
    assert {name: (halfway.root / name).read_bytes().decode() for name in mine} == mine
    assert halfway.dirty() == " M crlf.txt\nM  quiet\n M text\n?? fresh/deep/mine"


def test_a_directory_that_a_person_made_a_link_is_not_followed(halfway: Halfway, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    (elsewhere / "deep/file").write_text("after\n" * 40)
    halfway.journal()
    (halfway.root / "fresh").symlink_to(elsewhere)
    halfway.recover()
    assert (elsewhere / "deep/file").exists() and (halfway.root / "fresh").is_symlink()


def test_a_lock_that_a_living_git_holds_is_left_to_it(halfway: Halfway) -> None:
    """One that was there before the landing; one that a `commit -a` made since, while its editor is open."""
    halfway.index_lock.touch()
    os.utime(halfway.index_lock, (time.time() - 100, time.time() - 100))
    halfway.journal()
    halfway.recover()
    assert halfway.index_lock.exists()
    shutil.copy(halfway.root / ".git/index", halfway.index_lock)
    halfway.journal()
    halfway.recover()
    assert halfway.index_lock.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"old": "x"}', "null"])
def test_a_journal_that_says_nothing_is_put_away(halfway: Halfway, text: str) -> None:
    (halfway.project.batty / "landing.json").write_text(text)
    halfway.write_new("text")
    halfway.recover()
    assert halfway.dirty() == " M text"


def test_a_trunk_that_has_moved_since_is_left_as_it_is(halfway: Halfway) -> None:
    """A person committed, or went to another branch: what lies there now is his to judge."""
    halfway.journal()
    halfway.write_new("text")
    halfway.git("commit", "-qm", "Mine", "--allow-empty")
    halfway.recover()
    assert halfway.dirty() == " M text"
    halfway.git("reset", "-q", "--soft", "HEAD~1")
    halfway.journal()
    halfway.git("switch", "-qc", "mine")
    halfway.recover()
    assert halfway.dirty() == " M text"


def test_a_checkout_that_is_gone(halfway: Halfway) -> None:
    halfway.journal()
    journal = halfway.project.batty / "landing.json"
    journal.write_text(journal.read_text().replace(str(halfway.root), str(halfway.root / "nowhere")))
    halfway.recover()


# --- what stands in the way --------------------------------------------------------------------------------


def test_many_paths_are_named_in_short(halfway: Halfway) -> None:
    for name in ("text", "other", "crlf.txt", "script", "gone"):
        (halfway.root / name).write_text("mine\n")
    [said] = trunk.obstacles(halfway.project, "main", halfway.old, halfway.new)
    assert said == "crlf.txt, gone, other and 2 more in your checkout"


def test_git_that_says_yes_and_moves_nothing(halfway: Halfway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever makes a `git merge` end well without a merge (an alias of a program, a wrapper): nothing has landed."""
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\ncase "$*" in *merge*) exit 0;; esac\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    said = trunk.publish(halfway.project, "main", halfway.old, halfway.new)
    assert said == "git said yes, but main has not moved"
