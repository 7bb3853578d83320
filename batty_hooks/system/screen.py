"""What people look at: the one door to rich. In a pipe everything is plain text, one fact a line, nothing cut."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

_WIDE = 24  # a column that may be broken into lines when the terminal is narrow


def is_terminal() -> bool:
    """Whether a person is looking (and has not asked for no colours by NO_COLOR or TERM=dumb)."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def line(text: str = "", style: str = "") -> None:
    """Print one line, in a style ("bold", "red", "green" …) on a terminal, where it is broken between words."""
    if is_terminal():
        from rich.console import Console
        from rich.text import Text

        Console(highlight=False).print(Text(text, style=style))
    else:
        print(text)


def parts(*pieces: tuple[str, str]) -> None:
    """Print one line made of (text, style) pieces."""
    if is_terminal():
        from rich.console import Console
        from rich.text import Text

        Console(highlight=False).print(Text.assemble(*pieces))
    else:
        print("".join(text for text, _ in pieces))


def heading(text: str) -> None:
    """Print a heading with a blank line before it."""
    print()
    line(text, "bold")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = ()) -> None:
    """Print rows under their columns; ``styles`` gives each row's style. On a terminal wide columns wrap."""
    if not rows:
        return
    if is_terminal():
        _rich_table(columns, rows, styles)
        return
    widths = [max(len(row[number]) for row in (columns, *rows)) for number in range(len(columns))]
    for row in (columns, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        wide = max(len(row[number]) for row in rows) > _WIDE
        grid.add_column(column, overflow="fold", no_wrap=not wide)
    for number, row in enumerate(rows):
        style = styles[number] if number < len(styles) else ""
        grid.add_row(*(Text(cell) for cell in row), style=style)
    Console(highlight=False).print(grid)


def size() -> tuple[int, int]:
    """Columns and lines of the terminal; where there is none, as $COLUMNS and $LINES say, else 80 and 24."""
    try:
        return tuple(os.get_terminal_size(sys.stdout.fileno()))  # type: ignore[return-value]
    except (OSError, ValueError):
        return tuple(shutil.get_terminal_size((80, 24)))  # type: ignore[return-value]


def clear() -> None:
    """Clear a terminal's screen, for views that are drawn again."""
    if is_terminal():
        print("\033[H\033[2J", end="")


def ago(seconds: float) -> str:
    """A length of time as people say it: 5s, 3m, 2h, 4d."""
    for limit, unit, size in ((60, "s", 1), (3600, "m", 60), (86400, "h", 3600)):
        if seconds < limit:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds // 86400)}d"
