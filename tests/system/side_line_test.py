"""A landing's commits are written without a git as git writes them, and made by git where it knows better."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import config, diff, objects, side_line

ME = ("Zoë O. Person", "zoe@example.org")


@pytest.fixture(params=["sha1", "sha256"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    return Scene(tmp_path / "project").create(f"--object-format={request.param}")


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the hour is not a whole one."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "<+0545>-5:45")
        time.tzset()
        yield
    time.tzset()


def parts(scene: Scene, count: int) -> list[tuple[str, str, str]]:
    base = scene.tip()
    found = []
    for number in range(count):
        scene.git("switch", "-q", "--detach", base)
        commit = scene.commit(scene.root, {f"numbers/n{number}": f"{7 + number}\n"})
        found.append((commit, f"Land b{number}: grüße\n\nBranch: b{number}\n", scene.git("rev-parse", "HEAD^{tree}")))
    scene.git("switch", "-q", "main")
    return found


def told(scene: Scene, tip: str) -> list[str]:
    """The commits from ``tip`` down to the trunk, whole, less what their dates and ids are."""
    texts = [scene.git("cat-file", "commit", oid) for oid in scene.git("rev-list", tip, "--not", "main").splitlines()]
    return sorted(re.sub(r"(?m)(> )\d+|(?<=^parent )\w+", r"\1N", text) for text in texts)


@pytest.mark.parametrize("count", [1, 3])
def test_they_are_the_commits_that_git_makes(
    repository: Scene, zone: None, count: int, git_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    some, synced, fsync = parts(repository, count), list[int](), os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(fd) or fsync(fd))
    begun = int(time.time())
    made = side_line.make(repository.root, repository.tip(), some, "Land all\n", ME)
    assert (git_calls, len(synced)) == ([], 1) and "error" not in repository.git("fsck", "--full")
    assert begun <= int(repository.git("show", "-s", "--format=%ct", made)) <= time.time()
    assert repository.git("rev-parse", f"{made}^{{tree}}") == some[-1][2]
    assert repository.git("rev-parse", f"{made}^1") == repository.tip()
    monkeypatch.setattr(side_line, "_written", lambda *_: None)
    by_git = side_line.make(repository.root, repository.tip(), some, "Land all\n", ME)
    assert told(repository, made) == told(repository, by_git) and "+0545" in told(repository, made)[0]
    assert set(git_calls) == {"commit-tree"}


@pytest.mark.parametrize("name", ["", " a", "a.", "a <b", "a\nb", "'a", "a\udc80"])
def test_a_name_out_of_which_git_takes_something_is_gits_affair(scene: Scene, name: str, git_calls: list[str]) -> None:
    found = side_line._written(scene.root, scene.tip(), parts(scene, 1), "", (name, "a@b"))
    assert found is None and not git_calls


@pytest.mark.parametrize("setting", ["core.sharedRepository group", "extensions.partialClone origin"])
def test_where_a_repository_asks_for_more_git_makes_them(scene: Scene, setting: str, git_calls: list[str]) -> None:
    some = parts(scene, 2)
    scene.git("config", *setting.split())
    side_line.make(scene.root, scene.tip(), some, "Land all\n", ME)
    assert git_calls == ["commit-tree"] * 3


@pytest.mark.parametrize(
    ("said", "signs"),
    [("true", True), ("Yes", True), ("on", True), ("1", True), ("", False), ("0", False), ("off", False), ("x", False)],
)
def test_whether_a_person_signs_is_said_as_git_takes_it(scene: Scene, said: str, signs: bool) -> None:
    assert not config.person(scene.root).signs
    scene.git("config", "commit.gpgSign", said)
    assert config.person(scene.root).signs == signs
    (scene.root / ".git/config").open("a").write("[commit]\n\tgpgSign\n[user]\n\tname = Last\n")
    assert config.person(scene.root) == config.Person("Last", "person@example.org", True)


def test_many_trees_are_compared_with_one_git(scene: Scene, git_calls: list[str]) -> None:
    trees = [tree for _, _, tree in parts(scene, 3)]
    diff.look_up_changes(scene.root, scene.tip(), trees)
    assert [objects.changed_paths(scene.root, scene.tip(), tree) for tree in trees] == [
        ["numbers/n0"], ["numbers/n1"], ["numbers/n2"]
    ]  # fmt: skip
    assert git_calls.count("diff-tree") == 1
