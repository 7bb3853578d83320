"""The files of a project as the guess sees them: a listing, and what is in them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.records import dataclass

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - pytest brings it there
    import tomli as tomllib

_COMMENTS = late.pattern(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMAS = late.pattern(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')


@dataclass(frozen=True)
class Files:
    """A directory: the paths of its files, seen from there, what a file holds ("" when it cannot be read), and whether
    one can be executed (also one that is not in the listing). ``root`` is its absolute path."""

    names: frozenset[str]
    read: Callable[[str], str]
    runs: Callable[[str], bool] = lambda name: False
    root: str = "/"

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def first(self, *names: str) -> str:
        """The first of some names that is there; "" when none is."""
        return next((name for name in names if name in self.names), "")

    def like(self, pattern: str) -> list[str]:
        """The paths that a regular expression matches whole, in order."""
        return sorted(filter(re.compile(rf"(?:{pattern})\Z").match, self.names))

    def has(self, name: str, pattern: str) -> bool:
        """Whether a file is there and a line of it matches."""
        return name in self.names and re.search(pattern, self.read(name), re.MULTILINE) is not None

    def texts(self, names: list[str], most: int = 200) -> Iterator[str]:
        """What the first of some files hold."""
        return (self.read(name) for name in names[:most])

    def json(self, name: str) -> Any:
        """What a JSON file says (comments and last commas are let pass); None when it is no table."""
        text = self.read(name).lstrip("\ufeff") if name in self.names else ""
        for attempt in (text, _LAST_COMMAS.sub(r"\1", _COMMENTS.sub(r"\1", text))):
            try:
                found = json.loads(attempt)
            except ValueError:
                continue
            return found if isinstance(found, dict) else None
        return None

    def toml(self, name: str) -> dict[str, Any]:
        """What a TOML file says; {} when it is none."""
        try:
            return tomllib.loads(self.read(name).lstrip("\ufeff").replace("\r\n", "\n")) if name in self.names else {}
        except tomllib.TOMLDecodeError:
            return {}

    def below(self, directory: str) -> Files:
        """The same for a directory in it."""
        start = f"{directory}/"
        return Files(
            frozenset(name.removeprefix(start) for name in self.names if name.startswith(start)),
            lambda name: self.read(start + name),
            lambda name: self.runs(start + name),
            f"{self.root}/{directory}",
        )


@dataclass(frozen=True)
class Found:
    """A command, and the words for what it was read off; ``command`` None: it was looked for, and is not certain."""

    command: str | None
    saw: str


def dig(data: Any, *keys: str) -> Any:
    """What lies below some keys of nested tables; None when there is no such thing."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
