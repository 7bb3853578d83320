"""What `.batty/` begins with, and what stands where something of it belongs: a file for a directory, a link to nothing.

A directory that cannot be made stops every command, with the line that moves away what is there. Files are made when
they are first written, in the middle of a move: that one stands in their place is said before (`install`, `init`), and
by `doctor` and `status`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import atomic

IGNORE = """\
# Everything here is state of this machine, but the team and its prompts.
*
!.gitignore
!team_config/
!team_config/**
"""


def in_the_way(directories: Iterable[Path], files: Iterable[Path], and_then: str = "") -> Iterator[FatalError]:
    """What stands in the place of those directories and files, each with the command that moves it away; ``and_then``
    is typed after that."""
    for is_directory, places in ((True, directories), (False, files)):
        for place in places:
            try:
                atomic.require_kind(place, is_directory, and_then)
            except FatalError as error:
                yield error
