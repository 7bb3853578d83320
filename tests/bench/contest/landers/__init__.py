"""The ways to land that are compared: a module each with NAME, ``prepare(arena)`` (not timed) and ``land(arena)``.

One new file adds one.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Protocol, cast

from contest.arena import Arena


class Lander(Protocol):
    """What a module of this folder offers. ``prepare`` raises OSError when the lander cannot be had here."""

    NAME: str

    def prepare(self, arena: Arena) -> None: ...

    def land(self, arena: Arena) -> None: ...


def listed() -> dict[str, Lander]:
    """The landers by the names of their modules."""
    names = sorted(name for _, name, _ in pkgutil.iter_modules(__path__))
    return {name: cast(Lander, import_module(f"contest.landers.{name}")) for name in names}
