"""Small files with one JSON object each. Each look reads some hundred of them: words for places, not Path objects."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

from batty_hooks.system import regular

_NONE_THERE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.ELOOP, errno.ENAMETOOLONG}


def read(path: str | Path) -> dict[str, Any] | None:
    """What a file says; None where there is none, and where it holds no JSON object. Raises OSError where it may not,
    or cannot, be read: who takes that for "nothing is there" stands still and does not say so."""
    try:
        data = json.loads(regular.read(path)[0].decode("utf-8", "replace"))
    except OSError as error:
        if error.errno in _NONE_THERE:
            return None
        raise
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
