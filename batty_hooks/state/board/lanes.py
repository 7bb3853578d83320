"""Lanes by the names people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from batty_hooks.system import late

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
_OFTEN = "todo inprogress doing done completed finished"
_EXACT = {word: lane for lane, words in _NAMES.items() for word in words.split()}
_WEAK = {word: lane for lane, words in _WEAK_NAMES.items() for word in words.split()}
_LIMIT = late.pattern(r"\s*[\[(]\s*(?:\d+\s*(?:[+]|/\s*\d+)?|completed)\s*[\])]\s*$", re.IGNORECASE)


class Names(frozenset[str]):
    """Who may own a card of a board, and how its lanes are called: ``lanes`` has the titles a team has given to todo,
    in progress or done, which count beside the usual ones. ``roles`` are names that mean several, and are no mistake in
    an owner's place."""

    lanes: Mapping[str, str]
    roles: frozenset[str]

    def __new__(cls, members: Iterable[str] = (), lanes: Mapping[str, str] | None = None,
                roles: Iterable[str] = ()) -> Names:  # fmt: skip
        self = super().__new__(cls, members)
        self.lanes, self.roles = dict(lanes or {}), frozenset(map(str.casefold, roles))
        return self


def titles_in(names: Iterable[str]) -> Mapping[str, str]:
    """The titles that lanes were given, where ``names`` knows any."""
    return names.lanes if isinstance(names, Names) else {}


def roles_in(names: Iterable[str]) -> frozenset[str]:
    """The names of roles, in lower case, where ``names`` knows any."""
    return names.roles if isinstance(names, Names) else frozenset()


def known(names: Iterable[str]) -> tuple[object, ...]:
    """All that a board is read by: the same for names that mean the same."""
    return frozenset(names), tuple(sorted(titles_in(names).items())), roles_in(names)


def plain(title: str) -> str:
    """A lane's title without its limit ` (n)`, in lower case."""
    return _LIMIT.sub("", _composed(title)).strip().lower()


def canonical(title: str, given: Mapping[str, str] | None = None) -> str:
    """The lane that somebody means by a title, or "": case, spaces, emoji and a limit ` (n)` do not matter."""
    word = _word(title)
    return _given(word, given or {}) or _EXACT.get(word) or _WEAK.get(word, "")


def names(titles: list[str], given: Mapping[str, str] | None = None) -> list[str]:
    """The name of each lane of one board: todo, in progress, done, or its own title in lower case."""
    given = given or {}
    words = [_word(title) for title in titles]
    strong = [_given(word, given) or _EXACT.get(word, "") for word in words]
    weak = [_WEAK.get(word, "") for word in words]
    return [
        sure or (maybe if maybe not in strong else "") or plain(title)
        for title, sure, maybe in zip(titles, strong, weak, strict=True)
    ]


def nearest(title: str, given: Mapping[str, str], cutoff: float, most_more: int) -> str:
    """The name of a lane that ``title`` misses by a little: by at most that many letters more or less, and a likeness
    above ``cutoff``; "" when it is far from all."""
    import difflib

    word = _word(title)
    known = {_word(name): name for name in given.values()} | {
        name: given.get(_EXACT[name], _EXACT[name].upper()) for name in _OFTEN.split()
    }
    near = [name for name in known if abs(len(name) - len(word)) <= most_more]
    found = difflib.get_close_matches(word, near, 1, cutoff) or [name for name in near if sorted(name) == sorted(word)]
    return known[found[0]] if found else ""


def _given(word: str, given: Mapping[str, str]) -> str:
    return next((lane for lane, title in given.items() if word and _word(title) == word), "")


def heading(name: str, like: list[str], given: Mapping[str, str] | None = None) -> str:
    """The title of a new lane: the one it was ``given``, or in the manner of the titles ``like`` that are there
    already."""
    if given and name in given:
        return given[name]
    shouting = all(title == title.upper() for title in like)
    return name.upper() if shouting else name.title()


def _word(title: str) -> str:
    bare = _LIMIT.sub("", _composed(title)).casefold()
    return "".join(char for char in bare if char.isalnum()) or bare.strip()  # (a title may be an emoji alone)


def _composed(title: str) -> str:
    """Letters as one character each: `é` may be an `e` and an accent behind it, as in what a Mac has pasted."""
    if title.isascii():
        return title
    from unicodedata import normalize

    return normalize("NFC", title)
