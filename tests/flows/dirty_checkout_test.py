"""The trunk is checked out where a person works: a landing never touches what he has changed, it waits and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene


@pytest.fixture
def offered(scene: Scene, alone: None, tmp_path: Path) -> Scene:
    """One branch is offered that changes numbers/one and adds numbers/two; nobody but the test makes moves."""
    scene.install()
    offer(scene, tmp_path / "agent-1", {"numbers/one": "11\n", "numbers/two": "2\n", "build/out": "built\n"})
    return scene


def offer(scene: Scene, place: Path, files: dict[str, str]) -> None:
    scene.git("worktree", "add", "-q", str(place), "-b", f"{place.name}/work")
    scene.commit(place, files)
    scene.run("done", cwd=place)


def held_by(scene: Scene, word: str) -> None:
    """The offer has passed, is not landed, and status names what it waits for."""
    scene.run("step")
    assert scene.subjects() == ["A project"]
    [need] = [need for need in scene.json("status")["needs_you"] if "waits to land" in need["what"]]
    assert word in need["what"] and need["command"]


def landed(scene: Scene) -> None:
    scene.run("step")
    assert scene.subjects() == ["A project", "Land agent-1/work"]
    assert (scene.root / "numbers/one").read_text() == "11\n" and (scene.root / "numbers/two").read_text() == "2\n"


@pytest.mark.parametrize("staged", [False, True])
def test_a_changed_file_holds_its_landing_and_no_other(offered: Scene, tmp_path: Path, staged: bool) -> None:
    scene = offered
    (scene.root / "numbers/one").write_text("mine\n")
    if staged:
        scene.git("add", "numbers/one")
    held_by(scene, "numbers/one")
    offer(scene, tmp_path / "agent-2", {"numbers/three": "3\n"})
    scene.run("step")
    assert scene.subjects() == ["A project", "Land agent-2/work"]
    assert (scene.root / "numbers/one").read_text() == "mine\n"
    scene.git("checkout", "-q", "HEAD", "--", "numbers/one")
    scene.run("step")
    assert scene.subjects() == ["A project", "Land agent-2/work", "Land agent-1/work"]
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""


def test_merge_says_which_file_is_in_the_way(offered: Scene) -> None:
    (offered.root / "numbers/one").write_text("mine\n")
    said = offered.run("merge", "agent-1/work", code=1)
    assert (
        "passed and waits: numbers/one in your checkout" in said and "→ git status  (commit, put away or finish" in said
    )


def test_an_untracked_file_in_the_way_is_kept(offered: Scene) -> None:
    (offered.root / "numbers/two").write_text("mine\n")
    held_by(offered, "numbers/two")
    assert (offered.root / "numbers/two").read_text() == "mine\n"
    (offered.root / "numbers/two").unlink()
    landed(offered)


def test_an_ignored_file_in_the_way_is_not_overwritten(offered: Scene) -> None:
    (offered.root / ".git/info/exclude").open("a").write("build/\n")
    (offered.root / "build").mkdir()
    (offered.root / "build/out").write_text("an hour of work\n")
    held_by(offered, "build/out")
    assert (offered.root / "build/out").read_text() == "an hour of work\n"
    (offered.root / "build/out").unlink()
    landed(offered)


def test_a_file_where_a_directory_must_go_is_kept(offered: Scene) -> None:
    (offered.root / "build").write_text("mine\n")
    held_by(offered, "build")
    assert (offered.root / "build").read_text() == "mine\n"
    (offered.root / "build").unlink()
    landed(offered)


def test_a_file_becomes_a_directory_and_back(scene: Scene, alone: None, tmp_path: Path) -> None:
    """What the landing itself takes away is not in its way; an ignored file in there is."""
    scene.commit(scene.root, {"was-file": "x\n", "was-directory/a": "x\n", ".gitignore": "*.o\n"})
    scene.install()
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    scene.git("rm", "-rq", "was-file", "was-directory", cwd=place)
    scene.commit(place, {"was-file/b": "x\n", "was-directory": "x\n"})
    scene.run("done", cwd=place)
    (scene.root / "was-directory/cache.o").write_text("mine\n")
    scene.run("step")
    [need] = [need for need in scene.json("status")["needs_you"] if "waits to land" in need["what"]]
    assert "was-directory/cache.o" in need["what"]
    (scene.root / "was-directory/cache.o").unlink()
    scene.run("step")
    assert scene.subjects()[-1] == "Land agent-1/work"
    assert (scene.root / "was-file/b").exists() and (scene.root / "was-directory").is_file()


def test_a_checkout_of_another_branch_is_left_alone(offered: Scene) -> None:
    offered.git("switch", "-qc", "mine")
    (offered.root / "numbers/one").write_text("12\n")
    offered.run("step")
    assert offered.subjects() == ["A project", "Land agent-1/work"]
    assert (offered.root / "numbers/one").read_text() == "12\n"
    assert offered.git("log", "-1", "--format=%s") == "A project"
    assert offered.git("status", "--porcelain", "--untracked-files=no") == " M numbers/one"


def test_a_detached_checkout_is_left_alone(offered: Scene) -> None:
    offered.git("switch", "-q", "--detach")
    offered.run("step")
    assert offered.subjects() == ["A project", "Land agent-1/work"]
    assert offered.git("log", "-1", "--format=%s") == "A project"
    assert offered.git("status", "--porcelain", "--untracked-files=no") == ""


def test_a_merge_in_progress_is_waited_for(offered: Scene) -> None:
    offered.git("switch", "-qc", "mine")
    offered.commit(offered.root, {"numbers/mine": "9\n"})
    offered.git("switch", "-q", "main")
    offered.git("merge", "-q", "--no-ff", "--no-commit", "mine")
    held_by(offered, "a merge is in progress")
    offered.git("merge", "--abort")
    landed(offered)


def test_a_rebase_of_the_trunk_is_waited_for(offered: Scene) -> None:
    offered.commit(offered.root, {"numbers/mine": "9\n"}, "Mine")
    offered.git("-c", "sequence.editor=sed -i.bak 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~1")
    offered.run("step")
    assert offered.subjects() == ["A project", "Mine"]
    [need] = [need for need in offered.json("status")["needs_you"] if "waits to land" in need["what"]]
    assert "a rebase is in progress" in need["what"]
    offered.git("rebase", "--continue")
    offered.run("step")
    assert offered.subjects() == ["A project", "Mine", "Land agent-1/work"]


def test_a_git_that_is_just_writing_is_waited_for(offered: Scene) -> None:
    """Whoever holds index.lock is at work in the checkout: the landing waits, and takes nothing away."""
    lock = offered.root / ".git/index.lock"
    lock.touch()
    for arguments in (["step"], ["step", "--until-idle"]):
        said = offered.run(*arguments, code=1)
        assert "agent-1/work passed, but git refused to land it" in said, "a script is told, as `status` tells people"
    assert offered.run("step", "gate") == "", "the gate has not failed"
    assert offered.subjects() == ["A project"] and lock.exists()
    [need] = [need for need in offered.json("status")["needs_you"] if "git refused to land it" in need["what"]]
    assert "index.lock" in need["what"]
    said = offered.run("merge", "agent-1/work", code=75)
    assert "git refused to land it" in said and "index.lock" in said
    lock.unlink()
    landed(offered)
