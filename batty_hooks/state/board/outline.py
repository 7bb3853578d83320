"""Which lines of a Markdown file are lanes and cards: a line parser that knows as much of CommonMark as a board needs.

10,000 cards take a tenth of a second (markdown-it-py: six). Known traps, each with a test: `str.splitlines` splits
at U+2028, a BOM hides the first heading, an item indented by one blank is a sibling, a fence inside a card ends
with the card, `- Foo` above `---` is no setext heading, CR and CRLF may change from line to line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from batty_hooks.state.board import lanes as lane_names
from batty_hooks.state.board.card_line import clean
from batty_hooks.system import late
from batty_hooks.system.records import dataclass, field

_SPLIT = late.pattern(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_HEADING = late.pattern(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$", re.DOTALL)
_UNDERLINE = late.pattern(r" {0,3}(=+|--+)[ \t]*$")  # a single - is a bullet that somebody begins to type
_RULE = late.pattern(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_BULLET = late.pattern(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|$)(?:\[[^\]]\](?:[ \t]+|$))?(.?)", re.DOTALL)
# A card that lacks its bullet, or the blank behind it; or has what a keyboard made of them (`–`, `•`, a fixed blank).
_STRAY = late.pattern(r" ?(?:[-*+–—•]|\d{1,9}[.)])?[\xa0\u202f\u3000]?(?:(?<=[–—•]) )?\[[ xX]\]\s*[^\s(]")
_UNHEADED = late.pattern(r" {0,3}##+[^#\s]")
_BLANK = " \t"
_NOT_PLAIN = frozenset(("", " ", "\t", "-", "*", "+"))
_FENCE = late.pattern(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})", re.DOTALL)


@dataclass
class Lane:
    """A heading and what follows it: lines ``start`` to ``end`` (0-based, end excluded), the heading's own end
    before ``top``."""

    title: str
    level: int
    start: int
    top: int
    end: int = 0
    name: str = ""


@dataclass
class Item:
    """A top-level list item, lines ``start`` to ``end`` without trailing blank lines, in the lane of that index
    (-1: before any). ``content`` is the column its text starts in; ``empty`` a bullet without words, which is no
    card yet."""

    start: int
    end: int
    lane: int
    content: int
    empty: bool


@dataclass
class Outline:
    """``faults``: (line index, what is wrong); ``swallowed``: lanes hidden by a fence or comment that never ends."""

    lanes: list[Lane] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    swallowed: bool = False


def split(text: str) -> list[str]:
    """The lines with their endings (LF, CRLF or CR each); joined they are the text again."""
    return _SPLIT.findall(text)


def ending(line: str) -> str:
    """The line ending of a line, "" for a last line without one."""
    return line[len(line.rstrip("\r\n")) :]


def indent_of(line: str) -> int:
    """Columns of blanks a line begins with; a tab goes to the next multiple of four."""
    if line[:1] not in (" ", "\t"):
        return 0
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def dedented(line: str, depth: int) -> str:
    """The line without up to ``depth`` columns of blanks."""
    rest = line.lstrip(" \t")
    return " " * max(indent_of(line) - depth, 0) + rest if rest else ""


def is_blank(line: str) -> bool:
    """Whether a line holds nothing but blanks."""
    return not line.strip(" \t\r\n")


def is_rule(line: str) -> bool:
    """Whether a line is a thematic break (`***`)."""
    return _RULE.match(line.rstrip("\r\n")) is not None


def read(lines: list[str], titles: Mapping[str, str] | None = None) -> Outline:
    """The outline of a file; ``titles`` are what its lanes are called, where they were given other names."""
    if lines and lines[0].startswith("\ufeff"):
        lines = [lines[0][1:], *lines[1:]]
    return _Reader(lines, titles or {}).read()


class _Reader:
    """One pass over the lines, with what is open at the moment: a card, and the paragraph a setext underline may
    follow."""

    def __init__(self, lines: list[str], titles: Mapping[str, str]) -> None:
        self.lines = lines
        self.titles = titles
        self.found = Outline()
        self.item: Item | None = None
        self.paragraph = -1
        self.after_blank = False

    def read(self) -> Outline:
        at = self._after_front_matter()
        while at < len(self.lines):
            line = self.lines[at].rstrip("\r\n")
            if line[:2] in ("- ", "* ", "+ ") and line[2:3] not in _NOT_PLAIN:
                self._open_plain(at, line)  # nine lines of ten on a board; the long way comes to the same
                at += 1
                continue
            if not line.strip(" \t"):
                self.after_blank, self.paragraph = True, -1
                at += 1
                continue
            if _STRAY.match(line):
                self.found.faults.append((at, f"“{clean(line.strip()[:30])}” is no card: write `- [ ] …`"))
            if _UNHEADED.match(line) and lane_names.canonical(line, self.titles):
                self.found.faults.append((at, f"“{clean(line.strip()[:30])}” is no lane: write a blank behind the ##"))
            at = self._in_item(at, line) or self._at_top(at, line)
            self.after_blank = False
        self._close_lane(len(self.lines))
        names = lane_names.names([lane.title for lane in self.found.lanes], self.titles)
        for lane, name in zip(self.found.lanes, names, strict=True):
            lane.name = name
        return self.found

    def _after_front_matter(self) -> int:
        if self.lines and self.lines[0].rstrip() == "---":
            for at, line in enumerate(self.lines[1:], 1):
                if line.rstrip() in ("---", "..."):
                    return at + 1
        return 0

    def _in_item(self, at: int, line: str) -> int:
        """The line after what belongs to the open card at ``at``, or 0 when nothing does."""
        item = self.item
        if item is None or not self._belongs(item, line):
            self.item = None
            return 0
        fence = _FENCE.match(line)
        end = self._fence_end(at, fence[1], inside=True) if fence else at + 1
        item.end = end
        return end

    def _belongs(self, item: Item, line: str) -> bool:
        indent = indent_of(line)
        if indent >= item.content:
            return True
        if indent:
            return not _BULLET.match(line) and (indent > 1 or not self.after_blank)
        # An unindented line right below a card goes on with its paragraph, as in any Markdown.
        return not self.after_blank and not self._interrupts(line)

    @staticmethod
    def _interrupts(line: str) -> bool:
        return bool(
            line[0] in "#>|<%"
            or _BULLET.match(line)
            or _FENCE.match(line)
            or _RULE.match(line)
            or _UNDERLINE.match(line)
        )

    def _at_top(self, at: int, line: str) -> int:
        if indent_of(line) > 3:
            return at + 1
        first = line.lstrip(" ")[0]
        if first == "#" and (heading := _HEADING.match(line)):
            return self._open_lane(at, at + 1, heading[2] or "", len(heading[1]))
        if self.paragraph >= 0 and (underline := _UNDERLINE.match(line)):
            title = " ".join(part.strip() for part in self.lines[self.paragraph : at])
            return self._open_lane(self.paragraph, at + 1, title, 1 if underline[1][0] == "=" else 2)
        if first in "`~" and (fence := _FENCE.match(line)):
            return self._fence_end(at, fence[1], inside=False)
        if first == "<" and line.lstrip().startswith("<!--"):
            return self._block_end(at, "-->", "a comment that never ends")
        if first == "%" and line.startswith("%%"):
            return self._obsidian_end(at, line)
        if first in "*-_" and _RULE.match(line):
            self.paragraph = -1
            return at + 1
        bullet = _BULLET.match(line)
        if bullet:
            self._open_item(at, bullet)
        elif self.paragraph < 0:
            self.paragraph = at
        return at + 1

    def _open_lane(self, start: int, top: int, title: str, level: int) -> int:
        self._close_lane(start)
        self.found.lanes.append(Lane(clean(title).strip(), level, start, top))
        self.paragraph = -1
        return top

    def _close_lane(self, end: int) -> None:
        if self.found.lanes and not self.found.lanes[-1].end:
            self.found.lanes[-1].end = end

    def _open_plain(self, at: int, line: str) -> None:
        empty = line[2] == "[" and line[4:5] == "]" and not line[5:].strip(_BLANK)
        self.item = Item(at, at + 1, len(self.found.lanes) - 1, 2, empty)
        self.found.items.append(self.item)
        self.paragraph, self.after_blank = -1, False

    def _open_item(self, at: int, bullet: re.Match[str]) -> None:
        blanks = len(bullet[3]) if len(bullet[3]) in (1, 2, 3, 4) else 1
        content = indent_of(bullet[0]) + len(bullet[2]) + blanks
        self.item = Item(at, at + 1, len(self.found.lanes) - 1, content, empty=not bullet[4])
        self.found.items.append(self.item)
        self.paragraph = -1

    def _fence_end(self, at: int, mark: str, inside: bool) -> int:
        """The line after the fence that opens at ``at``; inside a card a fence ends with the card at the latest."""
        self.paragraph = -1
        closing = re.compile(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        last = at
        for number in range(at + 1, len(self.lines)):
            line = self.lines[number].rstrip("\r\n")
            if inside and line.strip(" \t") and indent_of(line) < 2:
                self.found.faults.append((at, "a fence inside a card that never ends"))
                return last + 1
            if closing.match(line):
                return number + 1
            if line.strip(" \t"):
                last = number
        self._never_ends(at, "a fence that never ends")
        return last + 1 if inside else len(self.lines)

    def _block_end(self, at: int, mark: str, fault: str) -> int:
        self.paragraph = -1
        for number in range(at, len(self.lines)):
            if mark in self.lines[number]:
                return number + 1
        self._never_ends(at, fault)
        return len(self.lines)

    def _obsidian_end(self, at: int, line: str) -> int:
        """The line after an Obsidian comment `%% … %%`; the settings of a Kanban board are one, and end the last
        lane."""
        settings = "kanban:settings" in line
        if settings:
            self._close_lane(at)
        if line.rstrip().endswith("%%") and len(line.strip()) > 2:
            return at + 1
        for number in range(at + 1, len(self.lines)):
            if self.lines[number].rstrip().endswith("%%"):
                return number + 1
        return len(self.lines) if settings else at + 1

    def _never_ends(self, at: int, fault: str) -> None:
        self.found.faults.append((at, fault))
        rest = (_HEADING.match(line.rstrip("\r\n")) for line in self.lines[at + 1 :])
        if any(heading and lane_names.canonical(heading[2] or "", self.titles) for heading in rest):
            self.found.swallowed = True
