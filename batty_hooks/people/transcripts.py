"""What a CLI has kept of a session, as lines that a person reads: who said what.

The forms differ and change; what is common to them is looked for: a line of JSON with somewhere in it a role or type,
and a text. What is no JSON (Aider's chat, a command's log) is shown as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

_ROLES = ("role", "type", "sender", "author")
_DEEPEST = 6
_LONGEST = 4000


def readable(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a transcript for people; one of JSON without any words in it is passed over."""
    for line in lines:
        if not line.lstrip().startswith("{"):
            yield line.rstrip("\n")
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        said = "\n".join(dict.fromkeys(_words(entry, 0))).strip()
        if said and isinstance(entry, dict):
            yield f"{_when(entry)}{_who(entry)}: {said[:_LONGEST]}{' …' if said[_LONGEST:] else ''}\n"


def _words(entry: Any, depth: int) -> Iterator[str]:
    """The texts within an entry: what stands under `text` or `content`, or what a tool was called with."""
    if depth > _DEEPEST:
        return
    if isinstance(entry, list):
        for one in entry:
            yield from _words(one, depth + 1)
    elif isinstance(entry, dict):
        for key, value in entry.items():
            if isinstance(value, str) and key in ("text", "content", "command", "last_agent_message"):
                yield value
            elif isinstance(value, (dict, list)) and key not in ("usage", "tokens", "toolUseResult"):
                yield from _words(value, depth + 1)


def _who(entry: dict[str, Any]) -> str:
    for part in (entry.get("message"), entry.get("payload"), entry):
        if isinstance(part, dict) and (found := next((part[key] for key in _ROLES if key in part), "")):
            return str(found)
    return "?"


def _when(entry: dict[str, Any]) -> str:
    at = entry.get("timestamp")
    return f"{at[11:19]} " if isinstance(at, str) and len(at) > 18 else ""
