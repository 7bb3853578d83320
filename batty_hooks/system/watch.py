"""The one door to watchfiles: a generator that says "look now", and says it too often rather than never.

What was measured of watchfiles decides this module: it falls silent without an error when a watched root
is replaced, when inotify's queue overflows and at the watch limit, and raises on a non-UTF-8 name. So events
are hints only; every two seconds there is a look without one, and on any doubt the watcher is begun anew.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_STEP_MS = 25  # 40 ms until a change is told; with 10 ms it is 15, and an idle watcher costs twice as much
_DEBOUNCE_MS = 50
_SAFETY_LOOK_MS = 2000


def looks(directories: Sequence[Path], stop: threading.Event) -> Iterator[set[str]]:
    """Yield whenever something may have changed in ``directories`` (not below them), until ``stop``: it ends two
    seconds after that at the latest.

    Yields the changed paths, or an empty set for a safety look. Returns (ends) when the directories are no
    longer the ones that were watched; the caller lists them again and calls again.
    """
    import watchfiles

    there = [directory for directory in directories if directory.is_dir()]
    before = _identities(there)
    try:
        for changes in watchfiles.watch(
            *there,
            watch_filter=None,
            recursive=False,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_SAFETY_LOOK_MS,
            yield_on_timeout=True,
            # (An event to stop by would be asked at each step: that is half of what an idle watcher costs.)
            raise_interrupt=True,
        ):
            if stop.is_set():
                return
            yield {path for _, path in changes}
            if _identities(directories) != before:
                return
    except (OSError, RuntimeError, UnicodeError):
        if not stop.wait(0.2):
            yield set()


def signature(places: Iterable[Path]) -> list[tuple[int, int, int]]:
    """A cheap word for the state of files and directories: differs when a name in one of them has changed."""
    found = []
    for place in places:
        with contextlib.suppress(OSError):
            status = place.stat()
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return found


def _identities(directories: Sequence[Path]) -> list[tuple[int, int]]:
    found = []
    for directory in directories:
        try:
            status = os.stat(directory)
        except OSError:
            continue
        found.append((status.st_dev, status.st_ino))
    return found
