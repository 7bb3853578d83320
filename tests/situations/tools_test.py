"""What other tools, scripts and agents do to a repository behind our back."""

from __future__ import annotations

import os
import re
import subprocess
import time

import pytest
from scene import Again, Scene
from situations import situation

TABLE = situation.table("tools")
WORKS = '[ ! -e "numbers/$2" ] || exit 0\necho "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'

BARE = "`core.bare` is true in a checkout, as a `git init` with GIT_DIR set leaves it"
MIRROR = "a clone whose `git fetch` writes over the branches here (`git clone --mirror`)"
LOST = "`git worktree remove --force` and `git branch -D`, while a card is in hand there"
LOST_BLOCKED = "…while the card is blocked, and then it is unblocked"
LOCKED = "`git worktree lock` of an engineer's worktree"
MOVED = "`git worktree move` of an engineer's worktree"
TRACKED = "kanban.md is committed, and a branch with an older one is checked out"
SQUASHED = "you merge an engineer's branch yourself, squashed (`git merge --squash`), and then it is reported"
ON_MAIN = "you stand on another branch, and an agent switches its worktree to main and commits"
WIPED = "all of `refs/batty/` is deleted and collected (`git gc --prune=now`), while work is reported"
ASKING = "the test command asks something and reads the answer"
SELF = "the test command takes away the worktree it runs in"
INDEX = "a killed git left `index.lock` in your own checkout"
HEAD = "a killed git left `HEAD.lock` in an engineer's worktree"
HIDDEN = "your edits of a file are hidden from git (assume-unchanged, skip-worktree), and what passed changes it"
IGNORED = "what passed brings a file where you have one that git ignores"
PUSHED = "a push from another clone into your checkout of the trunk (`receive.denyCurrentBranch=updateInstead`)"
ROWS = [
    BARE, MIRROR, LOST, LOST_BLOCKED, LOCKED, MOVED, TRACKED, SQUASHED, ON_MAIN, WIPED, ASKING, SELF, INDEX, HEAD,
    HIDDEN, IGNORED, PUSHED,
]  # fmt: skip


@pytest.fixture
def team(quiet: Scene) -> Scene:
    quiet.team(quiet.agent("works", WORKS))
    return quiet


def begun(scene: Scene, *cards: str) -> str:
    """The card t1 in hand, its brief read (so that its command is not run), and a commit on its branch."""
    scene.cards("- [ ] One ^t1", *cards)
    scene.step("staff", "reconcile", "dispatch")
    place = scene.worktree("engineer-1")
    scene.run("read", cwd=place)
    return scene.commit(place, {"numbers/t1": "101\n"})


def one_begun(scene: Scene) -> None:
    scene.install().team(scene.agent("works", WORKS))
    begun(scene)


@pytest.fixture
def in_hand(again: Again, alone: None) -> Scene:
    """A team with one card in hand (see `begun`)."""
    return again(one_begun)


def needed(scene: Scene, sign: str) -> tuple[str, str]:
    """The line of `status` and the command below it."""
    [need] = [need for need in scene.json("status")["needs_you"] if sign in need["what"]]
    words = (need["what"], need["command"])
    what, mend = (re.sub(r"\b[0-9a-f]{10,12}\b", "…", text.replace(str(scene.root), ".")) for text in words)
    return what, mend


def typed(scene: Scene, sign: str) -> None:
    [need] = [need for need in scene.json("status")["needs_you"] if sign in need["what"]]
    command = need["command"].partition("  (")[0].partition(" && batty-hooks")[0]
    assert scene.sh(command, scene.root) == 0, command


def test_a_checkout_that_git_takes_for_bare(team: Scene) -> None:
    team.cards("- [ ] One ^t1")
    team.git("config", "core.bare", "true")
    team.step(code=None)
    what, mend = needed(team, "bare repository (")
    assert not team.landed(), "the checkout could not follow, and its next commit would take the landing back"
    assert mend in team.run("doctor", code=1).replace(str(team.root), ".")
    TABLE.check(BARE, f"what is done waits; needs you: {what} → `{mend}`")
    typed(team, "bare repository (")
    team.step()
    assert team.landed() and team.git("status", "--porcelain", "--untracked-files=no") == ""


def test_a_bare_repository_may_lie_in_a_directory_called_git(quiet: Scene) -> None:
    quiet.git("config", "core.bare", "true")
    (quiet.root / ".git/index").unlink()
    assert "bare repository (" not in quiet.run("status", code=None)


def test_a_mirror(quiet: Scene) -> None:
    quiet.git("remote", "add", "--mirror=fetch", "origin", "/nowhere")
    what, mend = needed(quiet, "git fetch")
    TABLE.check(MIRROR, f"needs you: {what} → `{mend}`")
    typed(quiet, "git fetch")
    assert "git fetch" not in quiet.run("status", code=None)
    assert quiet.git("config", "remote.origin.fetch") == "+refs/heads/*:refs/remotes/origin/*"


def taken_away(scene: Scene) -> None:
    scene.git("worktree", "remove", "--force", str(scene.worktree("engineer-1")))
    scene.git("branch", "-D", "engineer-1/t1-one")


def test_all_of_a_card_is_taken_away(in_hand: Scene) -> None:
    taken_away(in_hand)
    in_hand.run("send", "engineer-1", "how does it stand?")
    in_hand.step()
    assert not [event for event in in_hand.events() if event["event"] == "started"], "it would work on no branch"
    what, mend = needed(in_hand, "has no branch any more")
    assert what in in_hand.run("done", cwd=in_hand.worktree("engineer-1"), code=1)
    TABLE.check(LOST, f"the worktree is made again; `done` and needs you: {what} → `{mend}`")
    in_hand.run(*mend.partition("  (")[0].split()[1:])
    in_hand.step()
    assert in_hand.landed() == ["Land t1: One (engineer-1)"]


def test_all_of_a_blocked_card_is_taken_away(in_hand: Scene) -> None:
    in_hand.run("task", "block", "t1", "a question")
    taken_away(in_hand)
    in_hand.step()
    in_hand.run("task", "unblock", "t1")
    in_hand.step()
    assert not in_hand.git("for-each-ref", "refs/heads/engineer-1")
    TABLE.check(LOST_BLOCKED, f"the same: {needed(in_hand, 'has no branch any more')[0]}")


def test_a_push_into_the_checkout(quiet: Scene) -> None:
    quiet.step()
    quiet.git("config", "receive.denyCurrentBranch", "updateInstead")
    other = quiet.root.parent / "other"
    quiet.git("clone", "-q", str(quiet.root), str(other))
    quiet.commit(other, {"numbers/two": "2\n"})
    done = subprocess.run(["git", "push", "origin", "main"], cwd=other, capture_output=True, text=True, check=False)
    [said] = [line for line in done.stderr.splitlines() if "batty-hooks" in line]
    assert done.returncode and quiet.git("status", "--porcelain", "-uno") == "", (
        "refused before git touched the checkout"
    )
    quiet.git("push", "-q", "origin", "HEAD:refs/heads/two", cwd=other)
    quiet.run("merge", "two")
    assert quiet.subjects()[-1] == "Land two"
    TABLE.check(PUSHED, f"refused, and your checkout stays as it is: {said.removeprefix('remote: ').strip()}")


def test_a_worktree_that_is_locked_or_moved(team: Scene) -> None:
    team.step("staff")
    place = team.worktree("engineer-1")
    team.git("worktree", "lock", str(place))
    team.cards("- [ ] One ^t1")
    team.step()
    assert team.landed() == ["Land t1: One (engineer-1)"]
    TABLE.check(LOCKED, "Nothing: the card lands")
    team.git("worktree", "unlock", str(place))
    elsewhere = team.root.parent / "elsewhere"
    team.git("worktree", "move", str(place), str(elsewhere))
    team.cards("- [ ] Two ^t2")
    team.step()
    assert team.landed()[1:] == ["Land t2: Two (engineer-1)"]
    assert team.git("rev-parse", "--is-inside-work-tree", cwd=elsewhere) == "true"
    TABLE.check(MOVED, "The moved one is left alone; the engineer gets a new one, and its card lands")


def test_a_board_that_is_committed(team: Scene) -> None:
    team.git("add", "-f", "kanban.md")
    team.git("commit", "-qm", "The board")
    team.git("branch", "old")
    team.cards("- [ ] One ^t1")
    team.step()
    team.git("commit", "-qam", "The board today")
    team.git("switch", "-q", "old")
    team.step()
    assert team.lane("DONE") == ["- [x] One (engineer-1) ^t1"] and team.landed() == ["Land t1: One (engineer-1)"]
    what, _ = needed(team, "t1")
    TABLE.check(TRACKED, f"The cards stay; needs you: {what}")


def test_a_branch_that_was_squashed(in_hand: Scene) -> None:
    in_hand.git("merge", "--squash", "-q", "engineer-1/t1-one")
    in_hand.git("commit", "-qm", "All of it")
    in_hand.run("done", cwd=in_hand.worktree("engineer-1"))
    in_hand.step()
    assert in_hand.lane("DONE") and in_hand.landed() == ["Land t1: One (engineer-1)"]
    assert not in_hand.git("diff", "main~1", "main"), "it was all there"
    TABLE.check(SQUASHED, "It is no conflict: the card lands as a merge that changes nothing, and is done")


def test_the_trunk_in_an_engineers_worktree(team: Scene) -> None:
    team.git("switch", "-qc", "aside")
    tip = begun(team)
    place = team.worktree("engineer-1")
    team.git("switch", "-q", "main", cwd=place)
    (place / "numbers/nine").write_text("9\n")
    team.git("add", ".", cwd=place)
    said = team.git("commit", "-qm", "On main", cwd=place, check=False)
    assert said == "" and team.tip() != tip and "nine" not in team.git("ls-tree", "-r", "main")
    team.git("switch", "-q", "engineer-1/t1-one", cwd=place)
    team.git("commit", "-qm", "On its own branch", cwd=place)
    team.run("done", cwd=place)
    team.step()
    assert team.landed() == ["Land t1: One (engineer-1)"] and team.show("numbers/nine") == "9"
    TABLE.check(
        ON_MAIN, "The commit is refused, with what to do instead; the files go along to its own branch, and land"
    )


def test_refs_that_are_wiped_away(team: Scene) -> None:
    team.cards("- [ ] Zero ^t0")
    team.step()
    team.rest()
    begun(team, "- [ ] Two [depend:: t0] ^t2")
    team.run("done", cwd=team.worktree("engineer-1"))
    for name in team.git("for-each-ref", "--format=%(refname)", "refs/batty").splitlines():
        team.git("update-ref", "-d", name)
    team.git("gc", "-q", "--prune=now")
    team.step()
    assert [line[:9] for line in team.landed()] == ["Land t0: ", "Land t1: ", "Land t2: "]
    TABLE.check(WIPED, "It lands: its branch holds it; what came back or was kept before is gone with its ref")


def test_a_test_that_asks(quiet: Scene) -> None:
    quiet.team(quiet.agent("works", WORKS), gate="printf 'Go on? [y/N] '; read answer && sh check.sh")
    quiet.cards("- [ ] One ^t1")
    quiet.step()
    assert not quiet.landed()
    what, mend = needed(quiet, "itself fails its test")
    TABLE.check(ASKING, f"It reads an end of file at once, so it fails, and nobody is charged: {what} → `{mend}`")


def test_a_test_that_takes_its_worktree_away(quiet: Scene) -> None:
    works = quiet.agent("works", WORKS)
    quiet.team(works, gate='rm -rf "$PWD"')
    quiet.cards("- [ ] One ^t1")
    quiet.step()
    assert quiet.messages("engineer-1", "new") == [], "nobody is charged"
    what, mend = needed(quiet, "takes away")
    TABLE.check(SELF, f"It is run once more, and has failed then, as any test does: {what} → `{mend}`")
    quiet.team(works)
    quiet.step()
    assert quiet.landed() == ["Land t1: One (engineer-1)"]


def test_a_change_that_makes_the_test_take_its_worktree_away(quiet: Scene) -> None:
    """It comes back as red, and keeps nobody else's from landing."""
    tests = {"test.sh": "sh check.sh\n"}
    quiet.commit(quiet.root, tests)
    quiet.team(None, gate="sh test.sh")
    for name, files in (("agent-1", {"test.sh": 'rm -rf "$PWD"\n'}), ("agent-2", {"numbers/two": "2\n"})):
        place = quiet.root.parent / name
        quiet.git("worktree", "add", "-q", str(place), "-b", f"{name}/work")
        quiet.commit(place, files)
        quiet.run("done", cwd=place)
    quiet.step()
    assert quiet.landed() == ["Land agent-2/work"] and quiet.json("status")["needs_you"] == []
    assert "takes away the directory it runs in" in quiet.run("read", cwd=quiet.root.parent / "agent-1")


def test_locks_that_a_killed_git_has_left(team: Scene) -> None:
    lock = team.root / ".git/index.lock"
    lock.touch()
    os.utime(lock, (time.time() - 120,) * 2)
    team.cards("- [ ] One ^t1")
    team.step(code=1)
    what, mend = needed(team, "index.lock")
    TABLE.check(INDEX, f"needs you: {what} → `{mend}`")
    typed(team, "index.lock")
    team.step()
    assert team.landed() == ["Land t1: One (engineer-1)"]
    lock = team.root / ".git/worktrees/engineer-1/HEAD.lock"
    lock.touch()
    os.utime(lock, (time.time() - 120,) * 2)
    team.cards("- [ ] Two ^t2")
    assert team.step() == "" and not lock.exists() and len(team.landed()) == 2
    TABLE.check(HEAD, "After a minute it is taken away, as `index.lock` there is")


def waits_to_land(scene: Scene, path: str) -> tuple[str, str]:
    """Something that passed brings a file, and something in the checkout of the trunk is in its way."""
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    (place / path).write_text("7\n")
    scene.git("add", "-f", path, cwd=place)
    scene.git("commit", "-qm", "Work", cwd=place)
    scene.run("done", cwd=place)
    scene.step()
    assert not scene.landed()
    return needed(scene, "waits to land")


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_edits_that_are_hidden(quiet: Scene, mark: str) -> None:
    quiet.git("update-index", mark, "numbers/one")
    (quiet.root / "numbers/one").write_text("5\n")
    what, mend = waits_to_land(quiet, "numbers/one")
    TABLE.check(HIDDEN, f"needs you: {what} → `{mend}`")
    assert "numbers/one" not in quiet.git("status", "--porcelain")
    typed(quiet, "waits to land")
    assert "numbers/one" in quiet.git("status", "--porcelain")
    assert needed(quiet, "waits to land")[1].startswith("git status")
    quiet.git("checkout", "numbers/one")
    quiet.step()
    assert quiet.landed() == ["Land agent-1/work"]


def test_an_ignored_file_in_the_way(quiet: Scene) -> None:
    quiet.commit(quiet.root, {".gitignore": "*.local\n"})
    (quiet.root / "mine.local").write_text("keep\n")
    (quiet.root / "untracked").write_text("keep\n")
    what, mend = waits_to_land(quiet, "mine.local")
    TABLE.check(IGNORED, f"needs you: {what} → `{mend}`")
    typed(quiet, "waits to land")
    quiet.step()
    assert quiet.landed() == ["Land agent-1/work"] and (quiet.root / "mine.local.mine").read_text() == "keep\n"


def test_the_page_has_just_these() -> None:
    TABLE.finish(ROWS)
