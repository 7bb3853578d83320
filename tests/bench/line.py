"""Two hundred branches wait at once: what `status` costs, and whether all land in their order in bounded memory."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from base import Row, home, launched, main, medians
from contest.arena import Arena, Scenario
from contest.landers import ours

from batty_hooks.moves.base.offering import make_offer
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state.members import Report

_BRANCHES = 200


def measure(rounds: int = 3) -> list[Row]:
    """Medians over ``rounds`` of `status`; they land once."""
    works = tuple({f"numbers/n{place}": f"{1000 + place}\n"} for place in range(_BRANCHES))
    with home() as place:
        arena = Arena(Path(tempfile.mkdtemp(dir=place)), Scenario("clean", works, _BRANCHES))
        ours.install(arena)
        _offer(arena)
        before = medians(rounds, {
            "status": launched(arena, "status", codes=(0, 1)),
            "git log": lambda: [arena.git("log", "-1", branch) for branch in arena.branches],
        })  # fmt: skip
        begun = time.monotonic()
        memory = _landed(arena)
        seconds = time.monotonic() - begun
        after = medians(rounds, {"status": launched(arena, "status", codes=(0, 1))})
        tests = [run.ended - run.begun for run in arena.gate_runs()]
        wrong = out_of_order(arena)
    return [
        Row("200 branches wait: `status`", before["status"], 1000, "200 times `git log -1`", before["git log"]),
        Row("200 branches wait: from start to end", seconds, None, "as many tests", 200 * statistics.mean(tests), "s"),
        Row("200 branches wait: runs of the gate", len(tests), 20, "one for each", 200, "runs"),
        Row("200 branches wait: landed out of order", wrong, 0, unit="branches"),
        Row("200 branches wait: memory of the step", memory, 60, unit="MB"),
        Row("200 branches have landed: `status`", after["status"], 300),
    ]


def _offer(arena: Arena) -> None:
    project = project_map.find(arena.root)
    for branch, tip in zip(arena.branches, arena.tips, strict=True):
        make_offer(Look(project), Report("", "", branch, tip, "done", time.time()), approved=tip)


def _landed(arena: Arena) -> float:
    """Land all; the memory (MB) that took at most."""
    argv = [sys.executable, "-m", "batty_hooks", "step", "--until-idle", "gate", "handback", "land"]
    with subprocess.Popen(argv, cwd=arena.root) as step:
        _, status, used = os.wait4(step.pid, 0)
        step.returncode = os.waitstatus_to_exitcode(status)
    assert step.returncode == 0
    return used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def out_of_order(arena: Arena) -> int:
    """How many landed before one that was ready earlier."""
    events = map(json.loads, (arena.root / ".batty/events.jsonl").read_text().splitlines())
    order = [int(event["label"][1:]) for event in events if event["event"] == "landed"]
    assert len(order) == _BRANCHES
    return sum(later < earlier for earlier, later in itertools.pairwise(order))


if __name__ == "__main__":
    main(measure)
