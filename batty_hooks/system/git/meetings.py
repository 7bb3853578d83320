"""What branches in hand would make of each other: each is merged with the trunk first, then the results in pairs.

Chained through the trunk, because what two branches both have from there, or both still have otherwise than it, is no
clash of theirs: of naive pairs two in thirteen were real. All is made in memory, with objects in a ``room`` of their
own; the board counts for nothing (``board`` is its name).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.system import directories
from batty_hooks.system.git import call, diff, loose, merging, objects, uncommitted
from batty_hooks.system.records import dataclass

_KEPT_SECONDS = 86400.0


@dataclass(frozen=True)
class Side:
    """One branch in hand merged with the trunk: the commit that is, the paths it changes there, and which of these it
    makes anew or takes away."""

    commit: str
    paths: frozenset[str]
    new: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


def with_uncommitted(room: Path, worktree: Path, head: str) -> str:
    """The commit of a worktree's branch with what is in no commit yet on top; ``head`` where there is nothing of that
    kind, or where it cannot be had now. Asked again, git is only asked when something was saved meanwhile."""
    with contextlib.suppress(call.GitError):
        found = uncommitted.changed(worktree)
        if not found:
            return head
        key = ("uncommitted", str(worktree), head, *(f"{path} {stamp}" for path, stamp in found))
        known = call.remember(*key)
        if known is None or (known != head and not loose.is_in(room, known)):
            tree = uncommitted.tree(worktree, [path for path, _ in found], room)
            known = loose.commit_in(room, tree, [head]) if tree else head
            call.remember(*key, value=known)
        return known
    return head


def sides(cwd: Path, room: Path, tip: str, commits: Sequence[str], board: str) -> dict[str, Side]:
    """Each commit merged with the trunk at ``tip``, but for those that conflict with it as they are."""
    merged = merging.merge_pairs(cwd, [(tip, commit) for commit in commits], tip, room)
    base = objects.tree_of(cwd, tip)
    trees = {
        commit: merge.tree
        for commit, merge in zip(commits, merged, strict=True)
        if merge and set(merge.conflicts) <= {board}
    }
    changes = _changes(cwd, room, base, list(trees.values()))
    return {commit: _side(room, [tip, commit], tree, changes[tree], board) for commit, tree in trees.items()}


def _side(room: Path, parents: list[str], tree: str, changes: str, board: str) -> Side:
    kinds = {path: kind for kind, _, path in (one.partition(" ") for one in changes.split("\0") if one)}
    kinds.pop(board, None)
    return Side(
        loose.commit_in(room, tree, parents),
        frozenset(kinds),
        frozenset(path for path, kind in kinds.items() if kind == "A"),
        frozenset(path for path, kind in kinds.items() if kind == "D"),
    )


def conflicts(cwd: Path, room: Path, tip: str, pairs: Sequence[tuple[Side, Side]], board: str) -> list[tuple[str, ...]]:
    """The paths in conflict of each pair."""
    asked = [(one.commit, other.commit) for one, other in pairs]
    found = merging.merge_pairs(cwd, asked, tip, room)
    return [tuple(path for path in merge.conflicts if path != board) if merge else () for merge in found]


def is_known(room: Path, tip: str, pair: tuple[Side, Side]) -> bool:
    """Whether this process has merged them before."""
    return call.remember("pair", str(room), pair[0].commit, pair[1].commit, tip) is not None


def may_conflict(one: Side, other: Side) -> bool:
    """Whether two sides can be in conflict at all: they change the same path, one has a file where the other has a
    directory, or one adds to a directory that the other may have moved."""
    return bool(one.paths & other.paths) or _reaches_into(one, other) or _reaches_into(other, one)


def _reaches_into(one: Side, other: Side) -> bool:
    above = {parent for path in one.new for parent in _directories(path)}
    left = {parent for path in other.gone for parent in _directories(path)}
    return bool(above & other.paths) or bool(left and other.new and above & left)


def _directories(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _changes(cwd: Path, room: Path, base: str, trees: Sequence[str]) -> dict[str, str]:
    """What each tree changes of the trunk's, `A path` with NUL between them: remembered by the trees."""
    env = {"GIT_OBJECT_DIRECTORY": str(room), **merging.beside(loose.common_directory(cwd))}
    asked = [tree for tree in dict.fromkeys(trees) if call.remember("apart", base, tree) is None]
    for tree, raw in zip(asked, diff.of_each(cwd, [(base, tree) for tree in asked], [], env), strict=False):
        found = "\0".join(f"{facts.rpartition(' ')[2]} {path}" for path, facts in raw.items())
        call.remember("apart", base, tree, value=found)
    return {tree: call.remember("apart", base, tree) or "" for tree in trees}


def room_of_today(place: Path) -> Path:
    """The directory for today's objects in ``place``; yesterday's goes, or it would grow for ever."""
    today = place / str(int(time.time() // _KEPT_SECONDS))
    if not today.is_dir():
        for old in place.glob("*"):
            directories.remove(old)
        (today / "pack").mkdir(parents=True, exist_ok=True)
        call.forget()
    return today
