"""Aider's adapter, on the files that a real one writes."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime
from pathlib import Path

from agents.recordings import after, launch
from scene import Scene, wait_for

from batty_hooks.agents import aider
from batty_hooks.agents.base import READY, WORKING, Start

HISTORY = "\n# 2026-11-25 13:45:40.000000\n+first\n\n# 2026-11-25 13:45:43.955062\n+Do it\n+\n+# last line\n"
AT = datetime(2026, 11, 25, 13, 45, 43, 955062).timestamp()


def write(start: Start) -> None:
    for path, text in start.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_its_files_lie_in_the_room_or_are_ignored(tmp_path: Path, scene: Scene) -> None:
    start = aider.start(launch(tmp_path / "room")._replace(worktree=scene.root))
    write(start)
    assert after(start, "--read") == [str(tmp_path / "room/aider/role.md")]
    assert "--restore-chat-history" not in start.argv
    assert scene.git("status", "--porcelain") == ""
    again = aider.start(launch(tmp_path, session=start.session))
    assert "--restore-chat-history" in again.argv


def test_it_says_ready_once_its_terminal_takes_single_keys(tmp_path: Path) -> None:
    """A pane of tmux with a program that goes into raw mode when it is told to."""
    room, told = tmp_path / "a room", tmp_path / "told"
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\necho "$@" >>"{told}"\n')
    hook.chmod(0o755)
    write(aider.start(launch(room)._replace(hook=hook, worktree=tmp_path / "worktree")))
    go = tmp_path / "go"
    script = f"""sh '{room}/aider/ready' $$ 1 '{hook}' </dev/null >/dev/null 2>&1 &
        until [ -e '{go}' ]; do sleep 0.1; done; stty raw; sleep 60"""
    tmux = ["tmux", "-L", f"aider-test-{os.getpid()}"]
    subprocess.run([*tmux, "-f", "/dev/null", "new-session", "-d", "sh", "-c", script], check=True)
    try:
        subprocess.run([*tmux, "run-shell", "sleep 2"], check=True)
        assert not told.exists()
        go.touch()
        wait_for(told.exists)
        assert told.read_text() == "ready\n" and (room / "aider/idle").exists()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def test_its_history_tells_which_prompt_it_took(tmp_path: Path) -> None:
    assert aider.glance(tmp_path, 1, "chat.md") is None
    (tmp_path / "aider").mkdir()
    (tmp_path / "aider/input.history").write_text(HISTORY)
    seen = aider.glance(tmp_path, 1, "chat.md")
    assert seen and (seen.state, seen.took, seen.at) == (WORKING, "Do it\n\n# last line", AT)
    (tmp_path / "aider/idle").touch()
    os.utime(tmp_path / "aider/idle", (AT + 2, AT + 2))
    seen = aider.glance(tmp_path, 1, "chat.md")
    assert seen and (seen.state, seen.took, seen.at) == (READY, "Do it\n\n# last line", AT + 2)


def test_its_events() -> None:
    assert aider.heard("ready", {}).state == READY
    assert aider.heard("anything", {}).state == ""
