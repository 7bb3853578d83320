"""Tables and screens in docs/ that a test makes from what it saw, and compares with what the page says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
# `REWRITE_TABLES=1 python -m pytest FILE` (without -n) writes the tables of a test file anew.
REWRITE = bool(os.environ.get("REWRITE_TABLES"))


class Table:
    """One table of a page, between `<!-- table: name -->` and `<!-- end -->`; the first cell names a row."""

    def __init__(self, page: str, name: str, head: tuple[str, ...]) -> None:
        self.path = DOCS / page
        self.begin, self.end = f"<!-- table: {name} -->\n", "<!-- end -->"
        self.head = head
        self.seen: dict[str, str] = {}

    def check(self, *cells: str) -> None:
        """Compare one row with the page's, or keep it for `finish`."""
        row = f"| {' | '.join(cells)} |"
        self.seen[cells[0]] = row
        if not REWRITE:
            assert row in self._rows(), f"{self.path.name} says otherwise than: {row}"

    def finish(self, names: list[str]) -> None:
        """After all rows: the page has just these, in this order; or has it from now on."""
        if REWRITE:
            self._write([self.seen[name] for name in names])
        assert [row.split(" | ")[0].removeprefix("| ") for row in self._rows()] == names

    def _rows(self) -> list[str]:
        return self.path.read_text().partition(self.begin)[2].partition(self.end)[0].splitlines()[2:]

    def _write(self, rows: list[str]) -> None:
        before, begin, rest = self.path.read_text().partition(self.begin)
        assert begin, f"{self.path} has no place for the table"
        lines = [f"| {' | '.join(self.head)} |", "|---" * len(self.head) + "|", *rows]
        self.path.write_text(
            f"{before}{begin}" + "".join(f"{line}\n" for line in lines) + self.end + rest.partition(self.end)[2]
        )


class Screens:
    """Screens of a terminal as a page shows them, each below a line `<!-- screen: name -->`."""

    def __init__(self, page: str) -> None:
        self.path = DOCS / page

    def check(self, name: str, screen: str, plain: Callable[[str], str]) -> None:
        """Compare a screen with the page's, or write it there; ``plain`` leaves out what is another one each time."""
        before, begin, rest = self.path.read_text().partition(f"<!-- screen: {name} -->\n```text\n")
        assert begin, f"{self.path} has no place for the screen {name!r}"
        shown, end, after = rest.partition("```\n")
        text = "".join(f"{line.rstrip()}\n" for line in screen.rstrip().splitlines())
        if REWRITE:
            self.path.write_text(f"{before}{begin}{text}{end}{after}")
        else:
            assert plain(text) == plain(shown), f"{self.path.name} shows another screen than this:\n{text}"
