"""A team with a manager and two engineers, and an engineer's work, for stories about somebody's word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scene import Scene

MANAGER = {"BATTY_MEMBER": "manager"}
ROLES = """\
roles:
  - {name: manager, role_type: manager, agent: claude, talks_to: [engineer]}
  - {name: engineer, role_type: engineer, agent: AGENT, instances: 2, talks_to: [manager]COMMAND}
"""


def team(scene: Scene, mode: str = "review", command: str = "", **gate: Any) -> None:
    """Write team.yaml: ``mode`` is merge.mode, ``command`` what the engineers run by themselves ("": nothing)."""
    settings = {"command": "sh check.sh", "on": "done", **gate}
    roles = ROLES.replace("AGENT", "command" if command else "claude")
    roles = roles.replace("COMMAND", f", command: {json.dumps(command)}" if command else "")
    text = f"trunk: {scene.trunk}\ngate: {json.dumps(settings)}\nmerge: {{mode: {mode}}}\n{roles}"
    (scene.root / ".batty/team_config/team.yaml").write_text(text)


def managed(scene: Scene, mode: str = "review", command: str = "", **gate: Any) -> None:
    """Install batty-hooks with such a team, its worktrees made."""
    scene.install()
    team(scene, mode, command, **gate)
    scene.step()


def card(scene: Scene, files: dict[str, str], title: str = "Add two") -> Path:
    """A card that engineer-1 has, with one commit on its branch; gives his worktree."""
    scene.cards(f"- [ ] {title} (engineer-1)")
    scene.step()
    place = scene.worktree("engineer-1")
    scene.commit(place, files)
    return place


def reported(scene: Scene, files: dict[str, str] | None = None, title: str = "Add two") -> Path:
    """The same, reported done and tested."""
    place = card(scene, files or {"numbers/two": "2\n"}, title)
    scene.run("done", cwd=place)
    scene.step()
    return place


def waiting(scene: Scene) -> None:
    """Such a team with one card, that has passed and waits for somebody's word."""
    managed(scene)
    reported(scene)


def text_of(scene: Scene, member: str, id: str) -> str:
    """The one message of that id (or beginning of one) in a member's inbox."""
    [name] = [name for name in scene.messages(member) if name.startswith(id)]
    [path] = (scene.root / ".batty/inboxes" / member).glob(f"*/{name}")
    return path.read_text()
