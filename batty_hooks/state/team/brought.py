"""`worktrees.copy` and `worktrees.link`: paths that each worktree gets from the primary checkout."""

from __future__ import annotations

import posixpath
from itertools import product
from pathlib import PurePosixPath

from batty_hooks.state.team.document import Table

_OURS = (".git", ".batty", "kanban.md")


def paths(table: Table, key: str) -> tuple[str, ...]:
    """A list of paths below the root of the repository, written in one way; those that cannot be meant are problems."""
    found = []
    for word in table.words(key):
        path = posixpath.normpath(word) if word.strip() else ""
        first = path.partition("/")[0]
        if not path or path == "." or first == ".." or path.startswith("/") or not path.isprintable():
            table.report(
                key, f"{key} {word!r} is no path inside the repository", "write it as seen from its root: .env"
            )
        elif first in _OURS:
            table.report(
                key, f"{key} {word!r} is no worktree's own", "take it out: each worktree has what it needs of it"
            )
        elif path not in found:
            found.append(path)
    return tuple(found)


def check_apart(table: Table, copy: tuple[str, ...], link: tuple[str, ...]) -> None:
    """No path is both, and nothing lies in what is linked: it would be put into the primary checkout."""
    for path in [path for path in link if path in copy]:
        table.report("link", f"link {path!r} is copied too", "keep it in one of copy and link")
    for path, linked in product((*copy, *link), link):
        if path != linked and PurePosixPath(path).is_relative_to(linked):
            key = "copy" if path in copy else "link"
            table.report(key, f"{key} {path!r} lies in {linked!r}, which is linked", "take one of them out")
