"""What is in a landing's way in the checkout of the trunk is said and not touched; each state: checkout_states_test."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene


@pytest.fixture
def offered(scene: Scene, alone: None, tmp_path: Path) -> Scene:
    """One branch is offered that changes numbers/one and adds numbers/two; nobody but the test makes moves."""
    scene.install()
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    scene.commit(place, {"numbers/one": "11\n", "numbers/two": "2\n"})
    scene.run("done", cwd=place)
    return scene


def test_merge_says_which_file_is_in_the_way(offered: Scene) -> None:
    (offered.root / "numbers/one").write_text("mine\n")
    said = offered.run("merge", "agent-1/work", code=1)
    assert (
        "passed and waits: numbers/one in your checkout" in said and "→ git status  (commit, put away or finish" in said
    )


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
    offered.run("step")
    assert offered.subjects() == ["A project", "Land agent-1/work"]
