"""`git merge` typed by a person on the trunk: the merged tree is tested before it becomes a commit."""

from __future__ import annotations

from scene import Scene


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
