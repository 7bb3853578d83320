"""`<common>/batty/before.json`: what `uninstall` puts back."""

from __future__ import annotations

import json
import os
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic
from batty_hooks.system.records import asdict, dataclass, field

FILE = "before.json"


@dataclass
class Before:
    """What `uninstall` puts back. File contents are kept as latin-1 text: any bytes, readable in JSON."""

    hooks_path: str | None = None  # the repository's own value before us
    ours: str | None = None  # the value we set
    files: dict[str, list[str | None]] = field(default_factory=dict)  # name: [content before us, after us]
    made: list[str] = field(default_factory=list)  # directories
    excluded: list[str] = field(default_factory=list)  # blocks of lines added to info/exclude, in that order


def own(project: Project) -> Path:
    """Our directory in the git directory."""
    return project.common / "batty"


def hooks_directory(project: Project) -> Path:
    """Where core.hooksPath points when it has to."""
    return own(project) / "hooks"


def read(project: Project) -> Before:
    """What was there before; empty when we have not been here."""
    try:
        return Before(**json.loads((own(project) / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return Before()


def store(project: Project, before: Before) -> None:
    """Write it down, before the change it remembers."""
    atomic.write(own(project) / FILE, json.dumps(asdict(before), indent=1) + "\n")


def as_text(content: bytes | None) -> str | None:
    """A file's content in the form it is remembered in."""
    return None if content is None else content.decode("latin-1")


def same(first: str, second: Path) -> bool:
    """Whether two paths lead to one place."""
    return os.path.realpath(first) == os.path.realpath(second)
