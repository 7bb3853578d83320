"""What a lander has done: who landed, and whether anything was ever published that had not passed before.

The trunk's reflog and history say what was published, and when; the gate's own notes say which trees had passed by
then.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from contest.arena import Arena, Run


@dataclass(frozen=True)
class Findings:
    """Runs of the gate, seconds from the first start to the end, seconds in which a test was running, who landed;
    commits that were on the trunk's first-parent line although their tree had not passed, and those that fail."""

    runs: int
    wall: float
    testing: float
    landed: tuple[str, ...]
    untested: int
    red: int

    @property
    def overhead(self) -> float:
        """Milliseconds in which nothing was being tested."""
        return (self.wall - self.testing) * 1000


def findings(arena: Arena, wall: float) -> Findings:
    """What is found in the arena after ``wall`` seconds of landing."""
    runs = arena.gate_runs()
    published = _published(arena)
    passed = [(run.tree, published.get(run.trunk, 0)) for run in runs if run.passed]
    untested = [
        oid
        for oid, move in published.items()
        if not any(tree == _tree(arena, oid) and before < move for tree, before in passed)
    ]
    red = [oid for oid in published if not _passes(arena, oid)]
    return Findings(len(runs), wall, _covered(runs), _landed(arena), len(untested), len(red))


def _published(arena: Arena) -> dict[str, int]:
    """Every commit that was on the first-parent line of the trunk, with the number of the move that brought it."""
    moves = _git(arena, "reflog", "show", "--format=%H", "main").splitlines()[::-1]
    found: dict[str, int] = {}
    for number, tip in enumerate(moves, 1):
        for oid in _git(arena, "rev-list", "--first-parent", tip, f"^{arena.base}").splitlines():
            found.setdefault(oid, number)
    return found


def _landed(arena: Arena) -> tuple[str, ...]:
    inside = set(_git(arena, "rev-list", "main").splitlines())
    return tuple(f"b{number}" for number, tip in enumerate(arena.tips, 1) if tip in inside)


def _tree(arena: Arena, oid: str) -> str:
    return _git(arena, "rev-parse", f"{oid}^{{tree}}")


def _passes(arena: Arena, oid: str) -> bool:
    place = arena.place / "look" / oid
    place.mkdir(parents=True)
    archive = ["git", "--git-dir", str(arena.trunk), "archive", oid, "check.sh", "numbers"]
    packed = subprocess.run(archive, capture_output=True, check=True).stdout
    subprocess.run(["tar", "x"], cwd=place, input=packed, check=True)
    return subprocess.run(["sh", "check.sh"], cwd=place, capture_output=True, check=False).returncode == 0


def _covered(runs: list[Run]) -> float:
    """The seconds in which at least one run was going on."""
    total, until = 0.0, 0.0
    for run in runs:
        total += max(0.0, run.ended - max(run.begun, until))
        until = max(until, run.ended)
    return total


def _git(arena: Arena, *arguments: str) -> str:
    return arena.git("--git-dir", str(arena.trunk), *arguments)
