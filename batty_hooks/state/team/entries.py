"""Entries of a YAML mapping, changed in its text: everything else, comments too, stays as a person wrote it.

Whoever changes a text reads it again, and takes the change only if it then means what was wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batty_hooks.state.team import document
from batty_hooks.state.team.document import scalar

if TYPE_CHECKING:
    from yaml.nodes import Node

Change = tuple[int, int, str]  # what stands from the first place to the second is to be this


def find(node: Node | None, key: str) -> tuple[Node, Node] | None:
    """The nodes of a key and its value, if ``node`` is a mapping that has it."""
    if node is None or document.shape(node) != "mapping":
        return None
    return next(((name, value) for name, value in node.value if name.value == key), None)


def removal(text: str, node: Node | None, key: str) -> list[Change]:
    """What takes the entry ``key`` out of the mapping ``node``: its line with the comment behind it."""
    found = find(node, key)
    if node is None or found is None:
        return []
    start, end = found[0].start_mark.index, found[1].end_mark.index
    if not getattr(node, "flow_style", False):
        first = text.rfind("\n", 0, start) + 1
        if text[first:start].strip():  # the first of a list's item: `- name: x`
            return []
        line_end = text.find("\n", max(start, len(text[:end].rstrip())))
        return [(first, len(text) if line_end < 0 else line_end + 1, "")]
    after = text[end:]
    if after.lstrip().startswith(","):
        return [(start, end + after.index(",") + 1 + (after[after.index(",") + 1 :][:1] == " "), "")]
    before = text[:start].rstrip()
    return [(len(before) - 1 if before.endswith(",") else start, end, "")]


def replacement(entry: tuple[Node, Node], word: str) -> Change:
    """What puts one word in place of a value, be that a list with an item a line."""
    key, value = entry
    if document.shape(value) == "sequence" and not getattr(value, "flow_style", True):
        return key.end_mark.index, value.value[-1].end_mark.index, f": {word}"
    return value.start_mark.index, value.end_mark.index, word


def addition(text: str, node: Node, after: tuple[Node, Node], key: str, value: str) -> Change:
    """What puts an entry behind another one of the same mapping."""
    if getattr(node, "flow_style", False):
        end = after[1].end_mark.index
        return end, end, f", {key}: {scalar(value, True)}"
    newline = "\r\n" if "\r\n" in text else "\n"
    line_end = text.find("\n", after[1].end_mark.index)
    place = len(text) if line_end < 0 else line_end + 1
    lead = newline if line_end < 0 else ""
    return place, place, f"{lead}{' ' * after[0].start_mark.column}{key}: {scalar(value)}{newline}"


def changed(text: str, changes: list[Change]) -> str:
    """The text with all of them made."""
    for start, end, word in sorted(set(changes), reverse=True):
        text = text[:start] + word + text[end:]
    return text
