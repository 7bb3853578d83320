"""What the guard of the trunk adds where git asks it most: a commit, 500 refs packed, 100 branches fetched, a rebase.

In every repository the same hooks but for `reference-transaction`; each round does the same in all of them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from base import Row, home, main, medians

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map
from batty_hooks.state.githooks import guard
from batty_hooks.state.githooks.guard import Guard

REFS, BRANCHES, COMMITS = 500, 100, 20


def git(root: Path, *arguments: str, stdin: str = "") -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True, input=stdin)


def repository(place: Path, name: str) -> Path:
    """One with two branches that a rebase can go to and fro between."""
    root = place / name
    root.mkdir()
    git(root, "init", "--quiet")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "first")
    git(root, "switch", "--quiet", "--create", "work")
    for number in range(COMMITS):
        git(root, "commit", "--quiet", "--allow-empty", "-m", f"number {number}")
    return root


def install(root: Path, kind: str) -> None:
    """Our hooks, the watcher being this process; with the guard, without its hook, or with an empty one there: git
    starts it twice for each transaction, and that is the least that any guard costs."""
    project = project_map.find(root)
    project.prepare()
    githooks.write_launcher(project)
    githooks.install(project)
    project.watcher_file.write_text(f"{os.getpid()}\n")
    hook = project.common / "hooks/reference-transaction"
    if kind == "with":
        guard.set_up(project, Guard("agents", "refs/heads/main", "-"), None)
    elif kind == "without":
        hook.unlink()
    else:
        hook.write_text("#!/bin/sh\nexit 0\n")


def loose(root: Path) -> None:
    """Every ref as a file of its own, as `pack-refs` finds them after a day's work."""
    for line in ("delete refs/heads/many/{}\n", "create refs/heads/many/{} HEAD\n"):
        unasked(root, [line.format(number) for number in range(REFS)])


def unfetched(root: Path) -> None:
    """The branches of the other repository are new again."""
    unasked(root, [f"delete refs/remotes/other/many/{number}\n" for number in range(BRANCHES)])


def unasked(root: Path, lines: list[str]) -> None:
    """Change refs without a hook, all at once."""
    git(root, "-c", "core.hooksPath=/dev/null", "update-ref", "--stdin", stdin="".join(lines))


def timed(
    roots: dict[str, Path], rounds: int, before: Callable[[Path], object] | None, *arguments: str
) -> dict[str, float]:
    """The median of one command in each repository, ``before`` it not counted."""
    if before is None:
        return medians(rounds, {name: lambda root=root: git(root, *arguments) for name, root in roots.items()})
    both = {f"{name} before": lambda root=root: before(root) for name, root in roots.items()}
    alone = {name: lambda root=root: git(root, *arguments) for name, root in roots.items()}
    return medians(rounds, {**both, **alone})


def measure(rounds: int = 9) -> list[Row]:
    """Medians over ``rounds``, with the guard, without, and with a hook that does nothing."""
    with home() as place:
        roots = {name: repository(place, name) for name in ("with", "without", "empty")}
        for name, root in roots.items():
            install(root, name)
        other = repository(place, "other")
        for number in range(BRANCHES):
            git(other, "branch", f"many/{number}")
        fetch = ("fetch", "--quiet", str(other), "refs/heads/many/*:refs/remotes/other/many/*")
        found = [
            ("`git commit`", 10.0, timed(roots, rounds * 3, None, "commit", "--quiet", "--allow-empty", "-m", "x")),
            (
                f"a rebase of {COMMITS} commits",
                None,
                timed(roots, rounds, None, "rebase", "-q", "-f", f"HEAD~{COMMITS}"),
            ),
            (f"`git fetch` of {BRANCHES} new branches", None, timed(roots, rounds, unfetched, *fetch)),
            (f"`git pack-refs --all` of {REFS} refs", None, timed(roots, rounds, loose, "pack-refs", "--all")),
        ]
    return [
        Row(
            f"the guard adds to {what}",
            times["with"] - times["without"],
            goal,
            "an empty hook adds",
            times["empty"] - times["without"],
        )
        for what, goal, times in found
    ]


if __name__ == "__main__":
    main(measure)
