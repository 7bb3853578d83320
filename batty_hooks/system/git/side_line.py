"""The commits of a landing: a line of merges beside the trunk, and the one merge that brings it in.

A dozen that land together would be a dozen processes, one after the other. So they are written as git writes them, and
git makes them only where a repository, a name or a signature asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.system import late
from batty_hooks.system.git import call, loose, objects

_Part = tuple[str, str, str]
# Git takes more than this out of a name, or from its ends.
_PLAIN = late.pattern(r"""(?=[^\0- .,:;<>"\\'])[^\0-\x1f<>]*(?<![\0- .,:;<>"\\'])\Z""")


def make(
    cwd: Path, base: str, parts: Sequence[_Part], closing: str, identity: tuple[str, str], signed: bool = False
) -> str:
    """Merge ``parts`` (of each its commit, the message of its merge and the tree it gives) one after the other: the
    last commit, which survives a power cut. Of several, that is one merge of them all into ``base``, with the message
    ``closing``. Raises GitError when a signature cannot be had."""
    made = None if signed else _written(cwd, base, parts, closing, identity)
    if made:
        return made
    side = base
    for commit, message, tree in parts:
        side = objects.commit(cwd, tree, [side, commit], message, identity, signed=signed)
    return objects.commit(cwd, tree, [base, side], closing, identity, signed=signed) if parts[1:] else side


def _written(cwd: Path, base: str, parts: Sequence[_Part], closing: str, identity: tuple[str, str]) -> str | None:
    """The same without a git; None where git is to be asked."""
    common, now = loose.common_directory(cwd), time.time()
    when, new = time.strftime(f"{int(now)} %z", time.localtime(now)), loose.Unwritten(base)
    if not all(map(_PLAIN.match, identity)) or any("\0" in text for _, text, _ in parts):
        return None
    try:
        if not loose.is_plain(common):
            return None
        made = [(base, "")]
        for commit, message, tree in parts:
            text = loose.body(tree, [made[-1][0], commit], message, identity, when)
            made.append((new.put(b"commit", text), tree))
        if parts[1:]:
            made.append((new.put(b"commit", loose.body(tree, [base, made[-1][0]], closing, identity, when)), tree))
        new.write(common / "objects", lasting=True)
    except (OSError, UnicodeEncodeError):  # git says what is wrong, in its words
        return None
    for commit, tree in made[1:]:
        call.remember("tree", commit, value=tree)
    return made[-1][0]
