"""What is made when something of it is first used: parts of a package (PEP 562), libraries, regular expressions.

Most commands need one part of a package or none. The type checker reads the package's own imports, which stand under
``if TYPE_CHECKING``; tests/architecture_test.py holds the two equal.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any, AnyStr, cast

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


def part(package: str, name: str) -> Any:
    """The module ``name`` of a library's package, without what the package itself imports (watchfiles: anyio, asyncio
    and ssl, libtmux: a class for each thing of tmux, for what we do not use). Raises what the import raises; it may be
    tried again."""
    whole_name = f"{package}.{name}"
    with _IMPORTING:
        before = set(sys.modules)
        if whole_name in before or package in before:
            return import_module(whole_name)
        outer = PathFinder.find_spec(package)
        if outer is None or outer.submodule_search_locations is None:
            return import_module(whole_name)
        empty = ModuleType(package)  # what its modules are imported from meanwhile
        empty.__path__ = outer.submodule_search_locations
        sys.modules[package] = empty
        try:
            return import_module(whole_name)
        except (OSError, ImportError, MemoryError):
            for left in [module for module in sys.modules if module not in before and module.startswith(f"{package}.")]:
                sys.modules.pop(left, None)
            raise
        finally:
            sys.modules.pop(package, None)


def _has_lost_its_package(module: str) -> bool:
    package = module.rpartition(".")[0]
    return bool(package) and package not in sys.modules


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A regular expression that is compiled when it is first used: what tells apart the words of git and of servers is
    loaded by every engine, and seldom asked; and compiling all was a tenth of what `done` or `step` did."""
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    def __init__(self, text: Any, flags: int) -> None:
        self._asked = text, flags

    def __getattr__(self, name: str) -> object:
        found: object = getattr(re.compile(*self._asked), name)
        setattr(self, name, found)
        return found
