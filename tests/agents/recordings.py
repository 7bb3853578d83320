"""What the real CLIs told their hooks, recorded with a scripted model, and a launch to start them with."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

from batty_hooks.agents.base import Heard, Launch, Start

HERE = Path(__file__).parent / "recorded"
REPOSITORY = Path("/projects/my project")
HOOK = Path("/projects/my project/.batty/members/engineer-1/agent-state")


def launch(room: Path, **more: object) -> Launch:
    """A launch of engineer-1; ``more`` are fields of it."""
    worktree = REPOSITORY / ".batty/worktrees/engineer-1"
    fields = {"prompt": "You are engineer-1.", "writable": (REPOSITORY / ".batty",), **more}
    return Launch("engineer-1", worktree, REPOSITORY, REPOSITORY / ".git", room, HOOK, **fields)  # type: ignore[arg-type]


def told(agent: ModuleType) -> list[tuple[str, Heard]]:
    """Each recorded event of a CLI with what its adapter makes of it."""
    lines = json.loads((HERE / f"{agent.NAME}.json").read_text())
    return [(line["event"], agent.heard(line["event"], line["data"])) for line in lines]


def states(agent: ModuleType) -> list[str]:
    """The states that the recording says, one after the other, where they change."""
    found: list[str] = []
    for _, heard in told(agent):
        if heard.state and found[-1:] != [heard.state]:
            found.append(heard.state)
    return found


def after(start: Start, flag: str) -> list[str]:
    """The arguments that follow each occurrence of a flag."""
    return [start.argv[index + 1] for index, word in enumerate(start.argv) if word == flag]
