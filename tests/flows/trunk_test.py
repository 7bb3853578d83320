"""Whatever the trunk is called and wherever it is checked out: found, or asked for in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene, wait_for

QUIET = {"BATTY_NO_WAKE": "1"}


@pytest.mark.parametrize("trunk", ["develop", "release/2.x"])
def test_a_trunk_of_another_name(tmp_path: Path, trunk: str) -> None:
    """The only branch there is; `install` writes its name down, so it stays the trunk when there are more."""
    scene = Scene(tmp_path / "project", trunk).create()
    scene.run("install")
    settings = (scene.root / ".batty/team_config/team.yaml").read_text()
    assert f"trunk: {trunk}" in settings or f'trunk: "{trunk}"' in settings
    scene.team(None)
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "main")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())
    assert "main has landed" in scene.run("merge", "main")
    assert scene.subjects() == ["A project", "Land main"]


def test_the_trunk_is_what_the_remote_says(scene: Scene, tmp_path: Path) -> None:
    scene.git("switch", "-qc", "next")
    scene.git("switch", "-q", "main")
    remote = tmp_path / "remote.git"
    scene.git("clone", "-q", "--bare", ".", str(remote))
    scene.git("symbolic-ref", "HEAD", "refs/heads/next", cwd=remote)
    clone = Scene(tmp_path / "clone", "next")
    scene.git("clone", "-q", str(remote), str(clone.root))
    clone.git("branch", "main", "origin/main")
    clone.run("install")
    assert clone.json("status")["trunk"]["branch"] == "next"


def test_a_repository_without_commits_says_so_in_one_line(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "empty")
    scene.root.mkdir()
    scene.git("init", "-q", "-b", "main")
    assert "There is no commit yet" in scene.run("install")
    said = scene.run("status", code=1, env=QUIET).splitlines()
    assert len(said) == 2 and "commit" in said[0] and said[1].startswith("  → "), said
    for words in (["step"], ["doctor"], ["merge", "main"], ["gate"], ["done"], []):
        scene.run(*words, code=None, env=QUIET)
    scene.commit(scene.root, {"check.sh": "exit 0\n"}, "A project")
    scene.team(None)
    assert scene.json("status")["trunk"]["branch"] == "main"


def test_the_first_commit_after_install_is_the_trunk(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "empty", "dev")
    scene.root.mkdir()
    scene.git("init", "-q", "-b", "dev")
    scene.run("install")
    scene.commit(scene.root, {"check.sh": "exit 0\n"}, "A project")
    assert scene.json("status")["trunk"]["branch"] == "dev"


def test_a_detached_primary_checkout(scene: Scene) -> None:
    scene.git("switch", "-q", "--detach")
    scene.install()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    assert "agent-1/two has landed" in scene.run("merge", "agent-1/two")
    assert scene.subjects() == ["A project", "Land agent-1/two"]
    assert scene.git("branch", "--show-current") == ""


def test_a_bare_repository_with_linked_worktrees(tmp_path: Path) -> None:
    """Some people keep no primary checkout at all; the board and .batty/ then lie in the repository itself."""
    source = Scene(tmp_path / "source").create()
    scene = Scene(tmp_path / "project.git")
    source.git("clone", "-q", "--bare", ".", str(scene.root))
    scene.install()
    trunk, place = tmp_path / "main", tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(trunk), "main")
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two", "main")
    scene.commit(place, {"numbers/two": "2\n"})
    wait_for(lambda: "gate passed" in scene.log())
    assert "agent-1/two has landed" in scene.run("merge", "agent-1/two", cwd=place)
    assert scene.subjects() == ["A project", "Land agent-1/two"]
    assert (trunk / "numbers/two").read_text() == "2\n", "the linked checkout of the trunk follows"
    scene.run("status", cwd=place)


def test_a_tracked_board_is_the_humans_own(tmp_path: Path) -> None:
    """An engineer's stale copy never lands; the human's uncommitted edits of the board stay, and hold nothing up."""
    scene = Scene(tmp_path / "project")
    scene.root.mkdir()
    (scene.root / "kanban.md").write_text("## TODO\n- [ ] Two\n- [ ] Three\n\n## IN PROGRESS\n\n## DONE\n")
    scene.create()
    scene.install()
    stale = (
        'echo "- [ ] from an agent" >> kanban.md\necho "10${2#t}" > "numbers/$2"\ngit add -A .\ngit commit -qm "$2"\n'
    )
    scene.team(scene.agent("adds", stale))
    scene.step()
    assert scene.lane("DONE") == ["- [x] Two (engineer-1) ^t1", "- [x] Three (engineer-1) ^t2"]
    assert "from an agent" not in scene.board() + scene.show("kanban.md")
    assert scene.show("kanban.md").count("- [ ] ") == 2, "nothing of the board was committed on the human's behalf"
    assert scene.git("status", "--porcelain", "--untracked-files=no") == " M kanban.md"
    assert scene.show("numbers/t1") == "101"
    scene.git("commit", "-qam", "The board as it stands")
    assert "- [x] Two (engineer-1) ^t1" in scene.show("kanban.md")
