"""A team of real CLIs for stories, each in a home as its user would have it after his first day, and a model."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from real.model_server import ModelServer
from scene import Scene
from tui.company import Company

KEY = "sk-ant-a-key-of-the-tests-0123456789abcdefghijklmnop"
ROLE = """\
trunk: main
gate:
  command: {gate}
roles:
  - name: engineer
    role_type: engineer
    agent: {agent}
    model: {model}
    instances: 1
    use_worktrees: true
    mode: {mode}
    args: {args}
"""


@dataclass(frozen=True)
class Cli:
    """One of the five: its model, arguments, the environment that leads it to our server, what its user's home has,
    the key that says yes to a dialog and the keys that break off a turn."""

    name: str
    model: str
    env: Callable[[str], dict[str, str]]
    home: Callable[[Path, Scene, str], dict[str, str]]
    args: tuple[str, ...] = ()
    yes: tuple[str, ...] = ("Enter",)
    escape: tuple[str, ...] = ("Escape",)
    has_shell: bool = True


def _claude(home: Path, scene: Scene, url: str) -> dict[str, str]:
    seen = {"approved": [KEY[-20:]], "rejected": []}
    trusted = {str(scene.root): {"hasTrustDialogAccepted": True}}
    begun = {"hasCompletedOnboarding": True, "customApiKeyResponses": seen, "projects": trusted}
    return {".claude.json": json.dumps(begun)}


def _codex(home: Path, scene: Scene, url: str) -> dict[str, str]:
    provider = f'name="ours"\nbase_url="{url}/v1"\nenv_key="OURS_KEY"\nwire_api="responses"\n'
    text = f'model = "gpt-5.5"\nmodel_provider = "ours"\n[model_providers.ours]\n{provider}'
    return {".codex/config.toml": text}


def _gemini(home: Path, scene: Scene, url: str) -> dict[str, str]:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
    }
    return {".gemini/settings.json": "// as its user has it\n" + json.dumps(settings)}


def _opencode(home: Path, scene: Scene, url: str) -> dict[str, str]:
    ours = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Ours",
        "options": {"baseURL": f"{url}/v1", "apiKey": "a-key"},
        "models": {"scripted": {"name": "Scripted"}},
    }
    config = {"provider": {"ours": ours}, "model": "ours/scripted", "small_model": "ours/scripted"}
    return {".config/opencode/opencode.json": json.dumps(config)}


CLIS = (
    Cli("claude", "sonnet", lambda url: {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}, _claude, yes=("1",)),
    Cli("codex", "gpt-5.5", lambda url: {"OURS_KEY": "a-key"}, _codex, yes=("y",)),
    Cli("aider", "openai/scripted", lambda url: {"OPENAI_API_KEY": "a-key", "OPENAI_API_BASE": f"{url}/v1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True"}, lambda *_: {}, ("--edit-format", "diff"), escape=("C-c",),
        has_shell=False),
    Cli("gemini", "gemini-2.5-flash", lambda url: {"GEMINI_API_KEY": "a-key", "GOOGLE_GEMINI_BASE_URL": url}, _gemini),
    Cli("opencode", "ours/scripted", lambda url: {"OPENCODE_DISABLE_MODELS_FETCH": "1"}, _opencode,
        escape=("Escape", "Escape")),
)  # fmt: skip


class Crew(Company):
    """One engineer on a real CLI, and the scripted model it talks to."""

    def __init__(self, scene: Scene, cli: Cli, server: ModelServer) -> None:
        super().__init__(scene)
        self.cli = cli
        self.server = server

    def hire_one(self, gate: str = "sh check.sh", mode: str = "unattended") -> Crew:
        """Write team.yaml with one engineer, and the home of a person who has used the CLI here before."""
        for name, text in self.cli.home(Path.home(), self.scene, self.server.url).items():
            file = Path.home() / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.scene.run("install")
        text = ROLE.format(
            gate=json.dumps(gate), agent=self.cli.name, model=self.cli.model, mode=mode,
            args=json.dumps(list(self.cli.args)),
        )  # fmt: skip
        self.project.team_file.write_text(text)
        return self

    def start(self, *arguments: str, code: int = 0, env: dict[str, str] | None = None) -> str:
        clis = Path(os.environ["REAL_CLIS"])
        path = f"{clis}/npm/node_modules/.bin:{clis}/aider/bin:{os.environ['PATH']}"
        return super().start(*arguments, code=code, env={"PATH": path, **self.cli.env(self.server.url), **(env or {})})

    def ready(self, *members: str) -> None:
        """The first start of a CLI in a new home takes its time: some fetch packages for it."""
        for member in members:
            self.wait(lambda member=member: self.state(member) == "ready", seconds=180)

    def visit(self, member: str, keys: str) -> None:
        """Somebody attaches at a terminal, types ``keys`` in the member's pane, and leaves."""
        outer = f"visit-{os.getpid()}"
        line = f"env -u TMUX tmux -L {self.socket} attach -t '{self.pane(member).id}'"
        subprocess.run(
            ["tmux", "-L", outer, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", line], check=True
        )
        try:
            self.wait(lambda: self.tmux("list-clients"))
            subprocess.run(["tmux", "-L", outer, "send-keys", "-l", keys], check=True)
            word = keys.strip("! ")
            self.wait(lambda: word in self.screen(member))
        finally:
            subprocess.run(["tmux", "-L", outer, "kill-server"], check=True)

    def send(self, text: str) -> None:
        self.scene.run("send", "engineer-1", "--", text)

    def is_read(self) -> bool:
        return not self.unread("engineer-1")
