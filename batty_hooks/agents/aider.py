"""Aider. Flags only; its files lie in our room. It commits each edit by itself, and its model has no shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from batty_hooks.agents.base import READY, WORKING, Heard, Launch, Start

NAME = "aider"
PROGRAM = "aider"
INTERACTIVE = True
SHELL = False
# It asks in the pane and tells nobody: a message would be the answer. So it never asks.
MODES = ("unattended",)

# What is pasted before the prompt is up is taken line by line, each as a prompt of its own. It is up when the terminal
# hands over single keys; while the load file is read it does so too.
_READY = """\
#!/bin/sh
# Says that Aider, process $1, takes input.
sleep 1
terminal=/dev/$(ps -o tty= -p "$1" | tr -d ' ')
until stty -a <"$terminal" | grep -q -e -icanon; do
    kill -0 "$1" || exit
    sleep 0.2
done
sleep 0.3
exec {hook} ready
"""
_MAP = ".aider.tags.cache.v4"
_QUIET = (
    "--no-check-update --no-show-release-notes --no-show-model-warnings --no-gitignore --no-detect-urls "
    "--no-suggest-shell-commands --no-analytics --yes-always --notifications"
)


def start(launch: Launch) -> Start:
    """Its session is its chat file; it has no other name."""
    room = launch.room / "aider"
    hook = shlex.quote(str(launch.hook))
    argv = [PROGRAM, *_QUIET.split(), "--load", str(room / "load.txt")]
    for flag, name in (("--chat-history-file", "chat.md"), ("--input-history-file", "input.history")):
        argv += [flag, str(room / name)]
    # The time of the last turn's end, which `glance` compares with that of the last prompt.
    argv += ["--notifications-command", f"touch {shlex.quote(str(room / 'idle'))}; {hook} idle </dev/null"]
    # (`/test` adds nothing to the chat when it passes.)
    says = f"/test sh {shlex.quote(str(room / 'ready'))} $PPID </dev/null >/dev/null 2>&1 &\n"
    files = {room / "load.txt": says, room / "ready": _READY.format(hook=hook)}
    # Its map of the repository stands in the worktree, and would count as work left uncommitted.
    files[launch.worktree / _MAP / ".gitignore"] = "*\n"
    if launch.prompt:
        argv += ["--read", str(room / "role.md")]
        files[room / "role.md"] = launch.prompt
    argv += ["--restore-chat-history"] if launch.session else []
    argv += ["--model", launch.model] if launch.model else []
    return Start((*argv, *launch.args), files=files, session="chat.md")


def heard(event: str, data: Mapping[str, Any]) -> Heard:
    """It says when it waits for input, and nothing else."""
    return Heard(READY, "waits for input") if event in ("ready", "idle") else Heard()


def glance(room: Path, pid: int, session: str) -> Heard | None:
    """Its input history has the prompts it took; one that came after the end of the last turn is being worked on."""
    try:
        entries = (room / "aider" / "input.history").read_text("utf-8", "replace").split("\n# ")
        stamp, *lines = entries[-1].removeprefix("# ").splitlines()
        at = datetime.fromisoformat(stamp.strip()).timestamp()
    except (OSError, ValueError):
        return None
    took = "\n".join(line.removeprefix("+") for line in lines if line.startswith("+"))
    try:
        idle = (room / "aider" / "idle").stat().st_mtime
    except OSError:
        idle = 0.0
    if at > idle:
        return Heard(WORKING, "took a prompt", took, at=at)
    return Heard(READY, "waits for input", took, at=idle)
