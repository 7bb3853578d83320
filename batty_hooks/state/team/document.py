"""YAML with line numbers: the one door to PyYAML.

The text is parsed once, to nodes. Values are taken as they are written, not as YAML 1.1 sees them: there `on:` is the
key True, `guard: off` is False, the branch `1.0` a float and the command `true` a bool.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from batty_hooks.errors import FatalError
from batty_hooks.state.team.model import Problem
from batty_hooks.system.records import dataclass, field

if TYPE_CHECKING:
    from yaml.nodes import Node

NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_KINDS = {"scalar": "one word", "sequence": "a list", "mapping": "a group of `key: value` lines"}
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass
class Table:
    """One YAML mapping, asked key by key. Every mistake goes to ``problems``, and the default is given instead."""

    problems: list[Problem]
    where: str = ""
    start: int = 1
    entries: dict[str, tuple[int, Node]] = field(default_factory=dict)

    def line(self, key: str) -> int:
        """The line of ``key``, or where the mapping begins when it is not there."""
        return self.entries[key][0] if key in self.entries else self.start

    def report(self, key: str, what: str, mend: str) -> None:
        """Note a mistake on the line of ``key``."""
        self.problems.append(Problem(self.line(key), f"{self._called()}{what}", mend))

    def text(self, key: str) -> str | None:
        """One word or line, as written; None when missing or empty."""
        node = self._node(key, "scalar", f"write `{key}:` and one value")
        return str(node.value).strip() or None if node else None

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        """One of a few words."""
        word = self.text(key)
        if word is None or word in allowed:
            return word or default
        self.report(key, f"{key} cannot be {word!r}", suggest(word, allowed))
        return default

    def count(self, key: str, default: int, least: int, also: str = "") -> int:
        """A whole number that is at least ``least``; a mistake says what ``also`` may stand there."""
        word = self.text(key)
        if word is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", word) and int(word) >= least:
            return int(word)
        self.report(key, f"{key} is {word!r}", f"it must be a whole number, {least} or more{also}")
        return default

    def seconds(self, key: str, default: float) -> float:
        """A time: a number of seconds, or "90s", "10m", "1.5h", "2d"."""
        word = self.text(key)
        if word is None:
            return default
        if (found := _time(word)) is not None:
            return found
        self.report(key, f"{key} is {word!r}, which is no time", "write seconds (600), or 90s, 10m, 2h")
        return default

    def kept(self, key: str, default: float) -> float:
        """For how many seconds something is kept: "on", "off" (0), or a time."""
        word = (self.text(key) or "on").lower()
        if word in _FLAGS:
            return default if _FLAGS[word] else 0.0
        if (found := _time(word)) is not None:
            return found
        self.report(key, f"{key} cannot be {word!r}", "write `off`, or how long it is kept: 12h, 30d")
        return default

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        word = self.text(key)
        if word is None:
            return default
        if word.lower() not in _FLAGS:
            self.report(key, f"{key} is {word!r}", "it must be true or false")
        return _FLAGS.get(word.lower(), default)

    def words(self, key: str, lone: bool = True) -> tuple[str, ...]:
        """A list of words; with ``lone`` a single word is a list of one."""
        mend = f"write a list: `{key}: [one, two]`"
        node = self._node(key, ("sequence", "scalar") if lone else "sequence", mend)
        if node is None:
            return ()
        items = node.value if shape(node) == "sequence" else [node]
        if any(shape(item) != "scalar" or item.tag == NULL for item in items):
            self.report(key, f"{key} holds something that is no word", mend)
            return ()
        return tuple(str(item.value) for item in items)

    def pairs(self, key: str) -> dict[str, str]:
        """`NAME: value` lines."""
        table = self.table(key)
        return {name: table.text(name) or "" for name in table.entries}

    def table(self, key: str, known: Iterable[str] | None = None) -> Table:
        """The mapping below ``key``; an empty one when there is none."""
        node = self._node(key, "mapping", f"write `{key}:` and below it, indented, `key: value` lines")
        where = f"{self.where} {key}".strip()
        return read_table(node, self.problems, where, known) if node else Table(self.problems, where, self.line(key))

    def nodes(self, key: str) -> list[Node]:
        """The items of the list below ``key``."""
        node = self._node(key, "sequence", f"write `{key}:` and below it items that begin with `- `")
        return list(node.value) if node else []

    def _node(self, key: str, kinds: str | tuple[str, ...], mend: str) -> Node | None:
        if key not in self.entries or self.entries[key][1].tag == NULL:
            return None
        node = self.entries[key][1]
        allowed = (kinds,) if isinstance(kinds, str) else kinds
        if shape(node) in allowed:
            return node
        self.report(key, f"{key} is {_KINDS[shape(node)]}, not {_KINDS[allowed[0]]}", mend)
        return None

    def _called(self) -> str:
        return f"{self.where}: " if self.where else ""


def _time(word: str) -> float | None:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([smhd]?)", word)
    return float(found[1]) * _UNITS[found[2]] if found and float(found[1]) > 0 else None


def shape(node: Node) -> str:
    """What a node is: "scalar", "sequence" or "mapping"."""
    return str(getattr(node, "id", ""))


def compose(raw: bytes, problems: list[Problem]) -> Node | None:
    """The root node of a YAML text; None when it is empty or no YAML (then ``problems`` says why)."""
    import yaml

    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):  # PyYAML would read it, and nobody else here
        problems.append(Problem(1, "the file is UTF-16", "save the file as plain UTF-8 text"))
        return None
    raw = raw.removeprefix(codecs.BOM_UTF8)  # (or the places of the nodes are not those of `text_of`)
    try:
        node: Node | None = yaml.compose(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return None if node is None or node.tag == NULL else node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = error.problem or error.context or "something is wrong"
        problems.append(Problem(line, f"column {column}: this is no YAML: {what}", _mend_syntax(raw, line)))
    except (yaml.YAMLError, UnicodeError) as error:
        what = " ".join(str(error).split())
        problems.append(Problem(1, f"this is no YAML: {what}", "save the file as plain UTF-8 text"))
    return None


def text_of(raw: bytes) -> str:
    """The text in which the nodes of `compose` have their places. Raises FatalError when it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FatalError("team.yaml is not UTF-8", "save the file as plain UTF-8 text") from error


def _mend_syntax(raw: bytes, line: int) -> str:
    text = b"".join(raw.split(b"\n")[line - 1 : line])
    if b"\t" in text[: len(text) - len(text.lstrip())]:
        return "indent with spaces; YAML takes no tabs"
    return "look at this line and the one above: indentation, a missing colon, an open quote or bracket"


def read_table(node: Node, problems: list[Problem], where: str = "", known: Iterable[str] | None = None) -> Table:
    """A mapping node as a Table; duplicate keys, and keys that are not ``known``, are problems."""
    table = Table(problems, where, node.start_mark.line + 1)
    merged: list[Node] = []
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.tag == _MERGE:
            merged += value.value if shape(value) == "sequence" else [value]
        elif shape(key) != "scalar":
            problems.append(Problem(line, f"{table._called()}a key that is no word", "write `key: value`"))
        elif key.value in table.entries:
            first = table.line(key.value)
            what = f"{table._called()}{key.value} is here twice"
            problems.append(Problem(line, what, f"keep one of them; the first is on line {first}"))
        else:
            table.entries[key.value] = (line, value)
    for other in merged:  # `<<: *anchor`: what is not said here is taken from there
        if shape(other) == "mapping" and other is not node:
            for key, value in other.value:
                table.entries.setdefault(str(key.value), (key.start_mark.line + 1, value))
    if known is not None:
        _report_unknown(table, list(known))
    return table


def _report_unknown(table: Table, known: list[str]) -> None:
    for key in [key for key in table.entries if key not in known]:
        table.report(key, f"there is no key {key!r} here", suggest(key, known))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like ``word``, if one does."""
    import difflib

    return next(iter(difflib.get_close_matches(word.lower(), sorted(set(known)), 1)), None)


def suggest(word: str, known: Iterable[str], otherwise: str = "use") -> str:
    """The nearest right word as a question, or all of them."""
    words = sorted(set(known))
    close = nearest(word, words)
    return f"did you mean {close!r}?" if close else f"{otherwise} one of: {', '.join(words)}"


def scalar(value: str, quoted: bool = False) -> str:
    """A YAML scalar; a JSON string is one, and no plain word of ours is mistaken for a comment or a key."""
    plain = not quoted and re.fullmatch(r"[A-Za-z_./][A-Za-z0-9_./ =+-]*", value) and value == value.strip()
    return value if plain and value.lower() != "null" else json.dumps(value, ensure_ascii=False)
