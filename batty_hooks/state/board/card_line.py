"""The first line of a card: `- [x] Title [depends:: t3] (engineer-1) ^t12`.

Owner and id are looked for at the end of the line only, where tags, dates and inline fields may stand between them,
so that words in a title never count; also with the blanks and brackets that keyboards make of them (Option and space
on a Mac, the wide ones of Chinese and Japanese input). Edits cut or insert one token and leave every other byte of the
line alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from batty_hooks.state.board import fields
from batty_hooks.system import late, printable
from batty_hooks.system.records import dataclass

# Formatters put a backslash before what might be Markdown: `\[blocked:: why\]`, `(agent\_1)`, `\^t1`.
_FIELD = late.pattern(r"\\?\[([A-Za-z][\w-]*)::[ \t]*([^\]]*?)\\?\]|\(([A-Za-z][\w-]*)::[ \t]*([^)]*)\)")
_REFERENCES = r"after[ \t]+\^[A-Za-z0-9-]+(?:(?:[ \t]*[,&][ \t]*|[ \t]+and[ \t]+)\^[A-Za-z0-9-]+)*"
_AFTER = late.pattern(rf"\({_REFERENCES}\)|(?<![\w-]){_REFERENCES}", re.IGNORECASE)
_ID = late.pattern(r"\\?\^([A-Za-z0-9-]+)")
# What Obsidian's plugins add at the end of a line: tags, links, dates (`@{2026-01-31}`, `✅ 2026-01-31`), repetitions.
_EMOJI = "[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+"
_ADDED = late.pattern(
    rf"(?:(?<=[ \t])|^)(?:#\S*|@?@(?:\{{[^}}]*\}}|\[\[[^\]]*\]\])|!?\[\[[^\]]*\]\]"
    rf"|{_EMOJI}(?:[ \t]*(?:\d{{4}}-\d\d-\d\d|every[ \t][\w \t]*|[\w,-]+))?)$"
)
_LINE = late.pattern(r"([ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$))(\[[^\]\r\n]\](?:[ \t]+|$))?(.*?)([ \t]*)$", re.DOTALL)
_LONE = late.pattern("[\udc80-\udcff]")
_BLANK = " \t\xa0\u202f\u3000"
_WIDE = ("\uff08", "\uff09")  # brackets, beside which nobody types a blank
_WRITTEN = ("id", fields.OWNER, "after", *fields.OURS)  # what we write ourselves
_MARKS = frozenset(fields.KEYS) - {fields.OWNER}  # (an owner stands elsewhere on the line as well)


@dataclass(frozen=True)
class Token:
    """A marked part of the line: ``kind`` is id, owner, after, or the key of a field."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Head:
    """The parts of a first line. ``lead`` is indentation and bullet, ``box`` the box with the blanks after it (""
    without one), ``text`` the rest up to the trailing blanks ``tail``; ``core`` is the text without what we write
    ourselves."""

    lead: str
    box: str
    text: str
    tail: str
    tokens: tuple[Token, ...]
    id: str
    owner: str
    depends: tuple[str, ...]
    blocked: str
    title: str
    core: str
    priority: str = ""
    marks: tuple[tuple[str, str], ...] = ()


def clean(text: str) -> str:
    """Text that can be printed: bytes that are no UTF-8 become U+FFFD, what steers a terminal is left out."""
    return printable.of(_LONE.sub("\ufffd", text))


def without_additions(title: str) -> str:
    """A title without the tags, links and dates that plugins have added at its end."""
    while added := _ADDED.search(title.rstrip(_BLANK)):
        title = title[: added.start()]
    return title.rstrip(_BLANK)


@lru_cache(maxsize=1 << 15)
def parse(line: str, members: frozenset[str]) -> Head:
    """The parts of a list item's first line (without its line ending).

    Kept: a board is parsed again after every edit, and merges parse three versions that differ in a few lines.
    """
    match = _LINE.match(line)
    if match is None:
        raise ValueError(f"no list item: {line!r}")
    lead, box, text, tail = match.groups("")
    tokens = _tokens(text, members)
    if not tokens:
        title = " ".join(clean(text).split())
        return Head(lead, box, text, tail, (), "", "", (), "", title, text)
    of = {token.kind: token for token in reversed(tokens)}
    written = [token for token in tokens if token.kind in _WRITTEN]
    return Head(
        lead, box, text, tail, tokens,
        of["id"].value if "id" in of else "",
        of["owner"].value if "owner" in of else "",
        _depends(tokens),
        clean(of["blocked"].value) if "blocked" in of else "",
        " ".join(clean(_without(text, tokens)).split()),
        _without(text, written),
        of["priority"].value.lower() if "priority" in of else "",
        tuple((token.kind, clean(token.value)) for token in tokens if token.kind in _MARKS),
    )  # fmt: skip


def with_box(line: str, box: str) -> str:
    """The line with its box set to ``box``, given one when it has none."""
    head = parse(line, frozenset())
    return f"{head.lead}[{box}]{head.box[3:] or ' '}{head.text}{head.tail}"


def with_owner(line: str, members: frozenset[str], owner: str) -> str:
    """The line with ` (owner)` before its id, or with no owner."""
    head = parse(line, members)
    if head.owner == owner:
        return line
    text = _without(head.text, [token for token in head.tokens if token.kind == "owner"])
    return _joined(head, _insert(text, members, f"({owner})", ("id",)) if owner else text)


def with_id(line: str, members: frozenset[str], id: str) -> str:
    """The line with ` ^id` at its end."""
    head = parse(line, members)
    return _joined(head, _insert(head.text, members, f"^{id}", ()))


def without_id(line: str, members: frozenset[str]) -> str:
    """The line without its id."""
    head = parse(line, members)
    return _joined(head, _without(head.text, [token for token in head.tokens if token.kind == "id"]))


def with_field(line: str, members: frozenset[str], key: str, value: str) -> str:
    """The line with ` [key:: value]` between title and owner; an empty value takes the field away."""
    head = parse(line, members)
    kinds = (key, "after") if key == "depends" else (key,)
    old = [token for token in head.tokens if token.kind in kinds]
    text = _without(head.text, old)
    return _joined(head, _insert(text, members, f"[{key}:: {value}]", ("owner", "id")) if value else text)


def with_core(line: str, members: frozenset[str], core: str) -> str:
    """The line with other words, keeping what we wrote on it: fields, owner, id."""
    head = parse(line, members)
    written = [token for token in head.tokens if token.kind in _WRITTEN]
    kept = [head.text[token.start : token.end] for token in sorted(written, key=lambda token: token.start)]
    return _joined(head, " ".join(filter(None, [core, *kept])))


def one_line(text: str) -> str:
    """Text that can stand inside a field: one line, no brackets."""
    return " ".join(text.split()).replace("[", "(").replace("]", ")")


def _tokens(text: str, members: frozenset[str]) -> tuple[Token, ...]:
    marked = list(_fields(text, members)) if "::" in text or "^" in text else []
    starts = {field.end: field for field in marked}
    found: dict[str, Token] = {}
    end = len(text)
    while end:
        field = starts.get(end)
        start = field.start if field else _word_start(text, end)
        token = None if field else _word(text[start:end], start, members)
        if token and token.kind in found:
            break
        if token:
            found[token.kind] = token
        elif not field:
            added = _ADDED.search(text, 0, end)
            if not added:
                break
            start = added.start()
        end = len(text[:start].rstrip(_BLANK))
    if "owner" in found:
        marked.sort(key=lambda field: field.kind == "owner")
    return (*found.values(), *marked)


def _word_start(text: str, end: int) -> int:
    """Where the last word of ``text`` begins, which ends at ``end``."""
    if text.isascii():
        return max(text.rfind(" ", 0, end), text.rfind("\t", 0, end)) + 1
    bracket = text.rfind(_WIDE[0], 0, end) if text[end - 1] == _WIDE[1] else -1
    return max(bracket, *(text.rfind(blank, 0, end) + 1 for blank in _BLANK))


def _word(word: str, start: int, members: frozenset[str]) -> Token | None:
    """The id or owner that one word at the end of a line is."""
    if word[0] == _WIDE[0] and word[-1] == _WIDE[1]:
        word = f"({word[1:-1]})"
    match = _ID.fullmatch(word)
    if match:
        return Token("id", match[1], start, start + len(word))
    if word[0] in "(@":
        bare = word[1:-1] if word[0] == "(" and word[-1] == ")" else word if word[0] == "@" else ""
        owner = _names(members).get(bare.removeprefix("@").replace("\\", "").casefold())
        return Token("owner", owner, start, start + len(word)) if owner else None
    return None


def _fields(text: str, members: frozenset[str]) -> list[Token]:
    found = []
    for match in _FIELD.finditer(text):
        key, value = (match[1] or match[3]).lower(), (match[2] or match[4] or "").strip()
        if key == "after":
            key = "depends"
        if key == "owner":
            value = _names(members).get(value.lstrip("@").casefold(), "")
            key = "owner" if value else "unknown-owner"
        found.append(Token(key, value, *match.span()))
    if "after" in text.lower():
        inside = [(field.start, field.end) for field in found]
        found += [
            Token("after", match[0], *match.span())
            for match in _AFTER.finditer(text)
            if not any(start <= match.start() < end for start, end in inside)
        ]
    return found


def _depends(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    found = []
    for token in tokens:
        if token.kind == "after":
            found += _ID.findall(token.value)
        elif token.kind == "depends":
            found += [word for word in re.findall(r"[A-Za-z0-9-]+", token.value) if word != "and"]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=16)
def _names(members: frozenset[str]) -> dict[str, str]:
    return {member.casefold(): member for member in members}


def _without(text: str, tokens: list[Token] | tuple[Token, ...]) -> str:
    for token in sorted(tokens, key=lambda token: token.start, reverse=True):
        text = text[: token.start].rstrip(_BLANK) + text[token.end :]
    return text.strip(_BLANK)


def _insert(text: str, members: frozenset[str], word: str, before: tuple[str, ...]) -> str:
    """``text`` with ``word`` in front of the first token of the kinds ``before`` at its end, or at the very end."""
    places = [token.start for token in _tokens(text, members) if token.kind in before]
    if not places:
        return f"{text} {word}".lstrip(_BLANK)
    at = min(places)
    return f"{text[:at].rstrip(_BLANK)} {word} {text[at:]}".lstrip(_BLANK)


def _joined(head: Head, text: str) -> str:
    return f"{head.lead}{head.box}{text}{head.tail}"
