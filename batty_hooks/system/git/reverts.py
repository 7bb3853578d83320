"""Which commits later ones take back: `git revert` says so in its message, and so do the buttons of forges.

By the message and not by the trees: a card that cleans up what another brought has not taken it back. A revert may be
taken back itself, any number of times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from batty_hooks.system import late
from batty_hooks.system.git import call

_NAMED = late.pattern(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
_GREP = ("-E", "--grep=^This reverts commit [0-9a-f]{7,}")


def standing(cwd: Path, tip: str, since: str) -> dict[str, str]:
    """What the commits of ``tip`` that ``since`` has not take back (ids, or beginnings) and nothing brings back, each
    with the commit that does; whole ids are given, for the answer is remembered."""
    known = call.remember("reverts", str(cwd), tip, since)
    if known is None:
        said = call.text("log", "-z", *_GREP, "--format=%H%n%B", tip, f"^{since}", "--", cwd=cwd)
        reverts = {one[: one.find("\n")]: _NAMED.findall(one) for one in said.split("\0") if one}
        known = " ".join(f"{name}:{by}" for name, by in undone(reverts).items())
        call.remember("reverts", str(cwd), tip, since, value=known)
    return {name: by for name, _, by in (pair.partition(":") for pair in known.split())}


def undone(reverts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What those reverts (what each takes back) leave taken back, and by which: by one that is not so itself."""

    def stands(commit: str, above: frozenset[str]) -> bool:
        """(A message that names its own commit, or a later one, is of no git's making: it counts for nothing.)"""
        return not any(
            commit.startswith(name) and by not in above and stands(by, above | {by})
            for by, names in reverts.items() for name in names
        )  # fmt: skip

    return {name: by for by, names in reverts.items() if stands(by, frozenset({by})) for name in names}


def brought(cwd: Path, landing: str) -> list[str]:
    """The commits a landing brought to the trunk, but for merges."""
    known = call.remember("brought", landing)
    if known is None:
        known = call.text("rev-list", "--no-merges", landing, f"^{landing}^1", "--", cwd=cwd)
        call.remember("brought", landing, value=known)
    return known.split()
