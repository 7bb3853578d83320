"""How long good work waits with several slots, by the real program: a watcher, branches that come by and by, a test
that takes two seconds. In lengths of the test, beside what one slot makes of the same.
"""

from __future__ import annotations

import json
import math
import os
import random
import tempfile
import time
from datetime import datetime
from pathlib import Path

from base import Row, cpu_seconds, home, main, watching
from contest.arena import Arena, Scenario
from contest.landers import ours

from batty_hooks.moves.base.offering import make_offer
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state.members import Report

_BRANCHES, _TEST_SECONDS, _PER_TEST, _PATIENCE_SECONDS = 48, 2.0, 4.0, 240.0


def measure(rounds: int = 1) -> list[Row]:
    """One play for each number of slots and share of red work."""
    rows = []
    for red, most in ((0.0, 1.4), (0.05, 1.7), (0.2, 2.0)):
        one = Played(red, 1)
        for slots in (4, 8, 16):
            many = Played(red, slots)
            name = f"{slots} slots, {_PER_TEST:g} arrive in a test, {red:.0%} red"
            goal = most if slots == 8 else None
            rows.append(Row(f"{name}: half have landed after", many.half, goal, "one slot", one.half, "tests"))
            rows.append(Row(f"{name}: 95 %", many.most, None, "one slot", one.most, "tests"))
            rows.append(Row(f"{name}: our own time a branch", many.own, 60, "one slot", one.own))
    return rows


class Played:
    """One play: quantiles of how long good work waited, in lengths of the test; our processor time, in ms a branch."""

    def __init__(self, red: float, slots: int) -> None:
        dice = random.Random(7)
        self.bad = {number for number in range(_BRANCHES) if dice.random() < red}
        works = tuple(
            {f"numbers/n{number}": "x\n" if number in self.bad else f"{1000 + number}\n"} for number in range(_BRANCHES)
        )
        with home() as place:
            arena = Arena(Path(tempfile.mkdtemp(dir=place)), Scenario("slots", works, _BRANCHES))
            ours.install(arena)
            settings = arena.root / ".batty/team_config/team.yaml"
            gate = arena.place / "gate.sh"
            gate.write_text(gate.read_text().replace("sleep 0.5", f"sleep {_TEST_SECONDS:g}"))
            settings.write_text(settings.read_text().replace("gate:\n", f"gate:\n  slots: {slots}\n", 1))
            os.environ["BATTY_NO_WAKE"] = "1"
            with watching(arena) as pid:  # type: ignore[arg-type]
                before = cpu_seconds(pid)
                offered = self._offer(arena, dice)
                landed = self._wait(arena)
                self.own = (cpu_seconds(pid) - before) * 1000 / _BRANCHES
        waits = sorted((landed[name] - at) / _TEST_SECONDS for name, at in offered.items() if name in landed)
        self.half, self.most = waits[len(waits) // 2], waits[math.ceil(0.95 * len(waits)) - 1]

    def _offer(self, arena: Arena, dice: random.Random) -> dict[str, float]:
        project, offered = project_map.find(arena.root), {}
        for branch, tip in zip(arena.branches, arena.tips, strict=True):
            time.sleep(dice.expovariate(_PER_TEST / _TEST_SECONDS))
            make_offer(Look(project), Report("", "", branch, tip, "done", time.time()), approved=tip)
            offered[branch] = time.time()
        return offered

    def _wait(self, arena: Arena) -> dict[str, float]:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            events = [json.loads(line) for line in (arena.root / ".batty/events.jsonl").read_text().splitlines()]
            landed = {event["label"]: _seconds(event["ts"]) for event in events if event["event"] == "landed"}
            if len(landed) >= _BRANCHES - len(self.bad):
                break
            time.sleep(0.2)
        return landed


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    main(measure)
