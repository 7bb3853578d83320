"""Whoever reads what is printed."""

from __future__ import annotations

import contextlib
import select
import sys


def is_there() -> bool:
    """False when the reader of a pipe has ended (`| head -1`) or the terminal is gone: who prints seldom would learn it
    with the next line only."""
    asked = select.poll()
    with contextlib.suppress(OSError, ValueError):
        asked.register(sys.stdout.fileno(), 0)
        return not any(found & (select.POLLERR | select.POLLHUP) for _, found in asked.poll(0))
    return True
