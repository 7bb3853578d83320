"""What the gate costs beyond the test command itself, for a commit whose candidate tree was never tested, and again
for one that was: in a running process (as the watcher does it) and from the shell.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from base import Row, Scene, bare_python, home, launched, main, medians

from batty_hooks.moves import gate
from batty_hooks.rules.batch import one
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map

_TEST = "sh check.sh"


def measure(rounds: int = 15) -> list[Row]:
    """Medians over ``rounds`` fresh commits."""
    with home() as place:
        os.environ["BATTY_NO_WAKE"] = "1"  # or the commits' own wakes would gate them first, in the background
        scene = Scene(place / "repository").create().install(_TEST)
        found = medians(rounds, _actions(scene))
    alone = found["command"]
    return [
        Row("gate over its command, running process", found["gate"] - alone, 100, "the command alone", alone),
        Row("gate over its command, from the shell", found["shell"] - alone, 100, "the command alone", alone),
        Row("gate of a judged tree, running process", found["again"], 100, "the command alone", alone),
        Row("gate of a judged tree, from the shell", found["shell again"], 100, "python -c pass", found["python"]),
    ]  # fmt: skip


def _actions(scene: Scene) -> dict[str, Callable[[], object]]:
    judge = Judge(scene)
    return {
        "command": lambda: subprocess.run(["sh", "-c", _TEST], cwd=scene.root, check=True, capture_output=True),
        "python": bare_python,
        "new": lambda: commit(scene),  # not measured: git's own time
        "gate": judge,
        "again": judge,
        "new too": lambda: commit(scene),
        "shell": launched(scene, "gate", "work"),
        "shell again": launched(scene, "gate", "work"),
    }


class Judge:
    """The gate of the newest commit, in this process; looks at everything anew, as each move does."""

    def __init__(self, scene: Scene) -> None:
        self.project = project_map.find(scene.root)

    def __call__(self) -> None:
        from batty_hooks.system.git import refs

        look = Look(self.project)
        commit = refs.branch_tip(self.project.root, "work") or ""
        verdict = gate.judge(look, one(look, look.candidate(commit), "work", (commit,)))
        assert verdict and verdict.passed


def commit(scene: Scene) -> None:
    """A new commit with one more number, on the branch work."""
    place: Path = scene.root.parent / "work"
    if not place.exists():
        scene.git("worktree", "add", "-q", "-b", "work", str(place))
    number = len(list((place / "numbers").iterdir())) + 100
    scene.commit(place, {f"numbers/{number}": f"{number}\n"})


if __name__ == "__main__":
    main(measure)
