"""A worktree and its repository lead to each other: after a move, in a copy, and where somebody took them apart."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from crash.killing import every_kill, in_child
from desk import FIRST, MEMBER, SECOND, Desk, files_of, lost
from scene import Scene

from batty_hooks.errors import FatalError
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project, moved
from batty_hooks.system import lock
from batty_hooks.system.git import links


@pytest.fixture
def desk(scene: Scene) -> Desk:
    """With work in it that is committed, staged and neither."""
    found = Desk(scene)
    found.sh("echo p > p; git add p; git commit -qm p; echo s > s; git add s; echo n > n")
    return found


def at(root: Path) -> Scene:
    """The same project in another place, as the first command finds it there."""
    project = project_map.find(root)
    project.require_prepared()
    return Scene(root)


def snapshot(scene: Scene) -> str:
    place = scene.worktree(MEMBER)
    return "\n".join([
        scene.git("for-each-ref"), scene.git("worktree", "list", "--porcelain"),
        scene.git("status", "--short", "--branch", cwd=place), scene.git("log", "--oneline", cwd=place),
        str(sorted(files_of(scene.root).items())),
    ])  # fmt: skip


def test_a_project_that_was_moved_goes_on_where_it_was(desk: Desk) -> None:
    before = desk.git("status", "--short", "--branch")
    there = desk.scene.root.rename(desk.scene.root.with_name("moved"))
    scene = at(there)
    assert scene.git("status", "--short", "--branch", cwd=scene.worktree(MEMBER)) == before
    assert "prunable" not in scene.git("worktree", "list", "--porcelain")
    place = Project(there, there / ".git").place_file
    assert moved.news(place) == f"moved from {desk.scene.root}"
    moved.told(place)
    assert moved.news(place) == "" and at(there) and moved.news(place) == ""


def test_a_copy_works_for_itself_and_the_original_stays_as_it_is(desk: Desk) -> None:
    project = desk.project
    project.watcher_file.write_text(f"{os.getpid()}\n")
    (project.member_directory(MEMBER) / "pane.json").parent.mkdir(parents=True)
    (project.member_directory(MEMBER) / "pane.json").write_text(json.dumps({"pid": os.getpid()}))
    before = snapshot(desk.scene)
    there = desk.scene.root.with_name("copy")
    shutil.copytree(desk.scene.root, there, symlinks=True)
    (there / ".batty/worktrees" / MEMBER / "own").write_text("own\n")
    scene = at(there)
    scene.git("add", "own", cwd=scene.worktree(MEMBER))
    scene.git("commit", "-qm", "in the copy", cwd=scene.worktree(MEMBER))
    assert scene.git("log", "-1", "--format=%s", FIRST) == "in the copy"
    assert snapshot(desk.scene) == before
    assert moved.news(Project(there, there / ".git").place_file) == f"copied from {desk.scene.root}"
    assert not list(there.glob(".batty/members/*/pane.json")) and not (there / ".batty/watch.pid").exists()
    assert project.watcher_file.exists(), "the original's processes are the original's"


def test_in_a_copied_worktree_the_copy_is_meant(desk: Desk) -> None:
    """`done` typed there, before anything else was."""
    there = desk.scene.root.with_name("copy")
    shutil.copytree(desk.scene.root, there, symlinks=True)
    assert project_map.find(there / ".batty/worktrees" / MEMBER).root == there
    assert project_map.find(desk.place).root == desk.scene.root


def test_a_copy_of_a_copy_and_one_that_takes_the_place_of_the_original(desk: Desk) -> None:
    root = desk.scene.root
    for name in ("copy", "second"):
        shutil.copytree(root, root.with_name(name), symlinks=True)
        root = at(root.with_name(name)).root
    shutil.rmtree(desk.scene.root)
    scene = at(root.rename(desk.scene.root))
    assert scene.git("status", "--short", cwd=scene.worktree(MEMBER)) == "A  s\n?? n"
    assert links.leads_to(scene.root / ".git", scene.worktree(MEMBER))


def test_reached_by_another_name_it_is_the_same_place(desk: Desk) -> None:
    link = desk.scene.root.with_name("link")
    link.symlink_to(desk.scene.root)
    before = (desk.place / ".git").read_text()
    at(link)
    assert (desk.place / ".git").read_text() == before
    assert moved.news(desk.project.place_file) == ""


def test_a_git_directory_that_lies_elsewhere(desk: Desk) -> None:
    """People keep it on a bigger disk, behind a link."""
    disk = desk.scene.root.parent / "disk"
    (desk.scene.root / ".git").rename(disk)
    (desk.scene.root / ".git").symlink_to(disk)
    assert links.leads_to(desk.scene.root / ".git", desk.place)
    assert "had staged" in desk.go_on()
    desk.is_clean()


def test_killed_while_it_is_led_back_it_is_led_back_by_the_next(desk: Desk) -> None:
    there = desk.scene.root.rename(desk.scene.root.with_name("moved"))
    kills = 0
    for kills in every_kill(there, lambda: at(there)):
        assert in_child(lambda: at(there))
        assert links.leads_to(there / ".git", there / ".batty/worktrees" / MEMBER), f"after kill {kills}"
    assert kills >= 4


APART = {
    "its .git deleted": ("rm .git", ""),
    "its .git somebody else's": ("git init -q ../../other; echo gitdir: ../../other/.git > .git", ""),
    "its .git nonsense": ("echo nonsense > .git", ""),
    "a repository made over it": (
        "rm .git; git init -q; git add n; git commit -qm n",
        "is a repository of its own: moved to",
    ),
    "git init typed in it": ("git init -q", ""),
}


@pytest.mark.parametrize("what", APART)
def test_taken_apart_it_is_put_together_with_all_that_is_in_it(desk: Desk, what: str) -> None:
    script, says = APART[what]
    before = desk.git("status", "--short", "--branch")
    desk.sh(script)
    left = files_of(desk.place)
    assert says in desk.go_on(FIRST)
    assert desk.git("status", "--short", "--branch") == before
    desk.go_on()
    assert lost(desk, left) == []
    desk.is_clean()


GONE = {
    "deleted": "rm -rf {place}",
    "a file": "rm -rf {place}; echo f > {place}",
    "a link": "mv {place} {place}.away; rm {place}.away/.git; ln -s {place}.away {place}",
}


@pytest.mark.parametrize("what", GONE)
def test_what_the_repository_alone_knows_of_a_worktree_that_is_gone_is_kept(desk: Desk, what: str) -> None:
    desk.sh("git switch -q --detach; git commit -qm precious")
    precious = desk.git("rev-parse", "HEAD")
    desk.sh("echo later > later; git add later")
    script = GONE[what].format(place=f"'{desk.place}'")
    subprocess.run(["sh", "-ec", script], cwd=desk.scene.root, check=True)
    said = desk.go_on()
    assert "what engineer-1 had staged, 1 commit of engineer-1 on no branch: kept as" in said
    assert ("is no worktree of this repository: moved to" in said) == (what != "deleted")
    assert "refs/batty/saved" in desk.scene.git("for-each-ref", "--contains", precious)
    parents = desk.scene.git("rev-parse", "refs/batty/saved/engineer-1/latest^@").split()
    assert any(desk.scene.git("ls-tree", "--name-only", parent, "later") for parent in parents)
    desk.is_clean()


def test_a_locked_worktree_whose_disk_is_away_is_waited_for(desk: Desk) -> None:
    desk.scene.git("worktree", "lock", str(desk.place))
    away = desk.place.rename(desk.scene.root.parent / "away")
    with pytest.raises(FatalError, match="is not there, and git has it locked") as raised:
        desk.go_on()
    assert f"git worktree unlock {desk.place}" in raised.value.mend
    away.rename(desk.place)
    desk.go_on()
    desk.is_clean(SECOND)


def test_while_a_watcher_is_at_work_another_name_of_the_directory_leads_nothing_astray(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container, or where it is mounted a second time."""
    monkeypatch.setattr(moved, "_WATCHER_SECONDS", 0.0)
    there = desk.scene.root.rename(desk.scene.root.with_name("mounted"))
    before = files_of(there / ".git")
    project = Project(there, there / ".git")
    with lock.held(project.lock("watch")):
        with pytest.raises(FatalError, match="is another name of this directory") as refused:
            at(there)
        assert refused.value.mend.startswith(f"type it in {desk.scene.root}, ") and files_of(there / ".git") == before
    at(there)
    assert moved.news(project.place_file) == f"moved from {desk.scene.root}"
