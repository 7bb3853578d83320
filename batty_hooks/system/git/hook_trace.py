"""What became of the pre-push hook in a push, as git writes it down itself (its trace2).

While a hook runs, git keeps its line to the server open; some servers end one on which nothing is said for minutes, and
git then ends without a word of what the hook had said.
"""

from __future__ import annotations

import json
from pathlib import Path

VARIABLE = "GIT_TRACE2_EVENT"
_HOOK = '"pre-push"'


def let_through(trace: Path) -> bool:
    """Whether the hook was run by the push that wrote ``trace``, and had nothing against it."""
    try:
        with trace.open(encoding="utf-8", errors="replace") as lines:
            return _let_through([line for line in lines if "child_exit" in line or _HOOK in line])
    except OSError:
        return False


def _let_through(lines: list[str]) -> bool:
    begun: dict[tuple[str, int], bool] = {}  # (a git that the hook starts writes there too, under a name of its own)
    for line in lines:
        try:
            event = json.loads(line)
            which = str(event["sid"]), int(event["child_id"])
            if event["event"] == "child_start" and event.get("hook_name") == "pre-push":
                begun[which] = False
            elif event["event"] == "child_exit" and which in begun:
                begun[which] = event["code"] == 0
        except (ValueError, KeyError, TypeError):
            continue
    return bool(begun) and all(begun.values())
