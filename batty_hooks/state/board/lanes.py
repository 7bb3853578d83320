"""Lanes by the names people give them."""

from __future__ import annotations

import re

TODO, PROGRESS, DONE = "todo", "in progress", "done"
_NAMES = {
    TODO: "todo todos todolist tobedone notstarted ready readyforwork",
    PROGRESS: "inprogress doing wip workinprogress ongoing underway inwork started active working",
    DONE: "done complete completed finished closed",
}
# Names that stand for a lane of ours only on a board that has no plainer one: beside a "Todo" lane, a "Backlog"
# holds what is not to be started yet.
_WEAK_NAMES = {
    TODO: "backlog next upnext open new planned queue queued pending tasks",
    PROGRESS: "current now",
    DONE: "landed merged shipped released",
}
_EXACT = {word: lane for lane, words in _NAMES.items() for word in words.split()}
_WEAK = {word: lane for lane, words in _WEAK_NAMES.items() for word in words.split()}
_LIMIT = re.compile(r"\s*[\[(]\s*(?:\d+\s*(?:[+]|/\s*\d+)?|completed)\s*[\])]\s*$", re.IGNORECASE)


def plain(title: str) -> str:
    """A lane's title without its limit ` (n)`, in lower case."""
    return _LIMIT.sub("", title).strip().lower()


def canonical(title: str) -> str:
    """The lane a title stands for, or "": case, spaces, emoji and a limit ` (n)` do not matter."""
    word = _word(title)
    return _EXACT.get(word) or _WEAK.get(word, "")


def names(titles: list[str]) -> list[str]:
    """The name of each lane of one board: todo, in progress, done, or its own title in lower case."""
    strong = {_EXACT.get(_word(title)) for title in titles}
    found = []
    for title in titles:
        word = _word(title)
        weak = _WEAK.get(word, "")
        found.append(_EXACT.get(word) or (weak if weak not in strong else "") or plain(title))
    return found


def heading(name: str, like: list[str]) -> str:
    """The title of a new lane, in the manner of the titles ``like`` that are there already."""
    shouting = all(title == title.upper() for title in like)
    return name.upper() if shouting else name.title()


def _word(title: str) -> str:
    return "".join(char for char in _LIMIT.sub("", title).casefold() if char.isalnum())
