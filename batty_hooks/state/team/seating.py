"""Who sits where: the windows of the team and their columns, for a terminal of a given size.

Architects left, managers and reviewers in the middle, engineers right, as long as every pane is at least 80×12; then a
window for each manager and its engineers; where that is too much as well, more windows. The window of all is "team";
any other is named after the first member in it, so that a window's name never is one that nobody has.

A terminal too narrow for two such columns, as one of 120×30 is, has two narrow and tall ones (59×24 at least), unless
that takes more windows. The four CLIs with a screen were looked at in panes of both forms with a question open: in
120×14 one shows the question without the command that it is about, and two have no room for what it answers; in 59×29
message, command and question stand below each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.state.team.model import ARCHITECT, ENGINEER, MANAGER, REVIEWER, Member
from batty_hooks.system.columns import columns_that_fit, rows_that_fit
from batty_hooks.system.records import dataclass

LEAST_WIDTH, LEAST_HEIGHT = 80, 12
NARROW_WIDTH, TALL_HEIGHT = 59, 24


@dataclass(frozen=True)
class Window:
    """A window's name, and its members from left to right, each column from the top."""

    name: str
    columns: tuple[tuple[str, ...], ...]

    @property
    def members(self) -> tuple[str, ...]:
        """All of them, in the order of their panes."""
        return tuple(name for column in self.columns for name in column)


def seats(members: Sequence[Member], width: int, height: int) -> list[Window]:
    """The windows for those members on a terminal whose windows have that size (its status line not counted)."""
    rooms = [(columns_that_fit(width, LEAST_WIDTH), rows_that_fit(height, LEAST_HEIGHT))]
    if rooms[0][0] == 1 and height >= TALL_HEIGHT:
        rooms.insert(0, (columns_that_fit(width, NARROW_WIDTH), rows_that_fit(height, TALL_HEIGHT)))
    return min((_windows(members, *room) for room in rooms), key=len)


def _windows(members: Sequence[Member], wide: int, high: int) -> list[Window]:
    """The windows where one holds so many columns of so many panes."""
    leads, managers, engineers = (_of_type(members, kind) for kind in (ARCHITECT, MANAGER, ENGINEER))
    middle = [*managers, *_of_type(members, REVIEWER)]
    whole = _columns([leads, middle, engineers], wide, high)
    if whole:
        return [Window("team", whole)]
    groups = [*_teams(members, leads, managers), *_strays(members, managers)]
    return [Window(page[0][0], page) for parts in groups for page in _pages(parts, wide, high)]


def _of_type(members: Sequence[Member], kind: str) -> list[str]:
    return [member.name for member in members if member.role.role_type == kind]


def _columns(groups: Sequence[Sequence[str]], wide: int, high: int) -> tuple[tuple[str, ...], ...] | None:
    """The groups in columns of their own, the last one in several if need be; else the leading ones in one column; None
    where both are too much."""
    filled = [list(group) for group in groups if group]
    for together in range(1, len(filled) + 1):
        heads = [[name for group in filled[:together] for name in group], *filled[together:]]
        columns = [column for group in heads for column in _chunks(group, high)]
        if len(columns) <= wide and (together == 1 or len(heads[0]) <= high):
            return tuple(tuple(column) for column in columns)
    return None


def _teams(members: Sequence[Member], leads: list[str], managers: list[str]) -> Iterator[list[list[str]]]:
    if leads:
        yield [leads]
    for manager in managers:
        yield [[manager], [member.name for member in members if member.boss == manager]]


def _strays(members: Sequence[Member], managers: list[str]) -> Iterator[list[list[str]]]:
    """Engineers and reviewers whose boss is no manager, by role."""
    found: dict[str, list[str]] = {}
    for member in members:
        if member.role.role_type in (ENGINEER, REVIEWER) and member.boss not in managers:
            found.setdefault(member.role.name, []).append(member.name)
    yield from ([names] for names in found.values())


def _pages(parts: list[list[str]], wide: int, high: int) -> list[tuple[tuple[str, ...], ...]]:
    """The columns of each window that those who belong together take."""
    columns = _columns(parts, wide, high)
    names = [one for part in parts for one in part]
    return [columns] if columns else [_page(page, high) for page in _chunks(names, wide * high)]


def _page(names: list[str], high: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(column) for column in _chunks(names, high))


def _chunks(names: Sequence[str], size: int) -> list[list[str]]:
    """Parts of at most ``size`` names, as equal as they can be."""
    number = -(-len(names) // size) if names else 0
    if not number:
        return []
    least, more = divmod(len(names), number)
    found, start = [], 0
    for place in range(number):
        end = start + least + (1 if place < more else 0)
        found.append(list(names[start:end]))
        start = end
    return found
