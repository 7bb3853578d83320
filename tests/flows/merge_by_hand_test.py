"""`git merge` typed by a person on the trunk: the merged tree is tested before it becomes a commit."""

from __future__ import annotations

from pathlib import Path

from scene import Scene, wait_for


def diverge(scene: Scene, number: str) -> None:
    """A branch with one number, and a trunk that has moved on, so that a merge makes a commit."""
    scene.git("switch", "-qc", "side")
    scene.commit(scene.root, {"numbers/side": f"{number}\n"})
    scene.git("switch", "-q", "main")
    scene.commit(scene.root, {"numbers/seven": "7\n"})


def runs(scene: Scene) -> int:
    return len([event for event in scene.events() if event["event"].startswith("gate ")])


def test_a_green_merge_goes_through(scene: Scene) -> None:
    scene.install(on="done")
    diverge(scene, "5")
    scene.git("merge", "-q", "--no-edit", "side")
    assert scene.subjects()[-1] == "Merge branch 'side'" and runs(scene) == 1


def test_a_red_merge_is_refused_with_the_reason_and_a_way_back(scene: Scene) -> None:
    scene.install(on="done")
    diverge(scene, "7")
    before = scene.tip()
    assert scene.git("merge", "--no-edit", "side", check=False) is not None
    assert scene.tip() == before and runs(scene) == 1
    scene.git("merge", "--abort")
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""


def test_a_tree_that_is_judged_already_is_not_tested_again(scene: Scene) -> None:
    scene.install(on="done")
    diverge(scene, "5")
    scene.run("gate", "side")
    assert runs(scene) == 1
    scene.git("merge", "-q", "--no-edit", "side")
    assert scene.subjects()[-1] == "Merge branch 'side'" and runs(scene) == 1


def test_merging_the_trunk_into_a_branch_is_nobodys_business(scene: Scene) -> None:
    scene.install(on="done")
    diverge(scene, "7")
    scene.git("switch", "-q", "side")
    scene.git("merge", "-q", "--no-edit", "main")
    assert runs(scene) == 0


def test_a_broken_batty_hooks_refuses_no_merge(scene: Scene) -> None:
    scene.install(on="done")
    diverge(scene, "5")
    launcher = scene.root / ".batty/bin/batty-hooks"
    launcher.write_text("#!/bin/sh\nexit 75\n")
    scene.git("merge", "-q", "--no-edit", "side")
    assert scene.subjects()[-1] == "Merge branch 'side'"


def test_typed_below_the_top_of_the_checkout(scene: Scene) -> None:
    """git names the index by a relative path there, and starts the hook at the top."""
    scene.install(on="done")
    diverge(scene, "7")
    before = scene.tip()
    scene.git("merge", "--no-edit", "side", cwd=scene.root / "numbers", check=False)
    assert scene.tip() == before and runs(scene) == 1
    scene.git("merge", "--abort")
    scene.git("switch", "-q", "side")
    scene.commit(scene.root, {"numbers/side": "5\n"})
    scene.git("switch", "-q", "main")
    scene.git("merge", "-q", "--no-edit", "side", cwd=scene.root / "numbers")
    assert scene.subjects()[-1] == "Merge branch 'side'" and runs(scene) == 2


def test_in_a_linked_worktree_that_has_the_trunk(tmp_path: Path) -> None:
    """People who keep a bare repository have the trunk checked out in a worktree."""
    source = Scene(tmp_path / "source").create()
    scene = Scene(tmp_path / "the project.git")
    source.git("clone", "-q", "--bare", ".", str(scene.root))
    scene.install(on="done")
    place = Scene(tmp_path / "trunk")
    scene.git("worktree", "add", "-q", str(place.root), "main")
    diverge(place, "7")
    place.git("merge", "--no-edit", "side", check=False)
    assert runs(scene) == 1 and scene.subjects()[-1] == "Work"
    place.git("merge", "--abort")
    place.git("commit", "-q", "--allow-empty", "-m", "The trunk goes on")
    place.git("switch", "-q", "side")
    place.commit(place.root, {"numbers/side": "5\n"})
    scene.run("gate", "side")
    place.git("switch", "-q", "main")
    place.git("merge", "-q", "--no-edit", "side")
    assert scene.subjects()[-1] == "Merge branch 'side'" and runs(scene) == 2, "the tree is judged already"


def test_a_tree_that_was_judged_early_is_merged_at_once(scene: Scene, tmp_path: Path) -> None:
    """The gate has looked at the engineer's commit while he worked; a person merges it by hand."""
    scene.install()
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", "-b", "agent-1/work", str(place))
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: runs(scene) == 1)
    scene.git("merge", "-q", "--no-ff", "--no-edit", "agent-1/work")
    assert scene.subjects()[-1] == "Merge branch 'agent-1/work'" and runs(scene) == 1
