"""What is imported when something of it is first used: parts of a package (PEP 562), and libraries.

Most commands need one part of a package or none. The type checker reads the package's own imports, which stand under
``if TYPE_CHECKING``; tests/architecture_test.py holds the two equal.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

_IMPORTING = threading.Lock()


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


def whole(name: str) -> Any:
    """The library ``name``, imported whole or not at all.

    Where files or memory run out in the middle of an import, Python takes the failed package out again and leaves its
    modules, and the next import of it fails by a name that is missing (asyncio, which sh begins with: "name
    'base_events' is not defined"). Raises what the import raises; it may be tried again.
    """
    with _IMPORTING:  # (a second thread must not meet the halves before they are gone)
        before = set(sys.modules)
        try:
            return import_module(name)
        except (OSError, ImportError, MemoryError):
            for left in [module for module in sys.modules if module not in before and _has_lost_its_package(module)]:
                sys.modules.pop(left, None)
            raise


def _has_lost_its_package(module: str) -> bool:
    package = module.rpartition(".")[0]
    return bool(package) and package not in sys.modules
