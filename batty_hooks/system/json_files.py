"""Small files with one JSON object each. Each look reads some hundred of them: words for places, not Path objects, and
one call for the whole file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_MOST = 1 << 20  # bytes; what is larger is none of ours


def read(path: str | Path) -> dict[str, Any] | None:
    """What a file says; None where there is none, where it may not be read, and where it holds no JSON object."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        raw = os.read(file, _MOST)
    except OSError:  # a directory
        return None
    finally:
        os.close(file)
    try:
        data = json.loads(raw.decode("utf-8", "replace"))
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
