"""The keys of items: what `ripe` found of a move's work, so that `take` makes just that and the engine knows it again.

One shape for all: words with colons between them, in this order, what a move does not need left out:

    what is to be done : whose it is : which one (a card, a commit, a message) : since when

An offer's key, a batch's and a need's are words as well, and stand alone where a move is about nothing else. Any text
may be a word: what a name, a title or a path may contain is never taken for the end of one. Only here is a key put
together or taken apart.
"""

from __future__ import annotations


def join(*words: str) -> str:
    """The key of those words; of a single one without a colon or a percent sign it is that word."""
    return ":".join(word.replace("%", "%25").replace(":", "%3A") for word in words)


def split(key: str) -> list[str]:
    """The words of a key that `join` has made."""
    return [word.replace("%3A", ":").replace("%25", "%") for word in key.split(":")]
