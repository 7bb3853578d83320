"""The worktrees of a repository, read from git's files, are those that git lists; where it is odd, git is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import leftovers, links, worktrees
from batty_hooks.system.git.worktrees import Worktree

ON_A_BRANCH = "git worktree add -q ../{name} -b {name}/work"
PLAIN = {
    "none": "true",
    "on a branch": ON_A_BRANCH.format(name="one"),
    "detached": "git worktree add -q --detach ../one",
    "the primary one detached": "git switch -q --detach",
    "several, in git's order": "; ".join(ON_A_BRANCH.format(name=name) for name in ("b", "a", "a-b", "B", "é", "a/b")),
    "two with one last name": "git worktree add -q ../x/one; git worktree add -q -b other ../y/one",
    "a space and a line end": "git worktree add -q '../a b' ; git worktree add -q '../a\nb' -b other",
    "locked": "git worktree add -q ../one; git worktree lock ../one",
    "locked for a reason": "git worktree add -q ../one; git worktree lock --reason ' on a\nstick' ../one",
    "gone": "git worktree add -q ../one; rm -rf ../one",
    "gone and locked": "git worktree add -q ../one; git worktree lock ../one; rm -rf ../one",
    "moved": "git worktree add -q ../one; git worktree move ../one ../two",
    "its .git is another file": "git worktree add -q ../one; echo nothing > ../one/.git",
    "half made": "git worktree add -q --detach ../one; echo initializing > .git/worktrees/one/locked",
    "not on its first commit yet": f"git worktree add -q ../one; echo {'0' * 40} > .git/worktrees/one/HEAD",
    "in a rebase": "git worktree add -q ../one; cd ../one; git commit -qm x --allow-empty; git rebase -qfx false main",
    "bare is false": "git config core.bare false",
}
ODD = {
    "a branch that is called so": "git worktree add -q ../one -b Trees/BARE; git config branch.Trees/BARE.remote x",
    "packed": "git worktree add -q ../one; git pack-refs --all",
    "a branch without a commit": "git switch -q --orphan nothing",
    "a symbolic branch": "git symbolic-ref refs/heads/also refs/heads/main; git symbolic-ref HEAD refs/heads/also",
    "HEAD is on something else": "git update-ref refs/other main; git symbolic-ref HEAD refs/other",
    "no HEAD": "git worktree add -q ../one; rm .git/worktrees/one/HEAD",
    "no gitdir": "git worktree add -q ../one; rm .git/worktrees/one/gitdir",
    "a file among them": "git worktree add -q ../one; touch .git/worktrees/stray",
    "a relative path": "git worktree add -q ../one; echo ../../../../one/.git > .git/worktrees/one/gitdir",
    "bare": "git config core.bare true",
    "bare, in short": "printf '[core]\n bare\n' >> .git/config",
    "another place": "git config core.worktree ..",
    "a setting for each": "git config extensions.worktreeConfig true; git config --worktree core.bare true",
    "a setting from elsewhere": "printf '[core]\n bare = true\n' > more; git config include.path ../more",
}


@pytest.mark.parametrize("state", [*PLAIN, *ODD])
def test_what_git_lists(scene: Scene, git_calls: list[str], state: str) -> None:
    scene.sh((PLAIN | ODD)[state], scene.root)
    listed = worktrees.listed(scene.root)
    assert git_calls[:1] == (["worktree"] if state in ODD else [])
    assert listed == by_git(scene.root)


def test_from_a_linked_worktree_git_is_asked(scene: Scene, git_calls: list[str]) -> None:
    scene.sh("git worktree add -q ../one", scene.root)
    assert worktrees.listed(scene.root.parent / "one") == by_git(scene.root)
    assert git_calls == ["worktree"] * 2


def test_by_a_symbolic_link_git_is_asked(scene: Scene, git_calls: list[str]) -> None:
    link = scene.root.parent / "link"
    link.symlink_to(scene.root)
    assert worktrees.listed(link) == by_git(scene.root)
    assert git_calls == ["worktree"] * 2


def by_git(root: Path) -> list[Worktree]:
    """What git lists, whatever its files say."""
    found = worktrees._by_git(root)
    assert found
    return found


@pytest.mark.parametrize("way", ["whole paths", "relative ones"])
def test_a_worktree_that_is_moved_is_one_of_its_repository_there(scene: Scene, tmp_path: Path, way: str) -> None:
    """As `git worktree add` of 2.48 makes them where `worktree.useRelativePaths` is set; any git reads them."""
    place, target = tmp_path / "one", tmp_path / "kept" / "deep" / "one"
    scene.git("worktree", "add", "-q", str(place), "-b", "side")
    if way == "relative ones":
        (place / ".git").write_text(f"gitdir: ../{scene.root.name}/.git/worktrees/one\n")
        (scene.root / ".git/worktrees/one/gitdir").write_text("../../../../one/.git\n")
    assert links.own_directory(place) == scene.root / ".git/worktrees/one"
    assert links.registration(scene.root / ".git", place) == scene.root / ".git/worktrees/one"
    leftovers.move(place, target)
    assert scene.git("branch", "--show-current", cwd=target) == "side"
    assert links.own_directory(target) == scene.root / ".git/worktrees/one"


@pytest.mark.parametrize(("extension", "asks"), [("partialClone = origin", False), ("of-tomorrow", True)])
def test_git_says_what_it_makes_of_a_repository_of_a_newer_one(scene: Scene, extension: str, asks: bool) -> None:
    with (scene.root / ".git/config").open("a") as file:
        file.write(f"[extensions] {extension}{'' if asks else ' ; other'}\n\tobjectFormat = sha1\n# new = 1\n")
    assert (worktrees._by_files(scene.root) is None) == asks
