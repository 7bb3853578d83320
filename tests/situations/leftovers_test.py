"""What agents and people leave behind is kept, and what is not ours is not touched."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from desk import Desk
from scene import Scene, own_copy
from situations import situation
from tui.company import Company

from batty_hooks.system import process

TABLE = situation.table("leftovers")
ADDS = 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'
LEAVES = """
git init -q lib; echo w > lib/w
git switch -q --detach; echo 7 > numbers/seven; git add numbers; git commit -qm precious
"""
TWO = "git switch -qc other; echo o > src/a; git commit -qam o; git switch -q -; echo m > src/a; git commit -qam m"
# What was left when the next card came, and how.
LEFT = {
    "files that are in no commit": "echo n > notes; echo 2 > src/a; git add src/a; echo 3 > src/a",
    "edits hidden from git (assume-unchanged)": "git update-index --assume-unchanged src/a; echo longer > src/a",
    "a repository of its own": "git init -q lib; echo w > lib/w",
    "commits on a detached HEAD, or reset away": "git switch -q --detach; echo p > p; git add p; git commit -qm p",
    "a rebase in progress": f"{TWO}; git rebase -q other || true",
    "a bisect in progress": "git bisect start; git bisect bad HEAD; git bisect good HEAD~1",
    "a worktree it has made": "git worktree add -q side",
    "a .gitignore that hides itself": "echo '*' > src/.gitignore",
}
IGNORED = "an ignored file (.env, a cache)"
AWAY = "A person's own worktree is on a disk that is away"


def named(what: str) -> str:
    return f"An agent leaves {what}; its next card comes"


@pytest.mark.parametrize("what", LEFT)
def test_what_is_told_of_it(scene: Scene, what: str) -> None:
    desk = Desk(scene)
    desk.sh(LEFT[what])
    told = desk.go_on().replace(f"{scene.root}/", "")
    TABLE.check(named(what), f"In `log`: {re.sub(r'[0-9a-f]{12}', '…', told)}")


def test_an_ignored_file_stays(scene: Scene) -> None:
    desk = Desk(scene)
    desk.sh("mkdir cache; echo k > cache/k")
    desk.go_on()
    assert (desk.place / "cache/k").read_text() == "k\n"
    TABLE.check(named(IGNORED), "It stays where it is; only a tracked file of the same name makes it move aside")


def test_the_next_card_lands_and_everything_is_there(quiet: Scene) -> None:
    quiet.team(quiet.agent("leaves", f"if [ $2 = t1 ]; then {LEAVES} exit 1; fi\n{ADDS}"))
    quiet.cards("- [ ] First")
    quiet.step()
    precious = quiet.git("rev-parse", "HEAD", cwd=quiet.worktree("engineer-1"))
    quiet.run("task", "release", "t1")
    quiet.save("## TODO\n- [ ] Second (engineer-1)\n\n## IN PROGRESS\n\n## DONE\n")
    quiet.step()
    assert quiet.subjects()[-1] == "Land t2: Second (engineer-1)"
    assert "refs/batty/saved/engineer-1/latest" in quiet.git("for-each-ref", "--contains", precious)
    [lib] = quiet.root.glob(".batty/saved/engineer-1/*/lib")
    assert (lib / "w").read_text() == "w\n" and (lib / ".git").is_dir()


def test_a_worktree_of_a_persons_own_that_is_away(quiet: Scene) -> None:
    disk = quiet.root.parent / "disk"
    mine = disk / "mine"
    quiet.git("worktree", "add", "-q", "--detach", str(mine))
    quiet.commit(mine, {"numbers/seven": "7\n"}, "A day of work")
    (mine / "numbers/eight").write_text("8\n")
    quiet.git("add", ".", cwd=mine)
    disk.rename(disk.with_name("away"))
    quiet.git("worktree", "add", "-q", str(quiet.root.parent / "agent-1"), "-b", "agent-1/two")
    quiet.commit(quiet.root.parent / "agent-1", {"numbers/two": "2\n"})
    assert "has landed" in quiet.run("merge", "agent-1/two")
    disk.with_name("away").rename(disk)
    assert quiet.git("status", "--porcelain", cwd=mine) == "A  numbers/eight"
    assert quiet.git("log", "-1", "--format=%s", cwd=mine) == "A day of work"
    TABLE.check(AWAY, "Nothing: its registration stays, and it goes on when the disk is back")


MOVED, COPIED = "The project's directory is moved", "The project's directory is copied, and the copy's team works"


def settled(scene: Scene) -> str:
    return next(event["text"] for event in scene.events() if event["event"] == "settled")


def test_a_project_that_is_moved_and_one_that_is_copied(quiet: Scene) -> None:
    quiet.team(quiet.agent("adds", f"if [ $2 = t1 ]; then echo h > half; exit 1; fi\n{ADDS}"))
    quiet.cards("- [ ] First")
    quiet.step()
    refs = quiet.git("for-each-ref", "refs/heads")
    copy = Scene(own_copy(quiet.root, quiet.root.with_name("copy")))
    copy.run("task", "release", "t1")
    copy.save("## TODO\n- [ ] Second (engineer-1)\n\n## IN PROGRESS\n\n## DONE\n")
    copy.step()
    assert copy.subjects()[-1] == "Land t2: Second (engineer-1)"
    assert quiet.git("for-each-ref", "refs/heads") == refs
    assert quiet.git("status", "--porcelain", cwd=quiet.worktree("engineer-1")) == "?? half"
    TABLE.check(COPIED, f"In its `log`: {settled(copy)}. The original stays as it is".replace(str(quiet.root), "…"))
    moved = Scene(quiet.root.rename(quiet.root.with_name("moved")))
    moved.run("status", code=None)
    assert moved.git("status", "--porcelain", cwd=moved.worktree("engineer-1")) == "?? half"
    moved.step()
    TABLE.check(MOVED, f"In `log`: {settled(moved)}. It goes on there".replace(str(quiet.root), "…"))


RUNNING = "…while its team runs, or a watcher"
HOOKED = "…a copy of one with `core.hooksPath` (husky): a commit there"


def test_a_project_that_is_moved_while_its_team_runs(scene: Scene, alone: None) -> None:
    company = Company(scene).hire(("engineer", "engineer", 1))
    company.start()
    company.ready("engineer-1")
    agent, watcher, socket = company.pane("engineer-1"), company.watcher(), company.socket
    moved = Company(Scene(scene.root.rename(scene.root.with_name("moved"))))
    try:
        moved.wait(lambda: not process.birth(watcher))  # it sees that it can see nothing any more
        moved.scene.run("step", "settle")
        assert not agent.alive and subprocess.run(["tmux", "-L", socket, "ls"], capture_output=True).returncode == 1
        told = settled(moved.scene).replace(str(scene.root), "…")
        TABLE.check(RUNNING, f"The watcher ends by itself; in `log`, with the next step: {told}")
        moved.start()
        moved.ready("engineer-1")
    finally:
        moved.close()


def test_a_copy_with_hooks_of_its_own_is_not_under_the_originals_guard(scene: Scene, alone: None) -> None:
    scene.git("config", "core.hooksPath", ".githooks")
    scene.install()
    copy = Scene(own_copy(scene.root, scene.root.with_name("copy")))
    copy.commit(copy.root, {"numbers/two": "2\n"})
    assert not list(scene.root.glob(".batty/spool/*"))
    copy.run("step", "settle")
    assert copy.git("config", "core.hooksPath") == f"{copy.root}/.git/batty/hooks"
    copy.commit(copy.root, {"numbers/three": "3\n"})
    assert list(copy.root.glob(".batty/spool/*")) and not list(scene.root.glob(".batty/spool/*"))
    TABLE.check(HOOKED, "Is made as if there were no hooks of ours; with the next step there they are the copy's own")


TIDIED = "`git clean -fd`, `git add -A` or `git stash -u` on a branch without our `.batty/.gitignore`"
SWEPT = "`git clean -fdx` in the primary checkout"


def _state(scene: Scene) -> set[Path]:
    """The files of `.batty/`; what a hook has put into the spool may be taken at any moment."""
    files = (path for path in (scene.root / ".batty").rglob("*") if path.is_file())
    return {path for path in files if path.parent.name != "spool"}


def test_what_a_person_tidies_up(quiet: Scene) -> None:
    quiet.git("branch", "old")
    quiet.git("add", ".batty")
    quiet.git("commit", "-qm", "The team")
    quiet.team(quiet.agent("adds", f"if [ $2 = t1 ]; then echo h > half; exit 1; fi\n{ADDS}"))
    quiet.cards("- [ ] First")
    quiet.step()
    quiet.rest()
    quiet.git("commit", "-qam", "The team's settings")
    quiet.git("switch", "-q", "old")
    state = _state(quiet)
    for words in (("clean", "-qfd"), ("add", "-A"), ("stash", "-qu")):
        quiet.git(*words)
    assert _state(quiet) == state
    assert quiet.git("status", "--porcelain") == "" and quiet.board()
    quiet.git("switch", "-q", "main")
    TABLE.check(TIDIED, "Nothing: the lines in `.git/info/exclude` keep board and state out of it")
    refs = quiet.git("for-each-ref")
    quiet.git("clean", "-qfdx")
    assert not (quiet.root / "kanban.md").exists() and not (quiet.root / ".batty/inboxes").exists()
    assert quiet.git("for-each-ref") == refs and (quiet.worktree("engineer-1") / "half").exists()
    quiet.run("install")
    quiet.cards("- [ ] Second")
    quiet.step()
    assert quiet.subjects()[-1].startswith("Land t"), quiet.run("status", code=None)
    assert quiet.git("rev-list", "--all", "--", "half"), "and what was in the worktree is kept"
    TABLE.check(SWEPT, "Board, messages and offers are gone; commits, refs and worktrees stay. It goes on after "
                       "`batty-hooks install`. `git clean -fdx -e /kanban.md -e /.batty` spares all")  # fmt: skip


PURGED = "`uninstall --purge` with submodules in the worktrees, and things that members left"
KEPT = "…and one of the submodules holds work that is nowhere else"


def test_uninstall_takes_clean_submodules_and_names_what_is_not_saved(quiet: Scene) -> None:
    allow = ("-c", "protocol.file.allow=always")
    lib = Scene(quiet.root.parent / "lib").create()
    quiet.git(*allow, "submodule", "--quiet", "add", str(lib.root), "lib")
    quiet.git("commit", "-qm", "a submodule")
    quiet.team("true")
    quiet.run("step", "staff")
    place = quiet.worktree("engineer-1")
    quiet.git(*allow, "submodule", "--quiet", "update", "--init", cwd=place)
    left = quiet.root / ".batty/saved/engineer-1/0123/lib/w"
    left.parent.mkdir(parents=True)
    left.write_text("w\n")
    work = quiet.commit(place / "lib", {"numbers/seven": "7\n"})
    quiet.git("checkout", "-q", "HEAD~1", cwd=place / "lib")
    quiet.git("branch", "-q", "work", work, cwd=place / "lib")
    said = quiet.run("uninstall", "--purge", code=1).replace(f"{quiet.root}/", "").splitlines()
    TABLE.check(KEPT, f"{said[0].removeprefix('batty-hooks: ')} {said[1].strip()}")
    quiet.git("branch", "-q", "-D", "work", cwd=place / "lib")
    said = quiet.run("uninstall", "--purge").replace(f"{quiet.root}/", "").splitlines()
    assert len(quiet.git("worktree", "list").splitlines()) == 1 and left.read_text() == "w\n"
    TABLE.check(PURGED, "; ".join(line for line in said if line.startswith(("removed: ", "kept: .batty"))))


def test_the_page_has_just_these() -> None:
    TABLE.finish([*map(named, LEFT), named(IGNORED), AWAY, MOVED, RUNNING, COPIED, HOOKED, TIDIED, SWEPT, PURGED, KEPT])
