"""What keeps failing is under "needs you", in the program's own words, with what mends it; everything else goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scene import Scene
from situations import situation

TABLE = situation.table("failing")
AGENT = 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'
ELSEWHERE = "A card's branch is checked out in another worktree"
NAMED = "A branch is called like an engineer"
TAG = "A tag, or a branch of a remote, is called like a card's branch or the trunk"
FILTER = "A filter that the repository requires is not installed"
OWNER = "The repository belongs to somebody else"
SNAPSHOT = "A backup or snapshot of the project is mounted read-only in another place"
FULL, CLOSED = "The disk is full", "The disk is mounted read-only (a disk that fails is, by itself)"
EMPTIED = "A power cut has emptied the commit that was reported (git does not sync its objects)"
REF = "A power cut has emptied git's file of the trunk"
INDEX = "The index of an engineer's worktree is cut off"
PACKED = "A killed git left `packed-refs.lock`"
LEFT = "A killed git left `index.lock` in an engineer's worktree"


@pytest.fixture
def quiet(scene: Scene, alone: None) -> Scene:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    return scene


def needed(scene: Scene, sign: str) -> str:
    """What `status` says about it, and `doctor` too."""
    need = next(need for need in scene.json("status")["needs_you"] if sign in need["what"])
    assert sign in scene.run("doctor", code=1)
    words = f"{need['what']} → `{need['command']}`"
    return words.replace(str(scene.root.parent), "").replace("/project", ".")


def test_a_branch_checked_out_elsewhere(quiet: Scene) -> None:
    quiet.team(quiet.agent("adds", AGENT), engineers=2)
    look = quiet.root.parent / "look"
    quiet.git("worktree", "add", "-q", "-b", "engineer-1/t1-one", str(look))
    quiet.cards("- [ ] One (engineer-1) ^t1", "- [ ] Two (engineer-2) ^t2")
    assert "already" in quiet.step(code=1)
    assert quiet.lane("DONE") == ["- [x] Two (engineer-2) ^t2"]  # nobody else is held up
    TABLE.check(ELSEWHERE, needed(quiet, "already").replace("used by worktree", "checked out"))
    quiet.git("-C", str(look), "switch", "--detach")
    quiet.step()
    assert len(quiet.lane("DONE")) == 2 and not list(quiet.root.glob(".batty/troubles/*.json"))


def test_a_branch_called_like_the_engineer(quiet: Scene) -> None:
    quiet.git("branch", "engineer-1")
    quiet.cards("- [ ] One (engineer-1) ^t1")
    quiet.step(code=1)
    TABLE.check(NAMED, needed(quiet, "exists"))
    quiet.git("branch", "-m", "engineer-1", "engineer-1-old")
    quiet.step()
    assert len(quiet.lane("DONE")) == 1


def test_a_tag_called_like_a_branch(quiet: Scene) -> None:
    for name in ("engineer-1/t1-one", "main"):
        quiet.git("tag", name)
        quiet.git("update-ref", f"refs/remotes/{name}", "HEAD")
    quiet.cards("- [ ] One (engineer-1) ^t1")
    quiet.step()
    assert quiet.git("log", "-1", "--format=%s", "refs/heads/main") == "Land t1: One (engineer-1)"
    assert quiet.git("for-each-ref", "refs/heads/engineer-1") == "", "its branch is left and goes"
    TABLE.check(TAG, "Nothing: the card lands")


def test_a_filter_that_is_missing(quiet: Scene) -> None:
    quiet.commit(quiet.root, {".gitattributes": "*.bin filter=lfs\n", "a.bin": "1\n"})
    quiet.git("config", "filter.lfs.required", "true")
    quiet.git("config", "filter.lfs.smudge", "not-installed %f")
    quiet.cards("- [ ] One (engineer-1) ^t1")
    quiet.step(code=1)
    TABLE.check(FILTER, needed(quiet, "external filter"))


def test_a_repository_of_somebody_else(quiet: Scene) -> None:
    git = quiet.root.parent / "bin/git"  # only root may give a directory away; git has a switch for its own tests
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    env = {"PATH": f"{git.parent}{os.pathsep}{os.environ['PATH']}"}
    mend = f"git config --global --add safe.directory {quiet.root}"
    quiet.git("branch", "x")
    for words in (["status"], ["step"], ["install"], ["doctor"], ["merge", "x"]):
        assert mend in quiet.run(*words, code=1, env=env), words
    TABLE.check(OWNER, "Every command says: `git config --global --add safe.directory …`")


def test_a_lock_left_behind(quiet: Scene) -> None:
    quiet.cards("- [ ] One (engineer-1) ^t1")
    quiet.step("staff")
    lock = Path(quiet.git("rev-parse", "--absolute-git-dir", cwd=quiet.worktree("engineer-1")), "index.lock")
    lock.touch()
    assert f"rm {lock}" in quiet.step(code=1)
    os.utime(lock, (time.time() - 120,) * 2)
    git = subprocess.Popen(["git", "cat-file", "--batch"], cwd=quiet.worktree("engineer-1"), stdin=subprocess.PIPE)
    quiet.step(code=1)  # a git is at work there
    assert lock.exists() and git.stdin
    git.stdin.close()
    git.wait()
    quiet.step()
    assert len(quiet.lane("DONE")) == 1
    TABLE.check(LEFT, "After a minute it is taken away, unless a git is at work there")


@pytest.mark.skipif(subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0, reason="may mount nothing")
def test_a_snapshot_that_is_mounted_elsewhere_can_be_looked_at(quiet: Scene) -> None:
    place = quiet.root.parent / "snapshot"
    place.mkdir()
    line = 'mount --bind "$1" "$2"; mount -o remount,ro,bind "$2"; cd "$2"; "$3" -m batty_hooks status'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", line, "sh", quiet.root, place, sys.executable], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    said = done.stdout.replace(f"{place}", ".")
    what, mend = said.partition("needs you (1)\n")[2].splitlines()[:2]
    assert "members" in said or "next" in said, said + done.stderr
    TABLE.check(SNAPSHOT, f"`status` shows it as it stands; needs you: {what.strip()} {mend.strip()}")


def emptied(scene: Scene, oid: str) -> Path:
    path = scene.root / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(b"")
    return path


ON_A_DISK = """
cp -a "$ROOT" "$ROOT.copy"; mount -t tmpfs -o size=6m none "$ROOT"; cp -a "$ROOT.copy/." "$ROOT"; cd "$ROOT"
batty() { "$PYTHON" -m batty_hooks "$@"; }
dd if=/dev/zero of=.git/big bs=4k 2>/dev/null
batty step; echo "code $?"; batty status; echo ----
rm .git/big; mount -o remount,ro "$ROOT"
batty step; echo "code $?"; batty status; echo ----
mount -o remount,rw "$ROOT"
batty step --until-idle; echo "code $?"; git log --format=%s -1
"""


@pytest.mark.skipif(subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0, reason="may mount nothing")
def test_a_disk_that_is_full_or_closed(quiet: Scene) -> None:
    quiet.cards("- [ ] One (engineer-1) ^t1")
    env = {**os.environ, "ROOT": str(quiet.root), "PYTHON": sys.executable}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", ON_A_DISK], capture_output=True, text=True, check=False, env=env
    )
    full, closed, again = done.stdout.replace(str(quiet.root), ".").split("----\n")
    assert "code 75" in full and "code 1" in closed and again.splitlines() == ["code 0", "Land t1: One (engineer-1)"]
    for name, said in ((FULL, full), (CLOSED, closed)):
        what, mend = said.partition("needs you (1)\n")[2].splitlines()[:2]
        TABLE.check(name, f"{what.strip()} {mend.strip()}; what was begun goes on when it can be written again")


def test_a_commit_that_a_power_cut_has_emptied_holds_up_no_other(scene: Scene, alone: None) -> None:
    scene.install()
    for number in (1, 2):
        place = scene.root.parent / f"agent-{number}"
        scene.git("worktree", "add", "-q", "-b", f"agent-{number}/work", str(place))
        scene.commit(place, {f"numbers/{number}": f"10{number}\n"})
        scene.run("done", cwd=place)
    broken = emptied(scene, scene.git("rev-parse", "agent-1/work"))
    scene.step()
    assert scene.landed() == ["Land agent-2/work"]
    words = needed(scene, "agent-1/work cannot be read").replace(f"{broken.parent.name}/{broken.name}", "…")
    TABLE.check(EMPTIED, words.replace(str(scene.root), "."))


def test_a_trunk_whose_file_is_empty(quiet: Scene) -> None:
    tip = quiet.tip()
    quiet.cards("- [ ] One (engineer-1) ^t1")
    (quiet.root / ".git/refs/heads/main").write_bytes(b"")
    quiet.step(code=1)
    said = quiet.run("status", code=1).splitlines()
    mend = said[1].strip().removeprefix("→ ")
    words = f"`status`: {said[0].removeprefix('batty-hooks: ')} → `{mend}`".replace(tip[:12], "…")
    TABLE.check(REF, words.replace(str(quiet.root), "."))
    assert quiet.sh(mend, quiet.root) == 0
    quiet.step()
    assert len(quiet.lane("DONE")) == 1


def test_an_index_that_is_cut_off(quiet: Scene) -> None:
    quiet.step("staff")
    (quiet.root / ".git/worktrees/engineer-1/index").write_bytes(b"DIRC")
    quiet.cards("- [ ] One (engineer-1) ^t1")
    quiet.step(code=1)
    TABLE.check(INDEX, needed(quiet, "index file smaller").replace(str(quiet.root), "."))
    (quiet.root / ".git/worktrees/engineer-1/index").unlink()
    quiet.git("reset", "-q", cwd=quiet.worktree("engineer-1"))
    quiet.step()
    assert len(quiet.lane("DONE")) == 1


def test_packed_refs_locked(quiet: Scene) -> None:
    quiet.git("pack-refs", "--all")
    quiet.cards("- [ ] One (engineer-1) ^t1")
    lock = quiet.root / ".git/packed-refs.lock"
    lock.touch()
    assert f"rm {lock}" in quiet.step(code=1)
    os.utime(lock, (time.time() - 120,) * 2)
    quiet.step()
    assert not lock.exists() and quiet.landed() == ["Land t1: One (engineer-1)"]
    TABLE.check(PACKED, "After a minute it is taken away; before, the `rm` is named")


def test_the_page_has_just_these() -> None:
    TABLE.finish([ELSEWHERE, NAMED, TAG, FILTER, OWNER, FULL, CLOSED, SNAPSHOT, EMPTIED, REF, INDEX, PACKED, LEFT])
