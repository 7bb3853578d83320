"""Commits that are only a help to think with, written as git writes them but without a git: a line of thirty offers
needs as many, one after the other, and each would be a process.

Where a repository asks for more than a plain file (a shared one, another form of objects), git does it itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.system import atomic, late
from batty_hooks.system.git import call, config
from batty_hooks.system.git.refs import ZERO

_LONG = len("tree ") + 40  # a first line that is longer names an object of SHA-256
_DATE = late.pattern(r"@(\d+ [+-]\d{4})\Z")
_FOR_GIT = late.pattern(rb"sharedrepository|compatobjectformat|objectstorage|partialclone", re.IGNORECASE)


def commit(
    cwd: Path, tree: str, parents: Sequence[str], message: str, identity: tuple[str, str], date: str
) -> str | None:
    """Make a commit object that need not survive a power cut: the same one that `git commit-tree` makes. None where git
    is to be asked: then nothing was written."""
    when, common = _DATE.match(date), common_directory(cwd)
    try:
        if when is None or "\0" in message or not is_plain(common):
            return None
        return _written(common / "objects", b"commit", body(tree, parents, message, identity, when[1]))
    except (OSError, UnicodeEncodeError):
        return None


def body(tree: str, parents: Sequence[str], message: str, identity: tuple[str, str], when: str) -> bytes:
    """What a commit object holds; ``when`` is seconds since the epoch and a zone. Raises UnicodeEncodeError."""
    who = f"{identity[0]} <{identity[1]}> {when}"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
    return "\n".join([*lines, "", message]).encode()


def is_plain(common: Path) -> bool:
    """Whether an object of that repository is a plain file, which anybody who may write there can write."""
    return not _FOR_GIT.search((common / "config").read_bytes())


def commit_in(objects: Path, tree: str, parents: Sequence[str]) -> str:
    """Make a commit of nobody's and of no time in a directory of objects that is thrown away; the same again is the
    same object."""
    who = "nobody <nobody@localhost> 0 +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}", "", ""]
    objects.mkdir(parents=True, exist_ok=True)
    return _written(objects, b"commit", "\n".join(lines).encode())


def is_in(objects: Path, oid: str) -> bool:
    """Whether an object lies in such a directory."""
    return (objects / oid[:2] / oid[2:]).exists()


def _written(objects: Path, kind: bytes, body: bytes) -> str:
    """Put an object into the repository: its id."""
    data = b"%b %d\0%b" % (kind, len(body), body)
    oid = (hashlib.sha256 if len(body.split(b"\n", 1)[0]) > _LONG else hashlib.sha1)(data).hexdigest()
    path = objects / oid[:2] / oid[2:]
    if _holds(path, data):
        os.utime(path)  # as git does: what is needed now is not what the next `gc` takes
        return oid
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f"tmp_obj_{os.getpid()}_{os.urandom(4).hex()}")  # git's own name: `prune` knows it
    with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, 0o444)) as file:
        file.write(zlib.compress(data, 1))
    os.rename(temporary, path)
    return oid


def _holds(path: Path, data: bytes) -> bool:
    """Whether the object is there, and whole: a power cut may have left its name alone."""
    try:
        return zlib.decompress(path.read_bytes()) == data
    except (FileNotFoundError, zlib.error):
        return False


class Unwritten:
    """Objects of one repository, whose ids are as long as that one of its; written together."""

    def __init__(self, like: str) -> None:
        self._hash = hashlib.sha256 if len(like) > len(ZERO) else hashlib.sha1
        self._found: dict[str, bytes] = {}

    def put(self, kind: bytes, body: bytes) -> str:
        """One more: its id."""
        data = b"%b %d\0%b" % (kind, len(body), body)
        oid = self._hash(data).hexdigest()
        self._found[oid] = data
        return oid

    def write(self, objects: Path, lasting: bool = False) -> None:
        """Write them, over any that are there (one of the same name may be damaged), to survive a power cut: now
        (``lasting``: one fsync, of the last) or from the next fsync on. Raises OSError."""
        for number, (oid, data) in enumerate(self._found.items(), 1):
            place, packed = objects / oid[:2], zlib.compress(data, 1)
            new, sync = place / f"tmp_obj_{os.getpid()}_{os.urandom(4).hex()}", lasting and number == len(self._found)
            try:
                temporary(new, packed, lasting=sync)
            except FileNotFoundError:
                place.mkdir(exist_ok=True)
                temporary(new, packed, lasting=sync)
            os.rename(new, place / oid[2:])


def temporary(path: Path, data: bytes, mode: int = 0o444, lasting: bool = True) -> None:
    """Write a new file (`tmp_obj_…` in a directory of objects is a name by which git's `prune` knows what is left
    over). ``lasting``: it is synced; else handed to the disk, so that the next fsync of whatever makes it last. Raises
    OSError; then there is none."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        (os.fsync if lasting else atomic.hand_over)(fd)
    except OSError:
        os.unlink(path)
        raise
    finally:
        os.close(fd)


def common_directory(cwd: Path) -> Path:
    """The git directory that has the objects."""
    known = call.remember("common", str(cwd))
    if known is None:
        dot_git = cwd / ".git"
        known = str(dot_git if dot_git.is_dir() else config.common_directory(cwd) or cwd)
        call.remember("common", str(cwd), value=known)
    return Path(known)
