"""A repository that several users share (`git init --shared=group`): git's directories there may be written by their
group, and what is made in them is the group's (setgid). What we make beside git is the group's as well, whatever umask
somebody has; so is what git and agents make in worktrees, for the umask is handed on to whatever is started."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
from pathlib import Path

_SHARED = stat.S_ISGID | stat.S_IWGRP
_OF_GROUP = stat.S_IRWXG


def is_shared(common: Path) -> bool:
    """Whether the git directory is shared by a group."""
    with contextlib.suppress(OSError):
        return os.stat(common).st_mode & _SHARED == _SHARED
    return False


def join(common: Path) -> None:
    """From here on what this process makes, and what it starts, may be written by the group of a shared repository."""
    if is_shared(common):
        os.umask(os.umask(0o077) & ~_OF_GROUP)


def give(directory: Path, common: Path) -> None:
    """Make a directory of ours the group's, as git's is; what is made in it is, then. Only its owner can, and need."""
    if not is_shared(common):
        return
    status, group = os.stat(directory), os.stat(common).st_gid
    if status.st_uid == os.geteuid() and (status.st_mode & _SHARED != _SHARED or status.st_gid != group):
        with contextlib.suppress(OSError):
            os.chown(directory, -1, group)
            os.chmod(directory, stat.S_IMODE(status.st_mode) | _SHARED | _OF_GROUP)


def mend(common: Path, *directories: Path) -> str:
    """The command that makes all in these directories the group's."""
    import grp

    group: str | int = os.stat(common).st_gid
    with contextlib.suppress(KeyError):
        group = grp.getgrgid(int(group)).gr_name
    places = " ".join(shlex.quote(str(directory)) for directory in directories)
    rights = f"sudo chgrp -R {group} {places} && sudo chmod -R g+rwX {places}"
    return f"{rights} && sudo find {places} -type d -exec chmod g+s {{}} +"
