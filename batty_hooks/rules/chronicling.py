"""What the commit of the team's history says: the events since the one before it in words, and who caused them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from batty_hooks.state.history import Events

_GIST = 70
_NAMES = ("card", "label", "member", "branch")


def since(events: Sequence[Mapping[str, Any]], last: int, human: str) -> Events:
    """What is to be kept of these ``events``, oldest first, when ``last`` was kept before; what no event says was the
    ``human``'s doing (a save of the board, say)."""
    seq = max((_seq(event) for event in events), default=0)
    new = [event for event in events if _seq(event) > last or 0 < seq < last]  # (a log that was deleted begins anew)
    if not new:
        return Events(b"", last, last, human, "")
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in new)
    body = "\n".join(f"{event.get('ts', '')} {_words(event)}{_rest(event)}" for event in new)
    author = next((str(who) for event in new for who in (event.get("by"), event.get("member")) if who), human)
    return Events(lines.encode("utf-8", "replace"), _seq(new[0]), _seq(new[-1]), author, f"{_gist(new)}\n\n{body}")


def _seq(event: Mapping[str, Any]) -> int:
    number = event.get("seq", 0)
    return number if isinstance(number, int) else 0


def _gist(events: Iterable[Mapping[str, Any]]) -> str:
    """The first line: as many of the events as it holds."""
    said = list(dict.fromkeys(map(_words, events)))
    shown = said[:1]
    for words in said[1:]:
        if len("; ".join([*shown, words])) > _GIST:
            return f"{'; '.join(shown)} and {len(said) - len(shown)} more"
        shown.append(words)
    return "; ".join(shown)


def _words(event: Mapping[str, Any]) -> str:
    about = next((str(event[name]) for name in _NAMES if event.get(name)), "")
    return " ".join(f"{about} {event.get('event', '')}".split())


def _rest(event: Mapping[str, Any]) -> str:
    member = event.get("member")
    about = next((event[name] for name in _NAMES if event.get(name)), "")
    text = " ".join(str(event[name]) for name in ("title", "text") if event.get(name))
    return f"{f' ({member})' if member and member != about else ''}{f': {text}' if text else ''}".replace("\n", " ")
