"""What differs between two commits or trees: for people to read, and which of certain paths."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from batty_hooks.system.git import call

# The user's own settings for words and renames count; a program he has set for reading diffs does not: it may page,
# ask, or print something that is no patch.
_PATCH = ("diff", "--no-ext-diff")


def touched(cwd: Path, old: str, new: str, pathspecs: Iterable[str]) -> list[str]:
    """The paths matching one of git's pathspecs that are not the same in both (a rename gives both names)."""
    specs = tuple(pathspecs)
    known = call.remember("touched", str(cwd), old, new, *specs)
    if known is None:
        arguments = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, "--", *specs)
        known = call.text(*arguments, cwd=cwd)
        call.remember("touched", str(cwd), old, new, *specs, value=known)
    return [path for path in known.split("\0") if path]


def patch(cwd: Path, old: str, new: str, colour: bool = False) -> bytes:
    """The patch from ``old`` to ``new``, byte for byte (a file need not be text in any encoding); with ``colour`` it is
    for people, and converted for reading where the user has set that."""
    return _shown(cwd, *(("--color=always",) if colour else ("--color=never", "--no-textconv")), old, new)


def stat(cwd: Path, old: str, new: str, width: int, colour: bool = False) -> bytes:
    """How much of which files differs, in lines of at most ``width`` columns."""
    wide = (f"--stat={width}", "--stat-graph-width=40", f"--color={'always' if colour else 'never'}")
    return _shown(cwd, *wide, old, new)


def counts(cwd: Path, old: str, new: str) -> list[tuple[str, int | None, int | None]]:
    """(path, lines added, lines deleted) of what differs; None where it is no text."""
    found = []
    for line in call.fields("diff-tree", "-r", "-z", "--numstat", "--no-renames", old, new, "--", cwd=cwd):
        added, deleted, path = line.split("\t", 2)
        found.append((path, _number(added), _number(deleted)))
    return found


def commits(cwd: Path, old: str, new: str) -> list[tuple[str, str]]:
    """(commit, subject) of what ``new`` has and ``old`` has not, newest first."""
    lines = call.text("log", "--format=%H %s", f"{old}..{new}", "--", cwd=cwd).splitlines()
    return [(commit, subject) for commit, _, subject in (line.partition(" ") for line in lines)]


def _shown(cwd: Path, *arguments: str) -> bytes:
    code, out, err = call.run(*_PATCH, *arguments, "--", cwd=cwd)
    if code:
        raise call.GitError((*_PATCH, *arguments), code, err.decode("utf-8", "replace"))
    return out


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else None
