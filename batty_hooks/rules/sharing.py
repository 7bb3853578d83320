"""`slots: auto`: how many candidates this machine should test at once.

As many as there is room for, while that is worth it: what is asked is not whether processors are free, but whether one
more run at once gets more tested in an hour. That is measured, on the same suite, alone and beside others: a suite that
uses all processors by itself, or a database that all share, is found so, whatever the load says. What nobody has tried
lately is tried when processors and memory are free. (Two runs beside nine agents took three times as long each.)
"""

from __future__ import annotations

from collections.abc import Mapping

from batty_hooks.rules.look import Look
from batty_hooks.state import pace
from batty_hooks.state.pace import FRESH_SECONDS, Pace
from batty_hooks.system import capacity
from batty_hooks.system.capacity import Machine

_WORTH = 1.1  # as much more has to be tested in the same time
_MEMORY = 1 << 30  # bytes that are to be free for one run more
_NEARLY = 0.25  # of a processor that may be lacking to a whole one


def room(machine: Machine, most: int, in_use: int, paces: Mapping[int, Pace], now: float) -> int:
    """How many may be tested at once: at least one, at least those that are ``in_use``, ``most`` of all."""
    idle = machine.processors - max(machine.load, float(in_use))  # a run that has just begun is in no load yet
    by_load = in_use + int(max(0.0, idle + _NEARLY))
    by_memory = in_use if in_use and machine.free < _MEMORY else most
    return max(1, in_use, min(most, by_load, by_memory, _worth(most, paces, now)))


def _worth(most: int, paces: Mapping[int, Pace], now: float) -> int:
    """Up to how many one more has brought something, or was not tried in the last hour."""
    fresh = {many: one.seconds for many, one in paces.items() if now - one.at < FRESH_SECONDS and one.seconds > 0}
    for many in range(1, most):
        alone, more = fresh.get(many), fresh.get(many + 1)
        if alone and more and (many + 1) / more < _WORTH * many / alone:
            return many
    return most


def slots(look: Look) -> int:
    """The slots here that may be in use now: those of team.yaml, or by all that."""
    gate = look.team.gate
    if not gate.auto:
        return gate.slots
    return look.once("slots here", _slots)


def _slots(look: Look) -> int:
    gate = look.team.gate
    paces = pace.known(look.project, gate.command or "")
    return room(capacity.now(), gate.slots, in_use(look), paces, look.at)


def in_use(look: Look) -> int:
    """How many are being tested on this machine."""
    return sum(not run.host for run in look.running.values())


def free(look: Look) -> list[int]:
    """The numbers of the slots here that a run may take, if nobody holds them."""
    if look.team.gate.auto and in_use(look) >= slots(look):
        return []
    return list(range(1, look.team.gate.slots + 1))
