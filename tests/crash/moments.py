"""What lies below a directory at several moments of a work, each brought back as often as it is wanted.

A file that did not change between two moments is neither copied nor written again: beside one copy of the whole, the
moments of a move cost as much as the files that it writes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

from scene import own_copy

# Temporary files, free locks, and objects, which nobody reads before a ref names them.
UNREAD = re.compile(r"(^|/)(\.tmp-|objects/|batty-(clashes|merging)/)|^\.batty/[^/]*\.lock$")
_symlink = os.symlink  # (what counts the calls of a work does not count ours)
Facts = tuple[int, ...]
Moment = dict[str, Facts]  # what was below the directory, by its path from there


class Moments:
    """The moments of what is below ``root``; the files of each are kept in ``kept``, by their facts."""

    def __init__(self, root: Path, kept: Path) -> None:
        self.root, self.kept = str(root), str(kept)
        kept.mkdir()
        own_copy(root, kept / "begin")
        self.begin = dict(_below(self.root))
        self.same: dict[tuple[str, Facts], Facts] = {}  # of what was brought back: the facts of what it is a copy of

    def now(self, is_kept: bool = True) -> Moment:
        """What is there now; kept, so that it can be brought back."""
        found = self._there()
        for path in [path for path in found if is_kept and self._is_new(path, found[path])]:
            try:
                self._copy(f"{self.root}/{path}", self._kept(path, found[path]))
            except FileNotFoundError:  # (a program is at work there)
                del found[path]
        return found

    def read(self) -> dict[str, bytes]:
        """All that somebody reads there: the content of each file."""
        found = {}
        for path, facts in _below(self.root):
            if not S_ISDIR(facts[1]) and not UNREAD.search(path):
                place = f"{self.root}/{path}"
                found[path] = os.fsencode(os.readlink(place)) if S_ISLNK(facts[1]) else Path(place).read_bytes()
        return found

    def bring_back(self, moment: Moment) -> None:
        """Make what is below ``root`` what it was at ``moment``, and leave what is so already."""
        there = self._there()
        for path in sorted(there, reverse=True):  # (what is in a directory before itself)
            if not _is_same(there[path], moment.get(path)):
                _remove(f"{self.root}/{path}")
        for path in sorted(moment):
            if not _is_same(moment[path], there.get(path)):
                self._bring_back(path, moment[path])
        for path in sorted(moment, reverse=True):
            if S_ISDIR(moment[path][1]):
                os.utime(f"{self.root}/{path}", ns=(moment[path][3],) * 2)

    def _bring_back(self, path: str, facts: Facts) -> None:
        target = f"{self.root}/{path}"
        if S_ISDIR(facts[1]):
            os.mkdir(target, facts[1] & 0o7777)
        else:
            self._copy(self._kept(path, facts), target)
            self.same[path, _facts(os.lstat(target))] = facts

    def _there(self) -> Moment:
        return {path: self.same.get((path, facts), facts) for path, facts in _below(self.root)}

    def _is_new(self, path: str, facts: Facts) -> bool:
        return not S_ISDIR(facts[1]) and not os.path.lexists(self._kept(path, facts))

    def _kept(self, path: str, facts: Facts) -> str:
        if self.begin.get(path) == facts:
            return f"{self.kept}/begin/{path}"
        return f"{self.kept}/{'-'.join(map(str, facts))}"

    def _copy(self, source: str, target: str) -> None:
        if os.path.islink(source):
            _symlink(os.readlink(source), target)
        else:
            shutil.copy2(source, target)


def _below(root: str) -> Iterator[tuple[str, Facts]]:
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            path = os.path.join(directory, name)
            with contextlib.suppress(FileNotFoundError):  # (a program is at work there)
                of = os.lstat(path)
                if S_ISREG(of.st_mode) or S_ISDIR(of.st_mode) or S_ISLNK(of.st_mode):
                    yield path[len(root) + 1 :], _facts(of)


def _facts(of: os.stat_result) -> Facts:
    return (of.st_ino, of.st_mode, of.st_size, of.st_mtime_ns, of.st_ctime_ns)


def _is_same(one: Facts, other: Facts | None) -> bool:
    """Of a directory it counts that it is there: what is in it has facts of its own."""
    return one == other or bool(other and S_ISDIR(one[1]) and one[1] == other[1])


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        os.rmdir(path)
    else:
        os.unlink(path)
