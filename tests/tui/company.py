"""A team of tui.py in tmux, for stories: started by `batty-hooks start`, looked at by tmux and files, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scene import Scene, wait_for

from batty_hooks.state import deliveries, panes, watcher
from batty_hooks.state.project import Project, find

HERE = Path(__file__).parent
ROLE = "  - {{name: {name}, role_type: {type}, agent: {agent}, instances: {number}{more}}}"


class Company:
    """The team of one scene."""

    def __init__(self, scene: Scene, size: tuple[int, int] = (240, 60)) -> None:
        self.scene = scene
        self.size = size

    @property
    def project(self) -> Project:
        return find(self.scene.root)

    @property
    def socket(self) -> str:
        return panes.socket(self.project)

    def hire(self, *roles: tuple[str, str, int], gate: str = "sh check.sh", **more: str) -> Company:
        """Write team.yaml with those (name, role type, instances), all of them tui.py, and their adapter."""
        self.scene.install()
        self.adapter()
        lines = [f"trunk: {self.scene.trunk}", "gate:", f"  command: {json.dumps(gate)}"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        lines.append("roles:")
        lines += [ROLE.format(name=n, type=kind, agent="tui", number=number, more="") for n, kind, number in roles]
        self.project.team_file.write_text("\n".join(lines) + "\n")
        return self

    def adapter(self) -> None:
        """The user's own adapter, one file."""
        self.project.adapters.mkdir(parents=True, exist_ok=True)
        text = (HERE / "adapter.py").read_text().replace('"tui.py"', repr(str(HERE / "tui.py")))
        (self.project.adapters / "tui.py").write_text(text)

    def start(self, *arguments: str, code: int = 0, env: dict[str, str] | None = None) -> str:
        size = {"COLUMNS": str(self.size[0]), "LINES": str(self.size[1])}
        return self.scene.run("start", *arguments, code=code, env={**size, **(env or {})})

    def ready(self, *members: str) -> None:
        for member in members:
            self.wait(lambda member=member: self.state(member) == "ready")

    def watcher(self) -> int:
        """The process of its watcher, which may come up after its members."""
        self.wait(lambda: watcher.alive(self.project))
        return watcher.alive(self.project) or 0

    def close(self) -> None:
        """End everything, whatever the story has left behind."""
        known = panes.listed(self.project)
        self.tmux("kill-server", check=False)
        for pane in known:
            if pane.pid and pane.alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pane.pid, signal.SIGKILL)

    # --- looking -------------------------------------------------------------------------------------------

    def tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["tmux", "-L", self.socket, *arguments], capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"tmux {arguments}: {done.stderr}"
        return done.stdout.rstrip("\n")

    def pane(self, member: str) -> panes.Pane:
        found = panes.of(self.project, member)
        assert found, f"{member} has no pane"
        return found

    def screen(self, member: str) -> str:
        return self.tmux("capture-pane", "-p", "-t", self.pane(member).id)

    def room(self, member: str) -> Path:
        return self.project.member_directory(member)

    def state(self, member: str) -> str:
        return str(self.told(member).get("state", ""))

    def told(self, member: str) -> dict[str, Any]:
        path = self.room(member) / "state.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def taken(self, member: str) -> list[str]:
        """The prompts an agent has taken, as it got them."""
        path = self.room(member) / "settings" / "taken.jsonl"
        return [json.loads(line)["prompt"] for line in path.read_text().splitlines()] if path.exists() else []

    def sessions(self, member: str) -> list[str]:
        """The session of each prompt."""
        path = self.room(member) / "settings" / "taken.jsonl"
        return [json.loads(line)["session"] for line in path.read_text().splitlines()] if path.exists() else []

    def approved(self, member: str) -> bool:
        return (self.room(member) / "settings" / "approved").exists()

    def unread(self, member: str) -> list[str]:
        return self.scene.messages(member, "new")

    def sent(self, member: str) -> deliveries.Sent | None:
        """What was pasted to an agent, and it has not confirmed."""
        return deliveries.of(self.project, member)

    def keys(self, member: str, *keys: str) -> None:
        """What a person types in a pane."""
        self.tmux("send-keys", "-t", self.pane(member).id, *keys)

    def wait(self, what: Callable[[], object], seconds: float = 180.0) -> None:
        try:
            wait_for(what, seconds, pause=0.05)
        except AssertionError as error:
            windows = self.tmux("list-panes", "-a", "-F", "#{pane_id}", check=False).split()
            seen = "\n".join(f"--- {id}\n{self.tmux('capture-pane', '-p', '-t', id, check=False)}" for id in windows)
            known = "\n".join(f"{path}: {path.read_text()}" for path in self.scene.root.glob(".batty/members/*/*.json"))
            raise AssertionError(f"{error}\n{self.scene.log()}\n{known}\n{seen}") from None
