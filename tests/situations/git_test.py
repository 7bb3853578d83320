"""Git itself, as people have it set up and as others leave it: a card lands, or one line says what is in the way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

TABLE = table("git")
TEMPLATES = Path(__file__).parents[2] / "templates"
WORKS = 'echo "10${2#t}" > "numbers/$2"\ngit add numbers\ngit commit -qm "Add $2"\n'
SIGNS = "`commit.gpgSign`, and the program that signs waits for a passphrase that nobody types"
MONITOR = "`core.fsmonitor` names a program that never answers"
COLLECTED = "the test expires all reflogs and runs `git gc --prune=now` while it tests"
PRUNED = "an engineer's worktree is on a disk that is away, somebody types `git worktree prune`, and it comes back"
TRUNK_LOCK = "a killed git left `refs/heads/main.lock`"
GRAPH = "the commit-graph is damaged, or names commits that were pruned"
NAMED = "a tag has the trunk's name, and a branch and a tag are called HEAD"
ENDINGS = "`* text=auto` was added later than files that end their lines with CR LF, so they never look unchanged"
BORROWED = "the repository that a clone borrows objects of (`git clone --shared`, `--reference`) is moved away"
RENAMED = "a card's branch is renamed, or its last commit amended, while its report waits"
STASH = "engineer-2 types `git stash pop` after engineer-1 has typed `git stash`: the stash is one for all worktrees"
ROWS = [SIGNS, MONITOR, COLLECTED, PRUNED, TRUNK_LOCK, GRAPH, NAMED, ENDINGS, BORROWED, RENAMED, STASH]
LANDS = "Nothing: the card lands"


def waits_for_ever(scene: Scene) -> str:
    program = scene.root.parent / "waits"
    program.write_text("#!/bin/sh\nexec sleep 100000\n")
    program.chmod(0o755)
    return str(program)


def team(scene: Scene, script: str = WORKS, **gate: str) -> Scene:
    scene.team(scene.agent("works", script), **gate)
    scene.cards("- [ ] One")
    return scene


def lands(scene: Scene, card: str = "t1: One") -> str:
    scene.step()
    landed = scene.git("log", "--first-parent", "--format=%s", "-1", "refs/heads/main")
    assert landed == f"Land {card} (engineer-1)", scene.log()
    assert "nothing needs you" in scene.run("status")
    return LANDS


def needed(scene: Scene) -> str:
    first = scene.json("status")["needs_you"][0]
    return f"needs you: {first['what']} → `{first['command']}`".replace(f"{scene.root}/", "./")


def test_a_signature_that_waits_for_a_person(quiet: Scene) -> None:
    for name, value in (("commit.gpgSign", "true"), ("gpg.program", waits_for_ever(quiet)), ("user.signingKey", "A")):
        quiet.git("config", name, value)
    team(quiet, WORKS.replace("git commit", "git commit --no-gpg-sign"))
    quiet.step()
    assert quiet.landed() == ["Land t1: One (engineer-1)"]
    said = quiet.run("read")
    assert "landings are not signed: git commit-tree" in said and "no answer for 20 s" in said
    TABLE.check(SIGNS, "it lands unsigned after 20 seconds; you are told once: landings are not signed")


def test_everything_is_collected_meanwhile(quiet: Scene) -> None:
    collect = "git reflog expire --expire=now --all && git gc --prune=now -q"
    team(quiet, gate=f"sh check.sh && {collect} && git -C '{quiet.root}' reflog expire --expire=now --all && {collect}")
    TABLE.check(COLLECTED, lands(quiet))
    assert "missing" not in quiet.git("fsck")


def test_a_worktree_is_pruned_while_its_disk_is_away(quiet: Scene) -> None:
    team(quiet)
    quiet.run("step", "staff", "setup", "dispatch")
    place, away = quiet.worktree("engineer-1"), quiet.root.parent / "away"
    quiet.commit(place, {"numbers/five": "5\n"})
    (place / "notes").write_text("mine\n")
    place.rename(away)
    quiet.git("worktree", "prune")
    away.rename(place)
    lands(quiet)
    assert quiet.show("numbers/five") == "5"
    [notes] = quiet.root.glob(".batty/saved/engineer-1/*/engineer-1/notes")
    assert notes.read_text() == "mine\n"
    TABLE.check(PRUNED, "In `log`: what lay at .batty/worktrees/engineer-1 is no worktree of this repository: moved to "
                ".batty/saved/engineer-1/…; a new one goes on upon the card's branch")  # fmt: skip


def test_a_lock_of_the_trunk_is_left(quiet: Scene) -> None:
    team(quiet)
    lock = quiet.root / ".git/refs/heads/main.lock"
    lock.touch()
    quiet.step(code=None)
    TABLE.check(TRUNK_LOCK, needed(quiet))
    lock.unlink()
    lands(quiet)


def test_the_commit_graph(quiet: Scene) -> None:
    quiet.git("branch", "lost", quiet.git("commit-tree", "-m", "lost", "-p", "HEAD", "HEAD^{tree}"))
    quiet.git("commit-graph", "write", "--reachable")
    quiet.git("branch", "-qD", "lost")
    quiet.git("gc", "-q", "--prune=now")
    lands(team(quiet))
    graph = quiet.root / ".git/objects/info/commit-graph"
    graph.chmod(0o644)
    graph.write_text("garbage")
    quiet.cards("- [ ] Two")
    TABLE.check(GRAPH, lands(quiet, "t2: Two"))


def test_names_that_are_taken_a_monitor_that_hangs_and_files_that_never_look_unchanged(scene: Scene) -> None:
    scene.commit(scene.root, {"windows.txt": "a\r\nb\r\n"})
    scene.commit(scene.root, {".gitattributes": "* text=auto\n"})
    scene.install()
    tip = scene.tip()
    for name in ("refs/tags/main", "refs/tags/HEAD", "refs/heads/HEAD"):
        scene.git("update-ref", name, scene.git("commit-tree", "-m", "other", f"{tip}^{{tree}}"))
    scene.git("config", "core.fsmonitor", waits_for_ever(scene))
    works = 'printf "c\\r\\n" >> windows.txt\n' + WORKS.replace("add numbers", "add -A")
    team(scene, 'git() { command git -c core.fsmonitor=false "$@"; }\n' + works)
    said = lands(scene)
    for row in (NAMED, MONITOR, ENDINGS):
        TABLE.check(row, said)


def test_a_clone_that_borrows(quiet: Scene) -> None:
    lender, clone = quiet.root, Scene(quiet.root.parent / "clone")
    subprocess.run(["git", "clone", "-q", "--shared", str(lender), str(clone.root)], check=True)
    clone.install()
    lands(team(clone))
    away = lender.parent / "away"
    shutil.move(lender, away)
    said = needed(clone).replace(f"{lender}", "…")
    shutil.move(away, lender)
    assert "borrows" not in clone.run("status")
    TABLE.check(BORROWED, said)


@pytest.mark.parametrize("act", [("branch", "-m", "another"), ("commit", "-q", "--amend", "-m", "Amended")])
def test_the_branch_changes_while_the_report_waits(quiet: Scene, act: tuple[str, ...]) -> None:
    team(quiet)
    quiet.run("step", "staff", "setup", "dispatch")
    place = quiet.worktree("engineer-1")
    quiet.commit(place, {"numbers/five": "5\n"}, "Mine")
    quiet.run("done", cwd=place)
    quiet.git(*act, cwd=place)
    lands(quiet)
    assert quiet.show("numbers/five") == "5" and quiet.git("log", "--format=%s", "refs/heads/main").count("Mine") == 1
    TABLE.check(RENAMED, "Nothing: the commit that was reported is pinned, and lands")


def test_the_stash_is_shared(quiet: Scene) -> None:
    quiet.team("true", engineers=2)
    quiet.run("step", "staff")
    one, two = quiet.worktree("engineer-1"), quiet.worktree("engineer-2")
    (one / "numbers/one").write_text("11\n")
    quiet.git("stash", "-q", cwd=one)
    quiet.git("stash", "pop", "-q", cwd=two)
    assert (two / "numbers/one").read_text() == "11\n", "that is git's own way"
    roles = [path.read_text() for path in Path(TEMPLATES).glob("roles/*.md")]
    assert sum("`git stash` is one for" in role for role in roles) == sum("`git stash" in role for role in roles) == 3
    TABLE.check(STASH, "It gets engineer-1's files, as git has it; the engineers' role says not to use it")


def test_the_page_has_just_these() -> None:
    TABLE.finish(ROWS)
