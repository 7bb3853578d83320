"""Small files with one JSON object each. Each look reads some hundred of them: words for places, not Path
objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from batty_hooks.system import regular


def read(path: str | Path) -> dict[str, Any] | None:
    """What a file says; None where there is none, where it may not be read, and where it holds no JSON object."""
    try:
        data = json.loads(regular.read(path)[0].decode("utf-8", "replace"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None
