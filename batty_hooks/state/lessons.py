"""`.batty/lessons.md`: what a team has learned, so that the same mistake is not made twice.

A Markdown list that those who lead add to by command, and anybody by editing: each item or paragraph is a lesson,
headings and comments are none. Briefs carry the newest ones, and no more than fit: a page that nobody reads teaches
nothing. It is the team's, not a branch's, so it lies in the primary checkout alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late, lock

_MOST, _MOST_CHARACTERS, _LONGEST = 12, 2000, 400
_BEGINNING = """\
<!-- What this team has learned. Every brief carries the newest: keep them short, take out what is no more so. -->
"""
# One that begins in the middle of a line and does not end there is none: somebody writes about comments.
_COMMENT = late.pattern(r"^[ \t]*<!--.*?(?:-->|\Z)|<!--[^\n]*?-->", re.DOTALL | re.MULTILINE)
_ITEM = late.pattern(r"(?:[-*+]|\d{1,3}[.)])[ \t]+")


def add(project: Project, text: str, who: str) -> bool:
    """Put a lesson at the end, with who says so and the day. False when it is there already."""
    words = " ".join(text.split())
    with lock.held(project.lock("lessons")):
        before = _read(project) or _BEGINNING
        if any(known == words or known.startswith(f"{words} (") for known in _lessons(before)):
            return False
        line = f"- {words} ({who}, {time.strftime('%Y-%m-%d')})\n"
        atomic.write(project.lessons, f"{before}{'' if before.endswith(chr(10)) else chr(10)}{line}")
    return True


def everything(project: Project) -> list[str]:
    """Each lesson as one line, oldest first."""
    return list(_lessons(_read(project)))


def newest(project: Project) -> list[str]:
    """What a brief carries: the last dozen lessons, oldest first, as far as they fit into two thousand characters; a
    long one is cut."""
    found: list[str] = []
    for lesson in reversed(everything(project)[-_MOST:]):
        cut = lesson if len(lesson) <= _LONGEST else f"{lesson[: _LONGEST - 1]}…"
        if sum(map(len, found)) + len(cut) > _MOST_CHARACTERS:
            break
        found.append(cut)
    return found[::-1]


def _read(project: Project) -> str:
    try:
        return project.lessons.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _lessons(text: str) -> Iterator[str]:
    words: list[str] = []
    for line in [*_COMMENT.sub("", text).splitlines(), ""]:
        item = _ITEM.match(line)
        if (item or not line.strip() or line.startswith("#")) and words:
            yield " ".join(words).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            words = []
        if line.strip() and not line.startswith("#"):
            words += (line[item.end() :] if item else line).split()
