"""What a machine is, as far as a verdict depends on it: its system and architecture, and what its person says of it.

A person says it in `~/.config/batty-hooks/machine`, a word a line: a label the machine offers (`gpu`, `gpu 2`), and
with `class: musl` that what passes there is of a class of its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from batty_hooks.system.records import dataclass, field

_SYSTEMS = {"darwin": "macos"}
_ARCHITECTURES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Hosting:
    """``system`` and ``architecture`` in the words that one finds them by (linux, macos; x86_64, aarch64), ``label`` of
    a class of its own ("": none), and how much it ``offers`` of what may be asked for."""

    system: str
    architecture: str
    label: str = ""
    offers: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The class: two machines of one class give one verdict."""
        return "-".join(filter(None, (self.system, self.architecture, self.label)))

    def is_of(self, wanted: str) -> bool:
        """Whether it is of the class that ``wanted`` names, by the whole of it or one of its words."""
        return wanted in (self.name, self.system, self.architecture, self.label)

    def words(self) -> dict[str, Any]:
        """As it goes over a wire."""
        return {
            "system": self.system,
            "architecture": self.architecture,
            "label": self.label,
            "offers": {**self.offers},
        }


def of(words: Mapping[str, Any]) -> Hosting:
    """What came over a wire."""
    offers = {str(name): int(many) for name, many in words.get("offers", {}).items()}
    return Hosting(str(words["system"]), str(words["architecture"]), str(words.get("label", "")), offers)


def here() -> Hosting:
    """This machine."""
    known = os.uname()
    system = known.sysname.lower()
    return told(_SYSTEMS.get(system, system), known.machine.lower(), _text())


def told(system: str, architecture: str, text: str) -> Hosting:
    """A machine with what its person says of it."""
    architecture, label, more = _ARCHITECTURES.get(architecture, architecture), "", {}
    for line in text.splitlines():
        words = line.partition("#")[0].replace(":", " : ").split()
        if words[:2] == ["class", ":"] and words[2:]:
            label = words[2]
        elif words and words[0].isidentifier():
            more[words[0]] = int(words[1]) if words[1:] and words[1].isdigit() else 1
    return Hosting(system, architecture, label, {system: 1 << 10, architecture: 1 << 10, **more})


def _text() -> str:
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    with contextlib.suppress(OSError):
        return (Path(config) / "batty-hooks" / "machine").read_text("utf-8", "replace")
    return ""
