"""Nineteen branches in hand, each with something uncommitted: what it costs to know which of them clash.

The alternative is a plain `git merge-tree` of each pair, one process each: what a script would do, and which sees
neither the trunk in between nor what is not committed.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from base import Row, Scene, home, main, medians

from batty_hooks.system.git import call, meetings

_BRANCHES, _FILES = 19, 500
_LINES = "".join(f"{number}\n" for number in range(200))


def measure(rounds: int = 5) -> list[Row]:
    """Medians over ``rounds``: everything anew, and once more when nothing or one worktree has changed."""
    with home() as place:
        scene = Scene(place / "project").create()
        scene.commit(scene.root, {f"src/{number}": _LINES for number in range(_FILES)})
        places = {_begin(scene, number): place / f"w{number}" for number in range(_BRANCHES)}
        tip, room = scene.tip(), [0]
        pairs = list(itertools.combinations(places, 2))

        def anew() -> None:
            room[0] += 1
            call.forget()
            _look(scene, tip, places, place / f"room{room[0]}")

        def again() -> None:
            _look(scene, tip, places, place / f"room{room[0]}")

        def one_saved() -> None:
            with (place / "w0/src/0").open("a") as file:
                file.write("more\n")
            again()

        taken = medians(rounds, {
            "anew": anew,
            "again": again,
            "one": one_saved,
            "plain": lambda: [scene.git("merge-tree", "--write-tree", *pair, check=False) for pair in pairs],
            "status": lambda: [scene.git("status", "--porcelain", cwd=one) for one in places.values()],
        })  # fmt: skip
    count = len(pairs)
    return [
        Row("clashes: a pair of 19 branches, everything anew", taken["anew"] / count, 20, "a plain `git merge-tree`",
            taken["plain"] / count),
        Row("clashes: all 171 pairs, nothing changed since", taken["again"], None, "19 times `git status`",
            taken["status"], most=3),
        Row("clashes: the same, one worktree was saved", taken["one"], None, "171 plain `git merge-tree`",
            taken["plain"], most=1),
    ]  # fmt: skip


def _begin(scene: Scene, number: int) -> str:
    """A worktree with a commit on a file that all change, in other lines mostly, and one of its own left open."""
    work = scene.root.parent / f"w{number}"
    scene.git("worktree", "add", "-q", "-b", f"b{number}", str(work))
    line = 10 * (number // 2)
    shared = (work / "src/1").read_text().splitlines(keepends=True)
    shared[line] = f"by {number}\n"
    scene.commit(work, {"src/1": "".join(shared), f"new/{number}": "new\n"})
    (work / f"src/{number + 2}").write_text("open\n")
    return scene.git("rev-parse", f"b{number}")


def _look(scene: Scene, tip: str, places: dict[str, Path], room: Path) -> None:
    made = [meetings.with_uncommitted(room, place, head) for head, place in places.items()]
    sides = meetings.sides(scene.root, room, tip, made, "kanban.md")
    asked = [pair for pair in itertools.combinations(sides.values(), 2) if meetings.may_conflict(*pair)]
    found = meetings.conflicts(scene.root, room, tip, asked, "kanban.md")
    assert sum(map(bool, found)) == _BRANCHES // 2


if __name__ == "__main__":
    main(measure)
