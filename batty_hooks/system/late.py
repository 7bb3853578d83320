"""The face of a package whose parts are imported when something of them is first used (PEP 562).

Most commands need one part of a package or none. The type checker reads the package's own imports, which stand under
``if TYPE_CHECKING``; tests/architecture_test.py holds the two equal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module


def face(package: str, **parts: str) -> Callable[[str], object]:
    """The ``__getattr__`` of ``package``: each part (a module in it) with the names that are taken from it."""
    part_of = {name: part for part, names in parts.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        if name not in part_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{package}.{part_of[name]}"), name)
        setattr(sys.modules[package], name, found)  # found at once from now on
        return found

    return __getattr__
