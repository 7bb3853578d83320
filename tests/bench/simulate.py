"""How well the gate's decider uses its slots: the real decider in simulated time, beside an oracle and other ways.

`python tests/bench/simulate.py` prints turnaround over the oracle's, runs per landed change, and who was wrongly
charged. `--rate` (changes in the time of a test), `--red`, `--slots` (0: twice the rate), `--changes`, `--flake`,
`--clash`, `--names`, `--spread`, `--seed`, `--burst` (all wait at once) set the play, `--json` prints for a program,
`--ways` plays the other ways too. docs/gate.md says what is seen.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import time
from collections.abc import Iterator

from base import Row, main
from simulated import Ours, Policy, Setting, World, changes, play

_COLUMNS = ("p50", "p95", "runs per landed", "slot-time per landed", "runs over H(p)", "wronged", "in vain")


def oracle(setting: Setting) -> list[float]:
    """The waits when every outcome is known before: one run for each good change, on the right prefix, first in first
    out."""
    free, waits = [0.0] * setting.slots, []
    for change in changes(setting):
        if not change.is_red and not change.partners:
            ends = max(change.at, heapq.heappop(free)) + 1.0
            heapq.heappush(free, ends)
            waits.append(ends - change.at)
    return sorted(waits)


class OneByOne:
    """The first in the line is tested alone; one red run sends back."""

    def act(self, world: World) -> None:
        while world.line and (known := world.verdict(world.line[:1])):
            if known.passed:
                world.land(world.line[:1])
            else:
                world.send_back(world.line[0])
        if world.line and not world.runs:
            world.test(world.line[:1])


class Window(OneByOne):
    """Zuul's: each is tested on top of all before it, as far as a window goes that grows by one with each that lands
    and is halved by each that is red (floor 3)."""

    def __init__(self) -> None:
        self.size = 20.0

    def act(self, world: World) -> None:
        while world.line and (known := world.verdict(world.line[:1])):
            self.size = min(64.0, self.size + 1) if known.passed else max(3.0, self.size / 2)
            if known.passed:
                world.land(world.line[:1])
            else:
                world.send_back(world.line[0])
        wanted = [world.line[:length] for length in range(1, min(len(world.line), int(self.size)) + 1)]
        world.only([members for members in wanted if not world.verdict(members)])


class TakeAll:
    """All that waits is tested as one; red, everybody of it is tested alone, side by side, and the good ones again."""

    def __init__(self) -> None:
        self.red: list[str] = []

    def act(self, world: World) -> None:
        for name in [name for name in world.line if (known := world.verdict([name])) and not known.passed]:
            world.send_back(name)
        self.red = [name for name in self.red if name in world.line and not world.verdict([name])]
        if self.red:
            return world.only([[name] for name in self.red])
        if world.line and (known := world.verdict(world.line)):
            if known.passed:
                return world.land(world.line[:])
            self.red = world.line[:]
            return self.act(world)
        if world.line and not world.runs:  # (who comes meanwhile waits for the next)
            world.test(world.line[:])
        return None


def measured(setting: Setting, policy: Policy) -> dict[str, float]:
    """One play: quantiles of the wait over the oracle's, what it cost, and who was wronged."""
    began = time.process_time()
    found = play(setting, policy)
    spent = time.process_time() - began
    known = oracle(setting)
    landed = max(1, found.landed)
    return {
        "p50": quantile(found.waits, 0.5) / quantile(known, 0.5),
        "p95": quantile(found.waits, 0.95) / quantile(known, 0.95),
        "runs per landed": found.runs / landed,
        "slot-time per landed": found.busy / landed,
        "runs over H(p)": found.runs / len(found.changes) / (entropy(setting.red) or math.nan),
        "wronged": found.wronged,
        "in vain": found.in_vain,
        "ms of ours a change": 1000 * spent / len(found.changes),
    }


def quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else math.nan


def entropy(p: float) -> float:
    """The fewest runs a change can do with, without hints."""
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p) if 0 < p < 1 else 0.0


def measure(rounds: int = 1) -> list[Row]:
    """Plays of 300 changes with twice as many slots as arrive in a test; the alternative is Zuul's window."""
    rows = []
    for rate, red in ((2.0, 0.05), (8.0, 0.02), (8.0, 0.05)):
        setting = Setting(rate, red, math.ceil(2 * rate), 300)
        ours, window = measured(setting, Ours()), measured(setting, Window())
        name = f"{rate:g} arrive in a test, {red:.0%} red, {setting.slots} slots"
        for column, goal in (("p50", 1.2), ("p95", 2.0), ("runs per landed", 2.6)):
            unit = "" if column == "runs per landed" else "× oracle"
            rows.append(Row(f"{name}: {column}", ours[column], goal, "a window of 20", window[column], unit))
    return rows


def settings(given: argparse.Namespace) -> Iterator[Setting]:
    for rate in given.rate:
        for red in given.red:
            for slots in given.slots:
                yield Setting(
                    rate, red, slots or max(1, math.ceil(2 * rate)), given.changes, given.flake, given.clash,
                    given.names, given.spread, given.seed, given.burst,
                )  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("rate", [2.0, 8.0]), ("red", [0.02, 0.05, 0.2]), ("slots", [0])):
        parser.add_argument(f"--{name}", type=type(default[0]), nargs="*", default=default)
    for name, value in (("changes", 300), ("flake", 0.0), ("clash", 0.0), ("names", 0.0), ("spread", 0.0), ("seed", 1)):
        parser.add_argument(f"--{name}", type=type(value), default=value)
    for name in ("burst", "json", "ways"):
        parser.add_argument(f"--{name}", action="store_true")
    return parser.parse_args()


def run() -> None:
    given = arguments()
    for setting in settings(given):
        ways: dict[str, Policy] = {"ours": Ours()}
        if given.ways:
            ways |= {"window": Window(), "one by one": OneByOne(), "take all": TakeAll(), "halving": Ours(slots=1)}
        for name, policy in ways.items():
            row = measured(setting, policy)
            if given.json:
                print(json.dumps({"way": name, **vars(setting), **row}), flush=True)
                continue
            told = "  ".join(f"{column} {row[column]:.2f}" for column in _COLUMNS)
            print(f"λ {setting.rate:g} p {setting.red:g} slots {setting.slots}  {name:<10} {told}", flush=True)


if __name__ == "__main__":
    import sys

    run() if any(word.startswith("--") for word in sys.argv) else main(measure)
