"""tmux's words for panes in columns: the layout string that `select-layout` takes.

A string is a checksum and a tree of cells `WIDTHxHEIGHT,X,Y`; `{…}` holds cells side by side, `[…]` cells on top of
each other, with one line between two of them. With pane borders that carry a title, that line is the title of the
pane below it, and the topmost pane of a column gives up its first line.
"""

from __future__ import annotations

from collections.abc import Sequence


def layout(columns: Sequence[int], width: int, height: int) -> str:
    """The layout of a window of that size, in characters, with ``columns`` panes in each column, all as equal as they
    can be. The panes are taken in the window's own order: the first column from the top, then the next."""
    widths = _parts(width, len(columns))
    cells, x = [], 0
    for panes, wide in zip(columns, widths, strict=True):
        cells.append(_column(panes, wide, height, x))
        x += wide + 1
    body = cells[0] if len(cells) == 1 else f"{width}x{height},0,0{{{','.join(cells)}}}"
    return f"{_checksum(body):04x},{body}"


def rows_that_fit(height: int, least: int) -> int:
    """How many panes of at least ``least`` lines a column of a window of ``height`` lines holds (one at least)."""
    return max(1, height // (least + 1))


def columns_that_fit(width: int, least: int) -> int:
    """How many columns of at least ``least`` characters a window of ``width`` holds (one at least)."""
    return max(1, (width + 1) // (least + 1))


def _column(panes: int, width: int, height: int, x: int) -> str:
    if panes == 1:
        return f"{width}x{height},{x},0,0"
    cells, y = [], 0
    heights = _parts(height - 1, panes)
    for number, lines in enumerate(heights):
        tall = lines + 1 if number == 0 else lines
        cells.append(f"{width}x{tall},{x},{y},0")
        y += tall + 1
    return f"{width}x{height},{x},0[{','.join(cells)}]"


def _parts(length: int, number: int) -> list[int]:
    """``length`` without a line between each two parts, in ``number`` parts that differ by one at most."""
    usable = length - (number - 1)
    return [usable // number + (1 if place < usable % number else 0) for place in range(number)]


def _checksum(body: str) -> int:
    sum = 0
    for byte in body.encode("ascii"):
        sum = ((sum >> 1) + ((sum & 1) << 15) + byte) & 0xFFFF
    return sum
