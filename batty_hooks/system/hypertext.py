"""HTML as a person would read it, in plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from batty_hooks.system import late

_UNSEEN = {"head", "script", "style", "template", "title"}
_BLOCKS = {
    "address", "article", "blockquote", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_QUOTE, _END = "\ue000", "\ue001"  # (for private use: no page has them)
_MOST_QUOTES = 9  # marks before a line; nobody counts more
# Word writes `<![if !mso]>`; any other word there Python's reader raises AssertionError for.
_ODD_MARK = late.pattern(r"<!\[(?!(?:temp|cdata|ignore|include|rcdata|if|else|endif)(?![-_.\w]))", re.IGNORECASE)
_APART = {"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"}


def text_of(html: str) -> str:
    """The text of a page or a part of one: a line a block, a list item after "- ", a link's target behind its words,
    and "> " before each line that is quoted."""
    reader = _Reader()
    head, end, rest = _ODD_MARK.sub("&lt;![", html).rpartition(">")
    # There is no tag behind the last ">"; of each "<" there the reader would look for its end, up to the very last one.
    reader.feed(f"{head}{end}{rest.replace('<', '&lt;')}")
    reader.close()
    lines = _quoted("".join(reader.pieces)).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _quoted(text: str) -> str:
    """The text with a mark for each quote that a line stands in, and without the signs of where these begin and end."""
    depth, parts = 0, []
    for part in re.split(f"([{_QUOTE}{_END}])", text):
        if part in (_QUOTE, _END):
            depth = max(0, depth + (1 if part == _QUOTE else -1))
        elif depth and part.strip():
            marks = "> " * min(depth, _MOST_QUOTES)
            marked = [f"{marks}{line}".rstrip() for line in re.sub(r"\n{3,}", "\n\n", part).strip().split("\n")]
            parts += ["\n", "\n".join(marked), "\n"]
        else:
            parts.append(part)
    return "".join(parts)


class _Reader(HTMLParser):
    """Collects pieces of text. Tags may be unclosed or closed twice, as mail programs write them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = ""  # the tag we are in that shows nothing
        self._pre = False
        self._link, self._link_from = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in _UNSEEN:
            self._unseen = self._unseen or tag
        elif tag == "body":
            self._unseen = ""  # a head that nobody closed
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self._say(" ")
        elif tag == "a":
            self._link, self._link_from = said.get("href") or "", len(self.pieces)
        elif tag == "img" and not self._unseen:
            self.pieces.append(said.get("alt") or "")
        self._break(tag)
        if tag == "blockquote" and not self._unseen:
            self.pieces.append(_QUOTE)
        if tag == "li":
            self.pieces.append("- ")
        self._pre = self._pre or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag == "a" and self._link:
            shown = "".join(self.pieces[self._link_from :]).strip()
            if self._link.startswith(("http:", "https:", "mailto:")) and shown not in self._link:
                self.pieces.append(f" ({self._link})")
            self._link = ""
        elif tag == "pre":
            self._pre = False
        elif tag == "blockquote" and not self._unseen:
            self.pieces.append(_END)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        self._say(data if self._pre else re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        """Beside each other spaces are one, and none begins a line."""
        if not self._pre and (not self.pieces or self.pieces[-1].endswith(("\n", " "))):
            text = text.lstrip(" ")
        if text:
            self.pieces.append(text)

    def _break(self, tag: str) -> None:
        if tag in _APART and not self._unseen:
            self.pieces.append("\n\n")
        elif tag in _BLOCKS and not self._unseen and self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")
