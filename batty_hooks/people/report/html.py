"""HTML and SVG as text. Whatever is not `Safe` is somebody's words, and is escaped: there is no other way in.

Control characters, which no page may hold, halves of characters, which no file can, and the signs that turn the
direction of what follows are shown as the sign for a character that cannot be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from batty_hooks.system import late

_UNSHOWN = late.pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_PLAIN = late.pattern("[\\w .,:%#()/–-]*", re.ASCII)
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_EMPTY = {"meta", "br", "rect", "use", "line", "path", "circle", "polygon", "input"}


class Safe(str):
    """Text that is markup already."""

    __slots__ = ()


def escaped(text: str) -> Safe:
    """Somebody's words, as they stand between tags or in an attribute."""
    if isinstance(text, Safe):
        return text
    return Safe(text if _PLAIN.fullmatch(text) else _UNSHOWN.sub("\ufffd", text).translate(_MARKS))


def tag(element: str, /, *children: str, **attributes: str | int | float | bool | None) -> Safe:
    """An element. Of the attributes an underscore at the end is dropped (`class_`), others are hyphens (`aria_label`);
    one that is None or False is left out, True has no value."""
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    if element in _EMPTY and not children:
        return Safe(f"<{element}{said}/>")
    return Safe(f"<{element}{said}>{''.join(map(escaped, children))}</{element}>")


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    named = key.rstrip("_").replace("_", "-")
    return f" {named}" if value is True else f' {named}="{escaped(str(value))}"'


def joined(parts: Iterable[str]) -> Safe:
    """Several elements or words, one after the other."""
    return Safe("".join(map(escaped, parts)))


def table(head: Iterable[str], rows: Iterable[Iterable[str]], caption: str = "") -> Safe:
    """A table whose first column names the row."""
    top = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head)))
    body = tag("tbody", *(_row(list(row)) for row in rows))
    said = (tag("caption", caption),) if caption else ()
    return tag("div", tag("table", *said, top, body), class_="wide", tabindex=0, role="region",
               aria_label=caption or "Table")  # fmt: skip


def _row(cells: list[str]) -> Safe:
    return tag("tr", tag("th", cells[0], scope="row"), *(tag("td", cell) for cell in cells[1:]))


def disclosed(summary: str, *children: str, id: str = "", is_open: bool = False) -> Safe:
    """What is shown when it is asked for; with an ``id`` a page that re-reads itself leaves it open."""
    return tag("details", tag("summary", summary), *children, id=id or None, open=is_open)


def percent(part: float) -> str:
    """A share of a width, for an attribute."""
    return f"{part * 100:.3f}".rstrip("0").rstrip(".") + "%"
