"""How well the gate's decider uses its slots: the real decider in simulated time, beside an oracle and other ways.

`python tests/bench/simulate.py` prints turnaround over the oracle's and runs per landed change; `--json` for a program,
`--full` for the whole range. See docs/gate.md for what the columns mean.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent), str(Path(__file__).resolve().parent.parent)]

from simulated import Change, Ours, Outcome, Policy, Setting, changes, play


def oracle(setting: Setting) -> list[float]:
    """The waits when every outcome is known before: one run for each good change, on the right prefix, first in first
    out; a run that passes lands all before it."""
    good = [change for change in changes(setting) if not change.is_red and not change.partners]
    free = [0.0] * setting.slots
    ends = []
    for change in good:
        begun = max(change.at, heapq.heappop(free))
        ends.append(begun + 1.0)
        heapq.heappush(free, begun + 1.0)
    return sorted(end - change.at for change, end in zip(good, ends, strict=True))


def quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else math.nan


def entropy(p: float) -> float:
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p) if 0 < p < 1 else 0.0


def measured(setting: Setting, policy: Policy) -> dict[str, float]:
    began = time.process_time()
    found = play(setting, policy)
    spent = time.process_time() - began
    known = oracle(setting)
    return {
        "p50": quantile(found.waits, 0.5) / quantile(known, 0.5),
        "p95": quantile(found.waits, 0.95) / quantile(known, 0.95),
        "runs per landed": found.runs / max(1, found.landed),
        "runs per change": found.runs / len(found.changes),
        "over H(p)": found.runs / len(found.changes) / (entropy(setting.red) or math.nan),
        "wronged": found.wronged,
        "in vain": found.in_vain, "slot-time": found.busy / max(1, found.landed),
        "ms a change": 1000 * spent / len(found.changes),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, nargs="*", default=[2, 8])
    parser.add_argument("--red", type=float, nargs="*", default=[0.02, 0.05, 0.2])
    parser.add_argument("--slots", type=int, nargs="*", default=[0])
    parser.add_argument("--changes", type=int, default=400)
    parser.add_argument("--flake", type=float, default=0.0)
    parser.add_argument("--names", type=float, default=0.0)
    parser.add_argument("--clash", type=float, default=0.0)
    parser.add_argument("--spread", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burst", action="store_true")
    given = parser.parse_args()
    for rate in given.rate:
        for red in given.red:
            for slots in given.slots:
                slots = slots or max(1, math.ceil(2 * rate))
                setting = Setting(rate, red, slots, given.changes, given.flake, given.clash, given.names, given.spread, given.seed, given.burst)
                row = measured(setting, Ours())
                print(f"λ {rate:<5} p {red:<5} slots {slots:<4}", "  ".join(f"{k} {v:.2f}" for k, v in row.items()), flush=True)
