"""What `.batty/` begins with, and what stands where something of it belongs: a file for a directory, a link to nothing.

A directory that cannot be made stops every command, with the line that moves away what is there. Files are made when
they are first written, in the middle of a move: that one stands in their place is said before (`install`, `init`), and
by `doctor` and `status`. So is what belongs to another user since somebody typed a command with sudo: nothing is made
any more then, and each step fails at another file.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import atomic, group

IGNORE = """\
# Everything here is state of this machine, but the team and its prompts.
*
!.gitignore
!team_config/
!team_config/**
"""


def make(directories: Iterable[Path], common: Path) -> None:
    """Make those directories that are not there; the group's, where a group shares the repository."""
    for directory in directories:
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            group.give(directory, common)


def in_the_way(directories: Iterable[Path], files: Iterable[Path], and_then: str = "") -> Iterator[FatalError]:
    """What stands in the place of those directories and files, each with the command that moves it away; ``and_then``
    is typed after that."""
    for is_directory, places in ((True, directories), (False, files)):
        for place in places:
            try:
                atomic.require_kind(place, is_directory, and_then)
            except FatalError as error:
                yield error


def of_others(batty: Path, common: Path) -> tuple[str, str] | None:
    """What of ours and of git's belongs to another user and cannot be written, and what mends that; None where all
    can."""
    mine = os.geteuid()
    shut = [entry for entry in _written(batty, common) if not os.access(entry, os.W_OK)]
    found = [entry for entry in shut if entry.stat(follow_symlinks=False).st_uid != mine]
    if not found:
        return None
    owner, me = (_user(uid) for uid in (found[0].stat(follow_symlinks=False).st_uid, mine))
    more = f" (and {len(found) - 1} more)" if found[1:] else ""
    what = f"{found[0].path} belongs to {owner}{more}, so {me} cannot write it: a command was typed as {owner} here"
    if group.is_shared(common):
        what = f"{found[0].path}{more} may be written by {owner} alone, so {me} cannot, though a group shares this"
        return what, group.mend(common, batty, common)
    return what, f"sudo chown -R {me} {shlex.quote(str(batty))} {shlex.quote(str(common))}"


def _written(batty: Path, common: Path) -> Iterator[os.DirEntry[str]]:
    """The directories in which something is made, and the files that are written where they are."""
    for entry in _in(batty):
        if entry.name.endswith((".lock", ".jsonl")) or entry.is_dir():
            yield entry
    for member in _in(batty / "inboxes"):
        yield from _in(Path(member))
    # (What git keeps of a worktree that somebody else has made is his own, also where a group shares the rest.)
    own = () if group.is_shared(common) else (common / "worktrees",)
    for directory in (batty / "members", common, common / "objects", common / "refs", *own):
        yield from (entry for entry in _in(directory) if entry.is_dir())


def _in(directory: Path) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(directory) as found:
        return sorted(found, key=lambda entry: entry.name)
    return []


def _user(uid: int) -> str:
    import pwd

    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)
