"""`.batty/members/<member>/blocked/<card>.json`: a card in hand was seen blocked; when that is over its member is told.

The board says that a card is blocked, not that it was; a person may unblock it by deleting a few characters there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic


@dataclass(frozen=True)
class Block:
    """That a card was blocked, why, since when (seconds since the epoch) it is known; and the ``words`` of whoever
    unblocks it, as ``sender``."""

    member: str
    card: str
    why: str
    at: float
    words: str = ""
    sender: str = ""


def noted(project: Project) -> list[Block]:
    """Every block that was noted and not yet lifted."""
    found = []
    for path in sorted(project.members.glob("*/blocked/*.json")):
        try:
            found.append(Block(**json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, TypeError):
            continue
    return found


def note(project: Project, block: Block) -> None:
    """Remember a block."""
    path = _file(project, block)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(asdict(block), ensure_ascii=False) + "\n")


def forget(project: Project, block: Block) -> None:
    """It is over, and its member knows."""
    atomic.remove(_file(project, block))


def _file(project: Project, block: Block) -> Path:
    return project.room(block.member) / "blocked" / f"{block.card}.json"
