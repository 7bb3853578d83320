"""A patch as it is quoted in a mail, and what somebody has written between its lines: each remark with file and line.

The patch is what the engineer has made, from where the branch left the trunk to the commit that waits: so its line
numbers are those of the engineer's own files. Whoever answers may take quoted lines away, as in any mail: what is left
of them is found again in the patch by what stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from batty_hooks.system import late
from batty_hooks.system.records import dataclass

_HUNK = late.pattern(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_MARK = ">"


@dataclass(frozen=True)
class Line:
    """One line of what is quoted: its ``text``, and where it is: the ``file`` ("": in none), its ``number`` in that (0:
    the file as a whole), and whether that is a line which the patch takes away."""

    text: str
    file: str = ""
    number: int = 0
    gone: bool = False


def quoted(head: Sequence[str], patch: str) -> list[Line]:
    """What is put before whoever is to write: some lines of ours, and the patch."""
    return [*(Line(text) for text in (*head, "")), *_lines(patch)]


def as_mail(lines: Sequence[Line]) -> str:
    """The text of the file to be written into."""
    return "".join(f"{_MARK} {line.text}".rstrip() + "\n" for line in lines)


def written(lines: Sequence[Line], text: str, commit: str) -> str:
    """What was written into ``as_mail(lines)``, as the engineer gets it: first what is about the whole, then each
    remark with its place, the line it stands below, and the ``commit``. "" when nothing was."""
    found = [(line, "\n".join(words).strip()) for line, words in _remarks(lines, text)]
    whole = [words for line, words in found if not line.file]
    return "\n\n".join([*whole, *(f"{_place(line, commit)}\n{words}" for line, words in found if line.file)])


def _place(line: Line, commit: str) -> str:
    where = f"{line.file}, line {line.number} before it," if line.gone else f"{line.file}:{line.number}"
    if not line.number:
        return f"{line.file} at {commit[:10]}:"
    return f"{where} at {commit[:10]}:\n> {line.text}".rstrip()


def _remarks(lines: Sequence[Line], text: str) -> Iterator[tuple[Line, list[str]]]:
    """(the line that it stands below, the lines of the remark) of each."""
    typed = [one.rstrip() for one in text.split("\n")]
    places = _found_again(lines, typed)
    above, words = Line(""), list[str]()
    for place, one in zip(places, typed, strict=True):
        if place is None:
            words.append(one)
            continue
        if any(words):
            yield above, words
        above, words = place, []
    if any(words):
        yield above, words


def _found_again(lines: Sequence[Line], typed: Sequence[str]) -> list[Line | None]:
    """For each line of a file which of the quoted ones it is; None where it is somebody's own."""
    shown = as_mail(lines).split("\n")[:-1]
    marked = [number for number, one in enumerate(typed) if one.startswith(_MARK)]
    kept = [typed[number] for number in marked]
    blocks = [(0, 0, len(shown))] if kept == shown else SequenceMatcher(None, shown, kept).get_matching_blocks()
    found: list[Line | None] = [None] * len(typed)
    for old, new, size in blocks:
        for step in range(size):
            found[marked[new + step]] = lines[old + step]
    return found


def _lines(patch: str) -> Iterator[Line]:
    """The lines of a patch, each with its place."""
    file, head, old, new, old_end, new_end = "", list[str](), 0, 0, 0, 0
    last = Line("")
    for text in patch.removesuffix("\n").split("\n") if patch else ():
        if old < old_end or new < new_end:
            gone, added = text.startswith("-"), text.startswith("+")
            if text.startswith("\\"):
                yield Line(text, last.file, last.number, last.gone)
                continue
            last = Line(text, file, old if gone else new, gone)
            old, new = old + (not added), new + (not gone)
            yield last
        elif hunk := _HUNK.match(text):
            yield from (Line(one, file) for one in (*head, text))
            head = []
            (old, old_count), (new, new_count) = ((int(hunk[at]), int(hunk[at + 1] or 1)) for at in (1, 3))
            old_end, new_end = old + old_count, new + new_count
        elif text.startswith("\\"):
            yield Line(text, last.file, last.number, last.gone)
        else:
            if text.startswith("diff --git "):
                yield from (Line(one, file) for one in head)
                head, file = [], text.rpartition(" b/")[2].strip('"')
            named = re.match(r'(?:rename to |\+\+\+ "?b/|--- "?a/)(.+?)"?\t?$', text)
            file = named[1] if named else file
            head.append(text)
    yield from (Line(one, file) for one in head)
