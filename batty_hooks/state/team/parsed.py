"""`<common>/batty/team.json`: team.yaml as PyYAML has parsed it, for whoever reads the same text again.

Importing PyYAML is a tenth of what a short command costs, and parsing as much again. What is kept has the text beside
it, so it is never that of another one. Whoever makes moves keeps it; it means nothing after a power
cut. Without it (before `install`, say) the text is parsed.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batty_hooks import __version__
from batty_hooks.errors import FatalError
from batty_hooks.state.team import document
from batty_hooks.system import atomic

if TYPE_CHECKING:
    from yaml.nodes import Node

    from batty_hooks.state.team.model import Problem


class _Mark:
    def __init__(self, line: int) -> None:
        self.line = line


class _Node:
    """What `document` asks of a node of PyYAML's."""

    def __init__(self, id: str, tag: str, line: int, value: Any) -> None:
        self.id, self.tag, self.start_mark, self.value = id, tag, _Mark(line), value


def file(common: Path) -> Path:
    """Where it is kept, in the directory that a repository's worktrees have in common."""
    return common / "batty" / "team.json"


def compose(raw: bytes, problems: list[Problem], kept: Path) -> Node | None:
    """What `document.compose` gives, from the file ``kept`` where that is of the same text."""
    found = _of(kept, raw)
    if found:
        with contextlib.suppress(ValueError, TypeError):  # (something else has written it)
            root: Node = _node(json.loads(found))
            return root
    return document.compose(raw, problems)


def keep(kept: Path, source: Path) -> None:
    """Keep in the file ``kept`` what the team file ``source`` says, if that is YAML and there is room for it."""
    with contextlib.suppress(OSError, FatalError, RecursionError):  # (an alias may lead into itself)
        raw = source.read_bytes()
        root = None if _of(kept, raw) else document.compose(raw, [])
        if root is not None:
            head = f"{__version__}\n{json.dumps(_facts(root))}\n".encode()
            atomic.write(kept, head + raw, lasting=False)


def _of(kept: Path, raw: bytes) -> bytes:
    """The nodes that are kept of a text; none when they are those of another, or of another version."""
    with contextlib.suppress(OSError):
        version, _, rest = kept.read_bytes().partition(b"\n")
        root, _, text = rest.partition(b"\n")
        return root if version == __version__.encode() and text == raw else b""
    return b""


def _facts(node: Node) -> list[Any]:
    """A node as JSON has it."""
    value = node.value
    if document.shape(node) == "mapping":
        value = [[_facts(key), _facts(of_it)] for key, of_it in value]
    elif document.shape(node) == "sequence":
        value = [_facts(item) for item in value]
    return [document.shape(node), node.tag, node.start_mark.line, value]


def _node(facts: list[Any]) -> Any:
    id, tag, line, value = facts
    if id == "mapping":
        value = [(_node(key), _node(of_it)) for key, of_it in value]
    elif id == "sequence":
        value = [_node(item) for item in value]
    return _Node(id, tag, line, value)
