"""A situation: what somebody did, and what batty-hooks shows then; the rows of docs/situations.md.

A test file of this directory has one `Table` of that page: each test calls ``TABLE.check(situation, what you see)``
with what it saw, and a last one ``TABLE.finish([situations])`` (see tests/pages.py; `REWRITE_TABLES=1` writes the
page).
"""

from __future__ import annotations

from pages import Table


def table(name: str) -> Table:
    """The table ``name`` of docs/situations.md."""
    return Table("situations.md", name, ("Situation", "What you see"))
