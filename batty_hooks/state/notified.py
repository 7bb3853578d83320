"""`.batty/notified.json`: what a person was told by `notify:` and has not mended yet, so that he is told it once."""

from __future__ import annotations

import json
from collections.abc import Iterable

from batty_hooks.state.project import Project
from batty_hooks.system import atomic


def told(project: Project) -> frozenset[str]:
    """The keys of what he was told; a file that is gone or broken only has him told again."""
    try:
        return frozenset(str(key) for key in json.loads(project.notified_file.read_text("utf-8"))["told"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def remember(project: Project, keys: Iterable[str]) -> None:
    """These and no others: what is mended may come again, and is news then."""
    atomic.write(project.notified_file, json.dumps({"told": sorted(keys)}) + "\n")
