"""The one door to libtmux and tmux."""

from __future__ import annotations

import re
import shutil


def version() -> tuple[int, ...] | None:
    """tmux's version as numbers, or None when tmux is not installed."""
    if not shutil.which("tmux"):
        return None
    from libtmux.common import get_version

    return tuple(int(part) for part in re.findall(r"\d+", str(get_version())))
