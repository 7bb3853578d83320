"""How much this machine can do at the moment: processors, what they are busy with, memory.

A container's share counts, where the kernel says it (cgroup v2): the processors of its host are not ours.
"""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

from batty_hooks.system.records import dataclass

_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Machine:
    """``processors`` that we may use; the ``load``, how many would be busy on the average of the last minute; ``free``,
    the bytes of memory that can be had (infinity: not known)."""

    processors: int
    load: float
    free: float


def now() -> Machine:
    """This machine, as it stands."""
    load = 0.0
    with contextlib.suppress(OSError, AttributeError):  # (a system that does not tell)
        load = os.getloadavg()[0]
    return Machine(processors(), load, min(_free(), _left_to_us()))


def processors() -> int:
    """Those that we may use; at least one."""
    some = getattr(os, "sched_getaffinity", None)
    many = len(some(0)) if some else os.cpu_count() or 1
    quota, _, period = _line(_GROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period):
        many = min(many, math.ceil(int(quota) / int(period)))
    return max(1, many)


def _free() -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    return math.inf


def _left_to_us() -> float:
    most, used = _line(_GROUP / "memory.max"), _line(_GROUP / "memory.current")
    return float(most) - float(used) if most.isdigit() and used.isdigit() else math.inf


def _line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""
