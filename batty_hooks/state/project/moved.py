"""`.batty/place`: where the project lay when it was looked at last; found elsewhere, it was moved or copied.

git writes whole paths into a worktree and into what the repository knows of it. After a move they lead nowhere; in a
copy they lead to the original, where every command of the copy would then work. So whatever command comes first leads
them back to this project, before anything else is done. A copy also forgets the processes that its files name: they are
the original's.

One directory may have two names at once: it is mounted a second time, or a container sees it elsewhere. Each command
leads the worktrees to where it is typed, then; but not while a watcher is at work in another place, whose agents would
have them lead nowhere.
"""

from __future__ import annotations

import errno
import os
import shlex
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.system import atomic, lock

_WATCHER_SECONDS, _POLL_SECONDS = 5.0, 0.1  # until a watcher has seen that its project was moved


def settle(place: Path, root: Path, common: Path, worktrees: Path, processes: Callable[[], Iterable[Path]],
           watched: Path) -> None:  # fmt: skip
    """Make a project that was moved or copied to ``root`` one of its own; costs one read where it lies as before.

    ``place`` is the file that says where it lay; ``processes`` lists the files that name living processes; ``watched``
    is the flock of its watcher. Killed anywhere, it is made again: what says that it is done is written last. Raises
    FatalError while a watcher is at work in it, in another place.
    """
    here = os.path.realpath(root)
    before = _read(place)
    old = before[0] if before else here
    if before and os.path.realpath(old) == here:
        return
    copied = old != here and _is_original(Path(old), place.relative_to(root)) and not os.path.samefile(old, here)
    if old != here and not copied:
        _require_nobody_at_work(old, watched)
    if copied:
        for file in processes():
            atomic.remove(file)
    from batty_hooks.system.git import links

    news = f"{'copied' if copied else 'moved'} from {old}\n" if old != here else ""
    try:
        links.lead_back(common, worktrees)
        atomic.write(place, f"{here}\n{news}".encode("utf-8", "surrogateescape"))
    except (FatalError, OSError) as error:
        if errno.EROFS not in (getattr(error, "errno", 0), getattr(error.__cause__, "errno", 0)):
            raise  # (what is mounted read-only elsewhere, a snapshot say, can be looked at all the same)


def news(place: Path) -> str:
    """What has not been told yet: "moved from …", "copied from …", or ""."""
    return "".join(_read(place)[1:2])


def told(place: Path) -> None:
    """Forget the news."""
    known = _read(place)
    atomic.write(place, f"{known[0]}\n".encode("utf-8", "surrogateescape"))


def _require_nobody_at_work(old: str, watched: Path) -> None:
    limit = time.monotonic() + _WATCHER_SECONDS
    while not lock.is_free(watched):
        if time.monotonic() > limit:
            what = f"a watcher is at work in this project as {old}, which is another name of this directory"
            raise FatalError(what, f"type it in {shlex.quote(old)}, or end the watcher there", TRY_AGAIN)
        time.sleep(_POLL_SECONDS)


def _is_original(old: Path, place: Path) -> bool:
    """Whether there is still a project at ``old`` that takes itself for this one."""
    return _read(old / place)[:1] == [str(old)]


def _read(place: Path) -> list[str]:
    try:
        return place.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
