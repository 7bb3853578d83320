"""How the headings of a board stand to each other: a lane may stand below another one."""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.state.board.outline import Lane
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Section:
    """A heading: its title, the lane's name, its line (from 1), and the names of the lane it stands below ("" for
    none) and of all that stand there with it."""

    title: str
    name: str
    line: int
    below: str = ""
    beside: tuple[str, ...] = ()


def of(lanes: Sequence[Lane]) -> list[Section]:
    """The sections of a board, in the order of the file."""
    parents = [_parent(lanes, number) for number in range(len(lanes))]
    return [
        Section(lane.title, lane.name, lane.start + 1, "" if parent is None else lanes[parent].name,
                tuple(other.name for other, its in zip(lanes, parents, strict=True) if its == parent))
        for lane, parent in zip(lanes, parents, strict=True)
    ]  # fmt: skip


def _parent(lanes: Sequence[Lane], number: int) -> int | None:
    """The last heading before one that is of a higher level."""
    level = lanes[number].level
    return next((at for at in range(number - 1, -1, -1) if lanes[at].level < level), None)
