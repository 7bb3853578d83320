"""`--since`: a time as people say it."""

from __future__ import annotations

import re
import time
from datetime import datetime

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.rules import budgets

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def moment(said: str) -> float:
    """Seconds since the epoch of `2h`, `3d`, `today` or `yesterday` (its beginning), a date or a time of ISO 8601; 0 of
    "". Raises FatalError for anything else."""
    word = said.strip().lower()
    if not word:
        return 0.0
    if found := re.fullmatch(r"(\d+(?:\.\d+)?) ?([smhdw])", word):
        return max(0.0, time.time() - float(found[1]) * _UNITS[found[2]])
    if word in ("today", "yesterday"):
        return budgets.midnight(time.time(), -1 if word == "yesterday" else 0)
    try:
        return max(0.0, datetime.fromisoformat(word.upper().replace("Z", "+00:00")).timestamp())
    except (ValueError, OverflowError):
        mend = "write 2h, 3d, today, yesterday or a date: 2026-01-31"
        raise FatalError(f"--since {said!r} is no time", mend, USAGE) from None
