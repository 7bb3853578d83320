"""What is asked of git for many commits at once is what it says of each of them alone."""

from __future__ import annotations

import pytest
from scene import Scene

from batty_hooks.system.git import call, diff, objects


@pytest.fixture
def commits(scene: Scene) -> list[str]:
    """The trunk with a board, and others: the same board, another one, none, a directory, a link, another mode."""
    base = scene.commit(scene.root, {"kanban.md": "## TODO\n", "other": "1\n"})
    found = [base, scene.commit(scene.root, {"other": "2\n"}), scene.commit(scene.root, {"kanban.md": "## DONE\n"})]
    for line in (
        "git rm -q kanban.md", "mkdir kanban.md && echo 1 >kanban.md/x", "rm -r kanban.md && ln -s other kanban.md",
        "rm kanban.md && echo '## TODO' >kanban.md && chmod +x kanban.md",
    ):  # fmt: skip
        scene.sh(f"{line}; git add -A; git commit -qm x", scene.root)
        found.append(scene.git("rev-parse", "HEAD"))
    return found


def test_what_many_commits_hold_at_a_path(scene: Scene, commits: list[str], git_calls: list[str]) -> None:
    alone = []
    for commit in commits:
        call._memory.clear()
        alone.append((objects.entry(scene.root, commit, "kanban.md"), objects.tree_of(scene.root, commit)))
    call._memory.clear()
    git_calls.clear()
    objects.look_up_entries(scene.root, commits, "kanban.md")
    assert git_calls == ["cat-file"]
    together = [(objects.entry(scene.root, one, "kanban.md"), objects.tree_of(scene.root, one)) for one in commits]
    assert together == alone and len(set(alone)) == len(commits)
    assert len(git_calls) == 1


def test_what_many_commits_hold_further_down(scene: Scene, git_calls: list[str]) -> None:
    odd = "a place/mit ü/x 5"
    commits = [
        scene.commit(scene.root, {odd: "1\n", "kanban.md": "\n"}),
        scene.commit(scene.root, {odd: "2\n", "a place/y": "1\n"}),
    ]
    for line in (
        "git rm -qr a*",
        "echo 1 >'a place'",
        "rm a*; mkdir -p 'a place/mit ü/x 5/below' && mv kanban.md 'a place/mit ü/x 5/below/'",
    ):
        scene.sh(f"{line}; git add -A; git commit -qm x", scene.root)
        commits.append(scene.git("rev-parse", "HEAD"))
    alone = [objects.entry(scene.root, commit, odd) for commit in commits]
    call._memory.clear()
    git_calls.clear()
    objects.look_up_entries(scene.root, commits, odd)
    assert [objects.entry(scene.root, commit, odd) for commit in commits] == alone
    assert [entry.split()[1] if entry else "" for entry in alone] == ["blob", "blob", "", "", "tree"]
    assert git_calls == ["cat-file"]


def test_a_commit_that_is_not_there_spoils_nothing(scene: Scene, commits: list[str]) -> None:
    gone = "1" * 40
    objects.look_up_entries(scene.root, [commits[1], gone, commits[2]], "kanban.md")
    assert objects.entry(scene.root, gone, "kanban.md") is None
    assert objects.entry(scene.root, commits[2], "kanban.md") != objects.entry(scene.root, commits[1], "kanban.md")


def test_names_that_look_like_what_git_says_between_them_hide_nothing(scene: Scene, git_calls: list[str]) -> None:
    """A path may hold a line end, and what comes after it is no headline of git's."""
    base = objects.tree_of(scene.root, scene.tip())
    last = objects.tree_of(scene.root, scene.commit(scene.root, {"tests/late": "1\n"}))
    odd = {f"tests/\n{base} {last}\nx": "1\n", "tests/a\tb": "2\n", "tests/:100644 x": "3\n"}
    trees = [base, objects.tree_of(scene.root, scene.commit(scene.root, odd)), last]
    pairs = [(base, tree) for tree in trees]
    alone = [diff.touched(scene.root, *pair, [":(top,glob)tests/**"]) for pair in pairs]
    call._memory.clear()
    git_calls.clear()
    diff.look_up_touched(scene.root, pairs, [":(top,glob)tests/**"])
    assert [diff.touched(scene.root, *pair, [":(top,glob)tests/**"]) for pair in pairs] == alone
    assert len(alone[1]) == 4 and len(git_calls) == 1


def test_trees_of_which_one_is_not_there_are_known_as_far_as_git_came(scene: Scene) -> None:
    base, other = scene.git("rev-parse", "HEAD^{tree}"), scene.git("rev-parse", "HEAD:numbers")
    pairs = [(base, other), ("1" * 40, base), (base, base)]
    assert diff.of_each(scene.root, pairs[:1] + pairs[2:], ["."])[1] == {}
    assert len(diff.of_each(scene.root, pairs, ["."])) <= 1
