"""`--since` and `--at`: a time as people say it."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.rules import budgets

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def moment(said: str, option: str = "--since") -> float:
    """Seconds since the epoch of `2h` (ago), `3d`, `today` or `yesterday` (its beginning), `10:40` (the last time it
    was that), a date or a time of ISO 8601, `@1764489600`; 0 of "". Raises FatalError for anything else."""
    word = said.strip().lower()
    if not word:
        return 0.0
    if found := re.fullmatch(r"(\d+(?:\.\d+)?) ?([smhdw])", word):
        return max(0.0, time.time() - float(found[1]) * _UNITS[found[2]])
    if word in ("today", "yesterday"):
        return budgets.midnight(time.time(), -1 if word == "yesterday" else 0)
    if found := re.fullmatch(r"@(\d+(?:\.\d+)?)", word):
        return float(found[1])
    if found := re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", word):
        return _clock(int(found[1]), int(found[2]), int(found[3] or 0))
    try:
        return max(0.0, datetime.fromisoformat(word.upper().replace("Z", "+00:00")).timestamp())
    except (ValueError, OverflowError):
        raise _no_time(option, said) from None


def _clock(hour: int, minute: int, second: int) -> float:
    """The last time that a clock showed that."""
    now = datetime.now()
    try:
        then = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise _no_time("the clock", f"{hour}:{minute:02}") from None
    return (then if then <= now else then - timedelta(days=1)).timestamp()


def _no_time(option: str, said: str) -> FatalError:
    mend = "write 2h, 3d, 10:40, today, yesterday or a date: 2026-01-31"
    return FatalError(f"{option} {said!r} is no time", mend, USAGE)
