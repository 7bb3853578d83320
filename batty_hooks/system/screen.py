"""What people look at: the one door to rich. In a pipe everything is plain text, one fact a line, nothing cut."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import datetime

from batty_hooks.system import late, printable

_SPINNER_WIDTH = 12  # with the time that has passed, which is shown beside it
_CODES = late.pattern(r"\x1b\[[0-9;?]*[A-Za-z]")  # colours
_WIDE = 24  # a column that may be broken into lines when the terminal is narrow
_NARROW = 10  # the same where the narrow ones alone have no room


def is_terminal() -> bool:
    """Whether a person is looking (and has not asked for no colours by NO_COLOR or TERM=dumb)."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def line(text: str = "", style: str = "", hang: int = 0) -> None:
    """Print one line, in a style ("bold", "red", "green" …) on a terminal, where it is broken between words and goes on
    below its character number ``hang``."""
    parts((text[:hang], style), (text[hang:], style))


def text(words: str) -> None:
    """Print what somebody else wrote, line by line as it is, but for what would steer a terminal."""
    print(printable.of(words))


def parts(lead: tuple[str, str], *pieces: tuple[str, str]) -> None:
    """Print one line made of (text, style) pieces; on a terminal it goes on below the end of the first, if that is
    short."""
    lead, pieces = _shown(lead), tuple(map(_shown, pieces))
    if not is_terminal():
        print("".join(text for text, _ in (lead, *pieces)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not lead[0] or len(lead[0]) > console.width // 2:
        console.print(Text.assemble(lead, *pieces))
        return
    grid = Table.grid()
    grid.add_row(Text(*lead, no_wrap=True), Text.assemble(*pieces))
    console.print(grid)


def _shown(piece: tuple[str, str]) -> tuple[str, str]:
    return printable.of(piece[0]), piece[1]


def typed(text: str, lead: str = "") -> None:
    """Print what is to be typed, after ``lead``. No line end of ours ever breaks it: it may be copied as it is. What is
    said of it behind it, `COMMAND  (words)`, gets lines of its own where there is no room."""
    if not is_terminal():
        print(f"{lead}{text}")
        return
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    command, is_more, words = text.partition("  (")
    if not is_more or cell_len(lead + text) <= console.width:
        command, is_more = text, ""
    console.print(Text(f"{lead}{command}", style="bold"), soft_wrap=True)
    if is_more:
        parts((" " * cell_len(lead), ""), (f"({words}", "dim"))


def heading(text: str) -> None:
    """Print a heading with a blank line before it."""
    print()
    line(text, "bold")


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = (), notes: Sequence[str] = ()
) -> None:
    """Print rows under their columns; ``styles`` gives each row's style, ``notes`` what is to be said of each besides:
    a last column. On a terminal wide columns wrap, columns that nothing stands in are left out, and where there is no
    room beside the rows the notes stand below them."""
    if not rows:
        return
    rows, notes = [tuple(map(printable.of, row)) for row in rows], [*map(printable.of, notes)]
    if is_terminal():
        _rich_table(columns, rows, styles, notes)
        return
    if notes:
        columns, rows = (*columns, ""), [(*row, note) for row, note in zip(rows, notes, strict=True)]
    widths = [max(len(row[number]) for row in (columns, *rows)) for number in range(len(columns))]
    for row in (columns, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rich_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str], notes: Sequence[str]
) -> None:
    from rich.cells import cell_len
    from rich.console import Console, Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    filled = [number for number in range(len(columns)) if not number or any(row[number] for row in rows)]
    widths = [max(cell_len(row[number]) for row in (columns, *rows)) for number in filled]
    is_beside = sum(widths) + 2 * len(widths) + max(map(cell_len, notes), default=0) <= console.width
    least = sum(min(width, _WIDE) for width in widths)
    gap = 2 if least + 2 * (len(widths) - 1) <= console.width else 1
    most = _WIDE if least + gap * (len(widths) - 1) <= console.width else _NARROW
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, gap, 0, 0))
    for number, width in zip(filled, widths, strict=True):
        grid.add_column(columns[number], overflow="fold", no_wrap=width <= most)
    if any(notes) and is_beside:
        grid.add_column("", no_wrap=True)
    for number, row in enumerate(rows):
        *cells, last = (Text(row[column]) for column in filled)
        note = [Text(notes[number])] if notes and is_beside else []
        below = notes[number] if notes and not is_beside else ""
        whole = Group(last, Padding(Text(below, style="dim"), (0, 0, 0, 2))) if below else last
        grid.add_row(*cells, whole, *note, style=styles[number] if number < len(styles) else "")
    console.print(grid)


def broken(text: str, hang: int = 0) -> list[str]:
    """The lines of one line as a terminal has room for them: broken between words, going on below its character number
    ``hang``. A word is never broken (a path may be copied). In a pipe it is one line."""
    if not is_terminal():
        return [text]
    from rich.cells import cell_len

    room, lines = max(size()[0] - hang, _WIDE), [""]
    for word in text[hang:].split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return [f"{'' if number else text[:hang]:<{hang}}{line}" for number, line in enumerate(lines)]


def path(name: str) -> str:
    """The name of a file in one line: what cannot be printed of it (a newline, bytes that are no text) as git writes
    it, `\\ooo` for each byte."""
    return "".join(one if one.isprintable() else "".join(map("\\{:03o}".format, os.fsencode(one))) for one in name)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    from rich.cells import cell_len

    return cell_len(text)


def fitted(text: str, columns: int) -> str:
    """A text in exactly so many columns: filled up, or cut, which its last sign says."""
    from rich.cells import set_cell_size

    if width(text) <= columns:
        return set_cell_size(text, columns)
    return f"{set_cell_size(text, columns - 1)}…" if columns > 0 else ""


def folded(text: str, columns: int, most: int) -> list[str]:
    """The lines of a text, broken between words to so many columns; of more than ``most`` lines the last one is cut."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines) < most and width(lines[-1]) + 1 + width(word) > columns:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """While the block runs, show on a terminal what goes on and for how long; gives the function that changes the
    words. Nothing of it stays, and in a pipe there is nothing of it."""
    if not is_terminal():
        yield lambda words: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(highlight=False)
    room = console.width - _SPINNER_WIDTH

    def fitted(words: str) -> str:
        return words if len(words) <= room else f"{words[: room - 1]}…"

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(fitted(text), total=None)
        yield lambda words: shown.update(task, description=fitted(words))


def size() -> tuple[int, int]:
    """Columns and lines of the terminal; where there is none, as $COLUMNS and $LINES say, else 80 and 24."""
    with suppress(OSError, ValueError):
        columns, lines = os.get_terminal_size(sys.stdout.fileno())
        if columns and lines:  # (a pty that nobody has given a size says 0)
            return columns, lines
    import shutil

    return tuple(shutil.get_terminal_size((80, 24)))  # type: ignore[return-value]


def leave_keyboard() -> None:
    """This process reads nothing that is typed; programs it starts do not take its terminal for theirs."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def clear() -> None:
    """Clear a terminal's screen, for views that are drawn again."""
    if is_terminal():
        print("\033[H\033[2J", end="")


class _Sheet(io.StringIO):
    """What is printed meanwhile, for the terminal that it goes to later."""

    def isatty(self) -> bool:
        return True


@contextmanager
def sheet(last: str, cut: str = "") -> Iterator[None]:
    """Print what the block prints at once. Where a terminal has not as many lines, ``last`` stands below it, for its
    beginning is out of sight; or, with ``cut``, what there is room for and how many lines more there are, with that
    word of where."""
    if not is_terminal():
        yield
        return
    drawn = _Sheet()
    with redirect_stdout(drawn):
        yield
    lines, (width, height) = drawn.getvalue().splitlines(), size()
    rows = [_rows(text, width) for text in lines]
    if sum(rows) < height:
        cut = last = ""
    elif cut:
        fit = next(at for at in range(len(lines), -1, -1) if sum(rows[:at]) + 2 <= max(height, 2))
        last, lines = f"… {counted(len(lines) - fit, 'line')} more: {cut}", lines[:fit]
    print("\n".join(lines))
    if last:
        line(last, "bold yellow")


def _rows(text: str, width: int) -> int:
    """How many lines of a terminal a line takes."""
    from rich.cells import cell_len

    return max(1, -(-cell_len(_CODES.sub("", text)) // width))


def moment(at: float, seconds: bool = False) -> str:
    """A time (seconds since the epoch) as people say it: today's by the clock, any other with its day."""
    then = datetime.fromtimestamp(at).astimezone()
    clock = f"{then:%H:%M:%S}" if seconds else f"{then:%H:%M}"
    return clock if then.date() == datetime.now().astimezone().date() else f"{then:%Y-%m-%d} {clock}"


def counted(number: int, what: str) -> str:
    """A number of things as people say it: "1 card", "26 cards"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def ago(seconds: float) -> str:
    """A length of time as people say it: 5s, 3m, 2h, 4d; less than none (two clocks, or one set back) is none."""
    seconds = max(0.0, seconds)
    for limit, unit, size in ((60, "s", 1), (3600, "m", 60), (86400, "h", 3600)):
        if seconds < limit:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds // 86400)}d"
