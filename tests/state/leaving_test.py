"""An engineer's worktree goes to the next card: whatever was left in it is still somewhere, and the next one is clean.

Somewhere is: in a commit that a ref holds, in `.batty/saved/`, or (what git ignores) where it was.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import pytest
from desk import FIRST, SECOND, Desk, files_of, lost
from scene import Scene, as_nobody

from batty_hooks.system.git import leftovers, unfinished


@pytest.fixture
def desk(scene: Scene) -> Desk:
    return Desk(scene)


P = "echo p > p; git add p; git commit -qm p"
TWO = (
    "git switch -qc other HEAD; echo o > src/a; git commit -qam other; git switch -q -;"
    "echo m > src/a; git commit -qam mine"
)
LEFT = {
    "untracked, changed, staged and deleted files": (
        "echo new > new; echo 2 > src/a; echo 3 > src/b; git add src/b; echo 4 > src/b; git rm -q src/deep/c",
        "uncommitted files of engineer-1, what engineer-1 had staged: kept as refs/batty/saved/engineer-1/",
    ),
    "only staged": ("echo s > s; git add s; rm s; echo 2 > src/a; git add src/a; echo a > src/a", "had staged"),
    "intent to add": ("echo n > n; git add -N n", "uncommitted files"),
    "hidden edits": (
        "git update-index --assume-unchanged src/a; git update-index --skip-worktree src/b;"
        "echo 8 > src/a; echo 9 > src/b",
        "uncommitted files",
    ),
    "a repository": ("git init -q lib; cd lib; echo w > w; git add .; git commit -qm w; echo n > n", "(lib): moved to"),
    "a repository without a commit": ("git init -q lib; echo w > lib/w; echo x > beside", "(lib): moved to"),
    "a repository that was added": (
        "git init -q in/lib; cd in/lib; echo w > w; git add .; git commit -qm w; cd ../..;"
        "git add -A; git commit -qm lib",
        "(in/lib): moved to",
    ),
    "a repository over tracked files": (
        "cd src; git init -q .; echo w > a; git add .; git commit -qm w", "(src/.git): moved to",
    ),
    "a bare repository": ("git init -q --bare lib.git; echo w > lib.git/description", "uncommitted files"),
    "commits on no branch": (f"git switch -q --detach; {P}", "1 commit of"),
    "a commit that was reset away": (f"{P}; git reset -q --hard HEAD~1", "1 commit of"),
    "a branch without a history": ("git switch -q --orphan new; echo o > o; git add o", "uncommitted files"),
    "a branch with a history of its own": (
        f"git switch -q --orphan new; {P}; git update-ref -d refs/heads/new", "1 commit of",
    ),
    "a rebase": (f"{TWO}; git rebase -q other || echo half > src/a", "the rebase that engineer-1 was in the middle of"),
    "a rebase with put away changes": (
        f"{TWO}; echo dirty > src/b; git rebase -q --autostash other || true", "the rebase that engineer-1",
    ),
    "a rebase that edits": (f"{TWO}; GIT_SEQUENCE_EDITOR='sed -i s/^pick/edit/' git rebase -q -i HEAD~1", "the rebase"),
    "a merge": (f"{TWO}; git merge -q other || true", "the merge that engineer-1 was in the middle of"),
    "a merge resolved, not committed": (f"{TWO}; git merge -q other || echo both > src/a; git add src/a", "the merge"),
    "a cherry-pick": (f"{TWO}; git cherry-pick other || true", "the cherry-pick"),
    "a revert": (
        "echo 1 > src/a; git commit -qam 1; echo 2 > src/a; git commit -qam 2; git revert HEAD~1 || true", "the revert",
    ),
    "mails being applied": (
        f"{TWO}; git format-patch -q -1 --stdout other > ../mail; git am -q -3 ../mail || true", "the git am",
    ),
    "a bisect": ("git bisect start; git bisect bad HEAD; git bisect good HEAD~1", "the bisect"),
    "links, a fifo, an odd name": (
        "ln -s /nowhere link; ln -s src here; mkfifo pipe; echo x > 'new\nline'; printf x > \"$(printf '\\377')\"",
        "uncommitted",
    ),
    "directories that may not be written": (
        "mkdir -p ro/deep; echo r > ro/deep/x; chmod 555 ro ro/deep src", "uncommitted files",
    ),
    "a file that may not be read": (
        "echo x > x; chmod 000 x; mkdir shut; echo y > shut/y; chmod 000 shut", "uncommitted",
    ),
    "a file for a directory, a directory for a file": (
        "rm -r src; echo s > src; rm check.sh; mkdir check.sh; echo c > check.sh/c", "uncommitted",
    ),
    "a .gitignore that hides": (
        "echo '*' > src/.gitignore; echo h > src/h; echo more >> .gitignore; echo x > more",
        "(src/.gitignore): moved to",),
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT)
def test_nothing_that_was_left_is_lost(desk: Desk, what: str) -> None:
    script, says = LEFT[what]
    desk.sh(script)
    before = files_of(desk.place)
    assert says in desk.go_on()
    assert lost(desk, before) == []
    desk.is_clean()
    assert desk.go_on(FIRST) == "" or "deleted" in what, "and is told of once"


def test_a_branch_that_was_deleted_under_it_is_brought_back_where_it_stood(desk: Desk) -> None:
    desk.sh(P)
    tip = desk.scene.git("rev-parse", "engineer-1/t1-first")
    desk.sh("git update-ref -d refs/heads/engineer-1/t1-first")
    before = files_of(desk.place)
    assert desk.go_on() == "", "there is nothing else to be kept"
    assert desk.scene.git("rev-parse", "engineer-1/t1-first") == tip and lost(desk, before) == []
    desk.is_clean()


def known_as(index: Path, file: Path, name: str, earlier: int = 0) -> None:
    """Make an index know all of a file as it is now, but for its content; and its last change to be seconds earlier."""
    data, status = index.read_bytes()[:-20], file.stat()
    at = data.index(f"{name}\0".encode()) - 62
    times = (*divmod(status.st_ctime_ns - earlier * 10**9, 10**9), *divmod(status.st_mtime_ns, 10**9))
    data = data[:at] + struct.pack(">4I", *times) + data[at + 16 :]
    index.write_bytes(data + hashlib.sha1(data).digest())


def edited_long_ago(desk: Desk, flag: str = "") -> Path:
    """An edit of the same size. (git looks into what is as young as its index, so the file is made old.)"""
    desk.sh(f"{flag} echo b > src/a")
    file = desk.place / "src/a"
    os.utime(file, ns=(at := file.stat().st_mtime_ns - 10**10, at))
    return file


@pytest.mark.parametrize("flag", ["", "git update-index --assume-unchanged src/a;"])
def test_an_edit_of_the_same_size_in_the_second_of_the_checkout_is_kept(desk: Desk, flag: str) -> None:
    file, index = edited_long_ago(desk, flag), leftovers.directory_of(desk.place) / "index"
    known_as(index, file, "src/a")
    os.utime(index, ns=(file.stat().st_mtime_ns,) * 2)
    before = files_of(desk.place)
    assert "uncommitted files of engineer-1" in desk.go_on()
    assert lost(desk, before) == [] and file.read_text() == "a\n"
    desk.is_clean()


@pytest.mark.parametrize("setting", ["core.checkStat minimal", "core.trustctime false"])
def test_an_edit_that_git_is_told_not_to_see_is_kept(desk: Desk, setting: str) -> None:
    """The file has its old time again, as after `cp -p` or tar."""
    file = edited_long_ago(desk)
    known_as(leftovers.directory_of(desk.place) / "index", file, "src/a", earlier=10)
    desk.sh(f"git config {setting}")
    before = files_of(desk.place)
    assert "uncommitted files of engineer-1" in desk.go_on()
    assert lost(desk, before) == []


def test_what_is_damaged_of_another_member_keeps_nobody_from_leaving(desk: Desk) -> None:
    """A branch whose newest commit a power cut has emptied; then one in whose history there is such a commit."""
    scene = desk.scene
    commits = [scene.commit(scene.root, {"numbers/two": f"{number}\n"}) for number in (2, 3)]
    scene.git("branch", "engineer-2/t7")
    scene.git("reset", "-q", "--hard", "HEAD~2")
    for number, commit in enumerate(commits[::-1]):
        path = scene.root / ".git/objects" / commit[:2] / commit[2:]
        path.chmod(0o644)
        whole = path.read_bytes()
        path.write_bytes(b"")
        desk.sh(f"git switch -q --detach; echo {number} > p; git add p; git commit -qm p")
        precious = desk.git("rev-parse", "HEAD")
        assert "on no branch" in desk.go_on(f"engineer-1/t{8 + number}")
        assert scene.git("merge-base", "refs/batty/saved/engineer-1/latest", precious) == precious
        desk.is_clean(f"engineer-1/t{8 + number}")
        path.write_bytes(whole)


def test_a_clean_worktree_keeps_nothing(desk: Desk) -> None:
    desk.scene.commit(desk.place, {"numbers/two": "2\n"})
    assert desk.go_on() == ""
    assert desk.scene.git("for-each-ref", "refs/batty/saved") == "" and not desk.project.saved.exists()


def test_what_git_ignores_stays_where_it_is(desk: Desk) -> None:
    desk.sh("mkdir -p cache/inner; echo k > cache/k; git init -q cache/inner; echo x > cache/inner/x; echo o > src/a.o")
    before = files_of(desk.place)
    assert desk.go_on() == ""
    assert files_of(desk.place) == before
    desk.is_clean()


def test_what_git_ignores_gives_way_to_a_tracked_file_and_is_kept(desk: Desk) -> None:
    """git itself would write over it without a word."""
    desk.sh("mkdir -p cache; echo mine > cache/k; echo mine > src/a.o; git init -q cache/inner; echo x > cache/inner/x")
    other = {"cache/k": "theirs\n", "src/a.o": "theirs\n", "cache/inner": "a file\n"}
    for name, text in other.items():
        (desk.scene.root / name).parent.mkdir(exist_ok=True)
        (desk.scene.root / name).write_text(text)
    desk.scene.git("add", "-f", *other)
    desk.scene.git("commit", "-qm", "what was ignored is tracked now")
    said = desk.go_on()
    assert "what git cannot hold (cache/inner, cache/k, src/a.o): moved to" in said
    [saved] = desk.project.saved.glob("engineer-1/*")
    assert (saved / "cache/k").read_text() == (saved / "src/a.o").read_text() == "mine\n"
    assert (saved / "cache/inner/x").read_text() == "x\n" and (desk.place / "cache/inner").read_text() == "a file\n"
    desk.is_clean()


def test_a_worktree_that_was_made_in_it_goes_on_elsewhere(desk: Desk) -> None:
    desk.sh("git worktree add -q -b side side; cd side; echo 1 > staged; git add staged; echo 2 > not-yet")
    assert "(side): moved to" in desk.go_on()
    [side] = desk.project.saved.glob("engineer-1/*/side")
    assert desk.scene.git("status", "--porcelain", cwd=side) == "A  staged\n?? not-yet"
    assert str(side) in desk.scene.git("worktree", "list")
    desk.is_clean()


def test_work_in_a_submodule_is_kept_in_its_own_repository(desk: Desk) -> None:
    scene = desk.scene
    allow = ("-c", "protocol.file.allow=always")
    lib = Scene(scene.root.parent / "lib").create()
    scene.git(*allow, "submodule", "--quiet", "add", str(lib.root), "lib")
    scene.git("commit", "-qm", "a submodule")
    desk.go_on()
    desk.git(*allow, "submodule", "--quiet", "update", "--init")
    desk.sh("cd lib; echo c > c; git add c; git commit -qm c; echo d > d; echo 2 > numbers/one")
    commit = desk.scene.git("rev-parse", "HEAD", cwd=desk.place / "lib")
    assert "in the submodule lib" in desk.go_on("engineer-1/t3")
    desk.is_clean("engineer-1/t3")
    kept = "refs/batty/saved/engineer-1/latest"
    assert desk.scene.git("show", f"{kept}:d", cwd=desk.place / "lib") == "d"
    assert desk.scene.git("merge-base", commit, kept, cwd=desk.place / "lib") == commit
    assert desk.git("submodule", "status").startswith(" "), "it is at the commit that the branch names"


def test_a_stash_is_everybodys_and_is_left_alone(desk: Desk) -> None:
    desk.sh("echo x > src/a; git stash -q")
    stash = desk.git("rev-parse", "refs/stash")
    desk.go_on()
    assert desk.git("rev-parse", "refs/stash") == stash


def test_a_big_file_is_moved_and_takes_no_second_place_on_the_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_BIG_BYTES", 1000)
    desk.sh("head -c 2000 /dev/zero > big; echo small > small")
    assert "(big): moved to" in desk.go_on()
    [big] = desk.project.saved.glob("engineer-1/*/big")
    assert big.stat().st_size == 2000
    assert desk.scene.git("ls-tree", "--name-only", "refs/batty/saved/engineer-1/latest", "big", "small") == "small"
    desk.is_clean()


def test_a_file_that_is_changed_once_it_is_checked_out_holds_nobody_up(desk: Desk) -> None:
    desk.scene.git("-c", "core.autocrlf=false", "add", "src/a")
    desk.scene.commit(desk.scene.root, {"crlf": "one\r\n"})
    desk.scene.commit(desk.scene.root, {".gitattributes": "crlf text\n"})
    desk.sh("echo x > x")
    desk.go_on()
    assert desk.git("branch", "--show-current") == SECOND
    desk.go_on(FIRST)
    assert desk.git("branch", "--show-current") == FIRST


def test_the_rebase_of_the_card_in_hand_goes_on(desk: Desk) -> None:
    """Given to the same engineer again, nothing of it moves."""
    desk.sh(f"{TWO}; git rebase -q other || echo half > src/a")
    assert desk.go_on(FIRST) == ""
    assert (desk.place / "src/a").read_text() == "half\n"
    assert unfinished.operation(leftovers.directory_of(desk.place)) == "rebase"


def test_how_far_git_had_come_lies_beside(desk: Desk) -> None:
    """And what it was to put back afterwards is in the commit."""
    desk.sh(f"{TWO}; echo dirty > src/b; git rebase -q --autostash other || true")
    desk.go_on()
    [todo] = desk.project.saved.glob("engineer-1/*/operation/rebase-merge/git-rebase-todo.backup")
    assert "mine" in todo.read_text()
    parents = desk.git("rev-parse", "refs/batty/saved/engineer-1/latest^@").split()
    assert any(desk.git("show", f"{parent}:src/b") == "dirty" for parent in parents)


@pytest.mark.skipif(os.getuid() != 0, reason="as anybody but root it is tested above")
def test_what_may_not_be_read_or_written_as_nobody(open_scene: Scene) -> None:
    desk = Desk(open_scene)

    def check() -> None:
        for what in ("directories that may not be written", "a file that may not be read"):
            desk.sh(LEFT[what][0])
            assert LEFT[what][1] in desk.go_on(f"engineer-1/t{len(what)}")
            desk.is_clean(f"engineer-1/t{len(what)}")
        held = desk.git("rev-list", "--objects", "--all")
        assert all(f" {name}" in held for name in ("ro/deep/x", "x", "shut/y"))

    as_nobody(open_scene.root.parent, check)
