"""The adapter of tests/tui/tui.py, as a user would write one: put into team_config/agents/tui.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from batty_hooks.agents.base import ASKING, GONE, LIMIT, READY, WORKING, Heard, Launch, Start

NAME = "tui"
PROGRAM = "python3"
PROGRAM_FILE = "tui.py"
INTERACTIVE = True
CLEAR = ("C-u", "BSpace")
MODES = ("work", "careful")
_STATES = {"idle": READY, "busy": WORKING, "waiting": ASKING}


def start(launch: Launch) -> Start:
    session = ("--session", launch.session) if launch.session else ()
    argv = (sys.executable, "-S", PROGRAM_FILE, str(launch.room), str(launch.hook), *session, *launch.args)
    return Start(argv, files={launch.room / "role.md": launch.prompt}, env={"TUI_MODE": launch.mode})


def heard(event: str, data: dict) -> Heard:
    session = str(data.get("session", ""))
    if event in ("session-start", "stop"):
        return Heard(READY, event, session=session)
    if event == "prompt":
        return Heard(WORKING, "a prompt", took=str(data["prompt"]), session=session, is_own="own" in data)
    if event == "permission":
        return Heard(ASKING, f"may it run {data['command']}?")
    if event == "limit":
        return Heard(LIMIT, "usage limit", until=float(data["until"]))
    return Heard({"answered": WORKING, "end": GONE}.get(event, ""), event)


def glance(room: Path, pid: int, session: str) -> Heard | None:
    try:
        said = json.loads((room / "status").read_text())
    except (OSError, ValueError):
        return None
    return Heard(_STATES.get(said["status"], ""), f"status {said['status']}") if said["pid"] == pid else None
