"""`.batty/members/<member>/blocked/<card>.json`: a card in hand was seen blocked; when that is over its member is told.
And `stuck/<card>.json` beside it: its member says that it cannot go on, which is yet to be written on the board.

The board says that a card is blocked, not that it was; a person may unblock it by deleting a few characters there.
Who is stuck may not be able to write the board: an agent's sandbox lets it write `.batty/` and its worktree alone.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories
from batty_hooks.system.records import asdict, dataclass


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
    return _read(project, "blocked")


def note(project: Project, block: Block) -> None:
    """Remember a block."""
    path = _file(project, block)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(asdict(block), ensure_ascii=False) + "\n")


def forget(project: Project, block: Block) -> None:
    """It is over, and its member knows."""
    atomic.remove(_file(project, block))


def say_stuck(project: Project, member: str, card: str, why: str) -> None:
    """Remember that a member cannot go on with a card."""
    path = project.member_directory(member) / "stuck" / f"{card}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(asdict(Block(member, card, why, time.time())), ensure_ascii=False) + "\n")


def stuck(project: Project) -> list[Block]:
    """What members have said so of, and is not on the board yet."""
    return _read(project, "stuck")


def heard(project: Project, block: Block) -> None:
    """It is on the board, or no matter any more."""
    atomic.remove(project.member_directory(block.member) / "stuck" / f"{block.card}.json")


def _read(project: Project, place: str) -> list[Block]:
    found = []
    rooms = [f"{project.members}/{name}/{place}" for name in directories.matching(project.members, "")]
    for path in [f"{room}/{name}" for room in rooms for name in directories.matching(room, "", ".json")]:
        try:
            with open(path, encoding="utf-8") as file:
                found.append(Block(**json.load(file)))
        except (OSError, ValueError, TypeError):
            continue
    return found


def _file(project: Project, block: Block) -> Path:
    return project.member_directory(block.member) / "blocked" / f"{block.card}.json"
