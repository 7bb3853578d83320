"""A shipped team, whole, in tmux: its roles, hierarchy and prompts, and scripted agents that do as these tell them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from tui.company import Company

from batty_hooks.rules.look import Look

MIND = Path(__file__).parent / "mind.py"


class Played(Company):
    """A shipped team whose members are scripted."""

    def cast(self, template: str, env: Mapping[str, str] = MappingProxyType({}), **settings: object) -> None:
        """The template's roles, hierarchy and prompts as they are; every agent the scripted one, with ``env`` beside
        what it is; and ``settings`` of team.yaml."""
        self.scene.run("init", "--template", template)
        self.adapter()
        file = self.project.team_file
        team: dict[str, Any] = yaml.safe_load(file.read_text())
        team |= settings
        team["gate"] = {"command": "sh check.sh"}
        for role in team["roles"]:
            if role["role_type"] != "user":
                mind = f"{sys.executable} -S {MIND} {role['role_type']}"
                role |= {"agent": "tui", "env": {"TUI_MIND": mind, **env}}
        file.write_text(yaml.safe_dump(team, sort_keys=False))

    @property
    def members(self) -> list[str]:
        return [member.name for member in Look(self.project).team.members]

    def top(self) -> str:
        """Whom the human speaks to: the first member, as the templates have it."""
        return self.members[0]
