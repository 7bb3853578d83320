"""A commit that is written without git is the very one that git makes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import call, loose, objects

NOBODY = ("batty-hooks", "batty-hooks@localhost")


@pytest.fixture(params=["sha1", "sha256"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    return Scene(tmp_path / "project").create(f"--object-format={request.param}")


@pytest.mark.parametrize("message", ["Together\n", "Candidate: grüße\n", "no end of line", "\n\nodd\n\n\n", ""])
@pytest.mark.parametrize("date", ["@0 +0000", "@1700000000 +0000"])
def test_it_is_the_commit_that_git_makes(
    repository: Scene, message: str, date: str, git_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, parents = repository.git("rev-parse", "HEAD^{tree}"), [repository.tip()]
    made = objects.commit(repository.root, tree, parents, message, NOBODY, date)
    assert not git_calls
    assert repository.git("cat-file", "-t", made) == "commit" and "error" not in repository.git("fsck", "--full")
    call._memory.clear()
    monkeypatch.setattr(loose, "commit", lambda *_: None)
    assert objects.commit(repository.root, tree, parents, message, NOBODY, date) == made and git_calls == [
        "commit-tree"
    ]


def test_one_that_is_there_is_made_young_again(scene: Scene) -> None:
    made = objects.commit(scene.root, scene.git("rev-parse", "HEAD^{tree}"), [], "x\n", NOBODY, "@0 +0000")
    path = scene.root / ".git/objects" / made[:2] / made[2:]
    os.utime(path, (1, 1))
    call._memory.clear()
    objects.commit(scene.root, scene.git("rev-parse", "HEAD^{tree}"), [], "x\n", NOBODY, "@0 +0000")
    assert path.stat().st_mtime > 1 and path.stat().st_mode & 0o777 == 0o444
    assert not list((scene.root / ".git/objects").glob("*/tmp_obj_*"))


@pytest.mark.parametrize("left", [b"", b"x\x9c half"])
def test_one_of_which_a_power_cut_left_the_name_is_written_again(scene: Scene, left: bytes) -> None:
    made = objects.commit(scene.root, scene.git("rev-parse", "HEAD^{tree}"), [], "x\n", NOBODY, "@0 +0000")
    path = scene.root / ".git/objects" / made[:2] / made[2:]
    path.chmod(0o644)
    path.write_bytes(left)
    call._memory.clear()
    assert objects.commit(scene.root, scene.git("rev-parse", "HEAD^{tree}"), [], "x\n", NOBODY, "@0 +0000") == made
    assert scene.git("cat-file", "-t", made) == "commit"


@pytest.mark.parametrize("setting", ["core.sharedRepository group", "extensions.partialClone origin"])
def test_where_a_repository_asks_for_more_git_does_it(scene: Scene, setting: str, git_calls: list[str]) -> None:
    tree = scene.git("rev-parse", "HEAD^{tree}")
    scene.git("config", *setting.split())
    assert objects.commit(scene.root, tree, [], "x\n", NOBODY, "@0 +0000") and git_calls == ["commit-tree"]


@pytest.mark.parametrize("message", ["caf\udce9\n", "a\0b\n"])
def test_what_is_no_text_is_left_to_git(scene: Scene, message: str) -> None:
    tree = scene.git("rev-parse", "HEAD^{tree}")
    assert loose.commit(scene.root, tree, [], message, NOBODY, "@0 +0000") is None


def test_one_without_a_date_is_gits_and_lasts(scene: Scene, git_calls: list[str]) -> None:
    objects.commit(scene.root, scene.git("rev-parse", "HEAD^{tree}"), [scene.tip()], "Land\n", NOBODY)
    assert git_calls == ["commit-tree"]
