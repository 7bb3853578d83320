"""What is asked of git about many commits or refs at once is what it says of each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import call, objects, origin, refs


@pytest.fixture
def branches(scene: Scene) -> dict[str, str]:
    """Branches of several kinds by their names: beside the trunk, behind it, merged, merged into, criss-cross."""
    git = scene.git

    def work(branch: str, *merged: str) -> None:
        git("switch", "-q", branch)
        for other in merged:
            git("merge", "-q", "--no-edit", "-s", "ours", other)
        if not merged:
            git("commit", "-q", "--allow-empty", "-m", f"on {branch}")

    for name in ("old", "one", "two", "still"):
        git("branch", name)
    for step in ("one", "one", "main", "two", "main"):
        work(step)
    git("branch", "before-one", "one")
    git("branch", "before-two", "two")
    work("one", "before-two")
    work("two", "before-one")
    work("main", "before-one")
    work("main")
    return {name.removeprefix("refs/heads/"): oid for name, oid in refs.listed(scene.root, "refs/heads/").items()}


def by_one(scene: Scene, commit: str) -> tuple[int, int]:
    ahead, behind = scene.git("rev-list", "--left-right", "--count", f"{commit}...main").split()
    return int(ahead), int(behind)


def test_how_far_many_commits_are_from_the_trunk(scene: Scene, branches: dict[str, str]) -> None:
    found = refs.ahead_behind(scene.root, branches["main"], branches.values())
    assert found == {commit: by_one(scene, commit) for commit in branches.values()}
    assert refs.ahead_behind(scene.root, branches["main"], [branches["two"]]) == {
        branches["two"]: by_one(scene, branches["two"])
    }


def test_more_commits_than_are_counted_here(
    scene: Scene, branches: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refs, "_MANY", 2)
    found = refs.ahead_behind(scene.root, branches["main"], branches.values())
    assert found == {commit: by_one(scene, commit) for commit in branches.values()}


def test_a_history_of_its_own(scene: Scene, branches: dict[str, str], tmp_path: Path) -> None:
    scene.git("switch", "-q", "--orphan", "other")
    scene.git("commit", "-q", "--allow-empty", "-m", "another beginning")
    other = scene.git("rev-parse", "other")
    found = refs.ahead_behind(scene.root, branches["main"], [branches["one"], other])
    assert found == {commit: by_one(scene, commit) for commit in (branches["one"], other)}


def by_git(scene: Scene, prefix: str) -> dict[str, str]:
    lines = scene.git("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
    return dict(line.split(" ") for line in lines)


PREFIXES = ("refs/heads/", "refs/heads", "refs/batty/landed/", "refs/batty/landed/t1", "refs/heads/a", "refs/none/")


def test_refs_are_read_as_git_lists_them(
    scene: Scene, branches: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = branches["main"]

    def same() -> None:
        for prefix in PREFIXES:
            assert list(refs.listed(scene.root, prefix).items()) == list(by_git(scene, prefix).items()), prefix

    for name in ("heads/a/b-c", "heads/a-b", "heads/ab", "batty/landed/t1", "batty/landed/t10"):
        scene.git("update-ref", f"refs/{name}", tip)
    same()
    scene.git("tag", "-a", "-m", "a tag", "v1")
    scene.git("pack-refs", "--all")
    same()
    scene.git("update-ref", "refs/heads/a/b-c", branches["one"])  # moved and deleted since
    scene.git("update-ref", "-d", "refs/batty/landed/t10")
    scene.git("update-ref", "refs/batty/landed/t2", tip)
    (scene.root / ".git/refs/heads/two.lock").touch()
    same()
    monkeypatch.setattr(call, "text", None)
    assert "refs/heads/a/b-c" in refs.listed(scene.root, "refs/heads/")


def test_git_lists_what_is_odd(scene: Scene, branches: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    scene.git("symbolic-ref", "refs/heads/other-name", "refs/heads/one")
    scene.git("branch", "größe")
    assert refs.listed(scene.root, "refs/heads/") == by_git(scene, "refs/heads/")
    assert refs.listed(scene.root, "refs/heads/*ne") == by_git(scene, "refs/heads/*ne")
    scene.git("worktree", "add", "-q", "--detach", str(scene.root.parent / "linked"))
    assert refs.listed(scene.root.parent / "linked", "refs/heads/") == by_git(scene, "refs/heads/")
    monkeypatch.setattr(refs, "_FEW", 1)
    assert refs.listed(scene.root, "refs/heads/") == by_git(scene, "refs/heads/")


def test_what_other_people_call_the_trunk(scene: Scene, tmp_path: Path) -> None:
    scene.git("branch", "feature/x")
    made = 0

    def cloned(*options: str) -> Scene:
        nonlocal made
        made += 1
        scene.git("clone", "-q", *options, f"file://{scene.root}", str(tmp_path / f"clone{made}"))
        return Scene(tmp_path / f"clone{made}")

    assert origin.default_branch(cloned("-b", "feature/x").root) == "main", "not here, and origin's HEAD"
    assert origin.default_branch(cloned("-b", "feature/x", "--single-branch").root) == "feature/x", "all that is known"
    assert origin.default_branch(cloned("--bare").root) == "main"
    stale = cloned("-b", "feature/x")
    stale.git("update-ref", "-d", "refs/remotes/origin/main")  # renamed there, and origin/HEAD still says main
    assert origin.default_branch(stale.root) == "feature/x"
    own = cloned()
    own.git("switch", "-q", "-c", "develop")
    assert origin.default_branch(own.root) == "main"
    own.git("remote", "remove", "origin")
    assert origin.default_branch(own.root) == "main"


def test_a_worktree_that_goes_away_between_two_calls_is_not_there(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "work"
    scene.git("worktree", "add", "-q", "-b", "work", str(place))
    assert refs.checked_out(place) == ("work", scene.tip())
    ask = call.ask

    def deletes_then_asks(*arguments: str, cwd: Path) -> str | None:
        shutil.rmtree(place, ignore_errors=True)
        return ask(*arguments, cwd=cwd)

    monkeypatch.setattr(call, "ask", deletes_then_asks)
    assert refs.checked_out(place) == (None, None)
    assert refs.checked_out(place) == (None, None)


def test_what_is_checked_out_is_read_from_files(
    scene: Scene, branches: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked, detached = tmp_path / "linked", tmp_path / "detached"
    scene.git("worktree", "add", "-q", str(linked), "one")
    scene.git("worktree", "add", "-q", "--detach", str(detached), "two")
    known = [("main", branches["main"]), ("one", branches["one"]), (None, branches["two"])]
    places = [scene.root, linked, detached]
    with monkeypatch.context() as patch:
        patch.setattr(call, "ask", None)  # (git would be asked by it)
        assert [(refs.current_branch(place), refs.head(place)) for place in places] == known
        assert [refs.branch_tip(scene.root, name) for name in ("one", "gone", "on")] == [branches["one"], None, None]
    scene.git("pack-refs", "--all")
    assert [(refs.current_branch(place), refs.head(place)) for place in places] == known
    assert refs.branch_tip(scene.root, "one") == branches["one"]


def test_git_says_what_is_checked_out_where_its_files_are_odd(
    scene: Scene, branches: dict[str, str], tmp_path: Path
) -> None:
    own = Scene(tmp_path / "new")
    own.root.mkdir()
    own.git("init", "-q", "-b", "trunk")
    assert (refs.current_branch(own.root), refs.head(own.root)) == ("trunk", None), "before the first commit"
    scene.git("symbolic-ref", "HEAD", "refs/tags/none")
    assert (refs.current_branch(scene.root), refs.head(scene.root)) == (None, None)
    scene.git("symbolic-ref", "HEAD", "refs/heads/one")
    (scene.root / ".git/HEAD").rename(scene.root / ".git/kept")
    (scene.root / ".git/HEAD").symlink_to("refs/heads/two")  # as old scripts write it
    assert (refs.current_branch(scene.root), refs.head(scene.root)) == ("two", branches["two"])
    (scene.root / ".git/HEAD").unlink()
    (scene.root / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")  # git keeps refs in a table
    assert refs.current_branch(scene.root) == refs.pointed_to(scene.root, "HEAD", "refs/heads/")


def test_the_merge_that_brought_a_commit_in(scene: Scene, branches: dict[str, str]) -> None:
    tip = branches["main"]
    line = scene.git("rev-list", "--first-parent", "--reverse", tip).split()
    for commit in scene.git("rev-list", "--all").split():
        holding = [oid for oid in line if oid != commit and refs.contains(scene.root, oid, commit)]
        found = objects.brought_in_by(scene.root, tip, commit)
        assert found == (holding[0] if holding and commit != tip else None), commit
        if found:
            assert objects.parents(scene.root, found) == scene.git("rev-parse", f"{found}^@").split()
