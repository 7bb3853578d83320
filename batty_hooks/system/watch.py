"""The one door to watchfiles: a generator that says "look now", and says it too often rather than never.

What was measured of watchfiles decides this module: it falls silent without an error when a watched root
is replaced, when inotify's queue overflows and at the watch limit, and raises on a non-UTF-8 name. So events
are hints only; every two seconds there is a look without one, and on any doubt the watcher is begun anew.

The state of what is watched is taken before a look, never after it. What comes between a look and the start of
listening is then a difference that the next look without a hint (two seconds) finds; taken afterwards, it would be
swallowed.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from batty_hooks.system import late

# watchfiles asks its own queue at each step, and tells of a change when a step has brought no other. A short step tells
# it within 40 ms and wakes the processor 40 times a second; so it is short only while something goes on, and the first
# change after a quiet time is told within a third of a second.
_STEP_MS, _QUIET_STEP_MS = 25, 150
_QUIET_SECONDS = 10.0
_DEBOUNCE_MS = 50
_SAFETY_LOOK_MS = 2000


def looks(directories: Sequence[Path], stop: threading.Event) -> Iterator[set[str]]:
    """Yield whenever something may have changed in ``directories`` (not below them), until ``stop``: it ends two
    seconds after that at the latest.

    Yields the changed paths, or an empty set for a safety look. Returns (ends) when the directories are no
    longer the ones that were watched; the caller lists them again and calls again.
    """
    rust = late.part("watchfiles", "_rust_notify")  # (`watchfiles.watch` has one step for all its time)
    there = [str(directory) for directory in directories if directory.is_dir()]
    before = _identities(there)
    changed_at = time.monotonic()
    try:
        with rust.RustNotify(there, False, False, 0, False, False) as watcher:
            while not stop.is_set():
                step = step_ms(time.monotonic() - changed_at)
                # (An event to stop by would be asked at each step: that is half of what an idle watcher costs.)
                found = watcher.watch(_DEBOUNCE_MS, step, _SAFETY_LOOK_MS, None)
                if stop.is_set():
                    return
                changes = set() if isinstance(found, str) else {path for _, path in found}
                changed_at = time.monotonic() if changes else changed_at
                yield changes
                if _identities(directories) != before:
                    return
    except (OSError, RuntimeError, UnicodeError):
        if not stop.wait(0.2):
            yield set()


def step_ms(quiet_seconds: float) -> int:
    """How often watchfiles looks into its queue when nothing has changed for so long."""
    return _STEP_MS if quiet_seconds < _QUIET_SECONDS else _QUIET_STEP_MS


def snapshot(places: Iterable[Path]) -> list[tuple[int, int, int]]:
    """A cheap word for the state of files and directories: differs when a name in one of them has changed."""
    found = []
    for place in places:
        with contextlib.suppress(OSError):
            status = place.stat()
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return found


def _identities(directories: Iterable[Path | str]) -> list[tuple[int, int]]:
    found = []
    for directory in directories:
        try:
            status = os.stat(directory)
        except OSError:
            continue
        found.append((status.st_dev, status.st_ino))
    return found
