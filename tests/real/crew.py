"""A team of real CLIs for stories, each in a home as its user would have it after his first day, and a model."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from real.model_server import ModelServer
from scene import Scene, wait_for
from tui.company import Company

_BETWEEN_KEYS_SECONDS = 0.5  # two at once would be another key
_TRIES = 4
_TRY_SECONDS = 10.0
_VISITS = itertools.count()
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
    the words of a dialog, the key that says yes to it and the keys that break off a turn, and what it would fetch for a
    new home (its place there, and where `install` has put it)."""

    name: str
    model: str
    env: Callable[[str], dict[str, str]]
    home: Callable[[Path, Scene, str], dict[str, str]]
    args: tuple[str, ...] = ()
    yes: tuple[str, ...] = ("Enter",)
    escape: tuple[str, ...] = ("Escape",)
    dialog: str = ""
    fetched: tuple[tuple[str, str], ...] = ()
    has_shell: bool = True
    # Aider tells only that the turn has ended; Claude Code tries again for minutes (see tests/agents/claude_test.py).
    tells_failures: bool = True


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


_PLUGIN = tuple(
    (f".config/opencode/{name}", f"opencode/{name}") for name in ("node_modules", "package.json", "package-lock.json")
)
CLIS = (
    Cli("claude", "sonnet", lambda url: {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}, _claude, yes=("1",),
        dialog="Do you want to", tells_failures=False),
    Cli("codex", "gpt-5.5", lambda url: {"OURS_KEY": "a-key"}, _codex, yes=("y",),
        dialog="Would you like to run"),
    Cli("aider", "openai/scripted", lambda url: {"OPENAI_API_KEY": "a-key", "OPENAI_API_BASE": f"{url}/v1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True"}, lambda *_: {}, ("--edit-format", "diff"), escape=("C-c",),
        has_shell=False, tells_failures=False),
    Cli("gemini", "gemini-2.5-flash", lambda url: {"GEMINI_API_KEY": "a-key", "GOOGLE_GEMINI_BASE_URL": url}, _gemini,
        dialog="Allow execution of"),
    Cli("opencode", "ours/scripted", lambda url: {"OPENCODE_DISABLE_MODELS_FETCH": "1"}, _opencode,
        escape=("Escape", "Escape"), dialog="Permission required", fetched=_PLUGIN),
)  # fmt: skip


def move_in(cli: Cli, scene: Scene, url: str) -> None:
    """The home of a person who has used the CLI here before."""
    for name, text in cli.home(Path.home(), scene, url).items():
        file = Path.home() / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for name, source in cli.fetched:
        (Path.home() / name).symlink_to(Path(os.environ["REAL_CLIS"]) / source)


def where_they_are() -> dict[str, str]:
    """The PATH on which the CLIs are found."""
    clis = Path(os.environ["REAL_CLIS"])
    return {"PATH": f"{clis}/npm/node_modules/.bin:{clis}/aider/bin:{os.environ['PATH']}"}


class Crew(Company):
    """One engineer on a real CLI, and the scripted model it talks to."""

    def __init__(self, scene: Scene, cli: Cli, server: ModelServer) -> None:
        super().__init__(scene)
        self.cli = cli
        self.server = server

    def hire_one(self, gate: str = "sh check.sh", mode: str = "unattended") -> Crew:
        """Write team.yaml with one engineer, and the home of a person who has used the CLI here before."""
        move_in(self.cli, self.scene, self.server.url)
        self.scene.run("install")
        text = ROLE.format(
            gate=json.dumps(gate), agent=self.cli.name, model=self.cli.model, mode=mode,
            args=json.dumps(list(self.cli.args)),
        )  # fmt: skip
        self.project.team_file.write_text(text)
        return self

    def start(self, *arguments: str, code: int = 0, env: dict[str, str] | None = None) -> str:
        led = {**where_they_are(), **self.cli.env(self.server.url)}
        return super().start(*arguments, code=code, env={**led, **(env or {})})

    def ready(self, *members: str) -> None:
        """The first start of a CLI in a new home takes its time."""
        for member in members:
            self.wait(lambda member=member: self.state(member) == "ready", seconds=180)

    def visit(self, member: str, keys: str) -> None:
        """Somebody attaches at a terminal, types ``keys`` in the member's pane until he sees them there, and leaves.

        (Codex, whose window changes its size just after its start, takes keys without drawing them until the next one.)
        """
        outer = f"visit-{os.getpid()}-{next(_VISITS)}"  # (a new server right after another of that name ended may fail)
        line = f"env -u TMUX tmux -L {self.socket} attach -t '{self.pane(member).id}'"
        subprocess.run(
            ["tmux", "-L", outer, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", line], check=True
        )
        try:
            self.wait(lambda: self.tmux("list-clients"))
            word = re.split("\x1b|\n", keys.partition("\x1b[")[0])[-1].strip(
                "! "
            )  # the last line, without the keys after it
            type_them = ["tmux", "-L", outer, "send-keys", "-l", keys]
            self.insist(lambda: subprocess.run(type_them, check=True), lambda: word in self.screen(member), 3)
        finally:
            subprocess.run(["tmux", "-L", outer, "kill-server"], check=True)

    def answer(self, member: str, *keys: str) -> None:
        """A person answers the dialog that is open in the member's pane, once it can be seen there."""
        self.wait(lambda: self.cli.dialog in self.screen(member))
        self.press(member, *keys, until=lambda: self.state(member) != "asking")

    def press(self, member: str, *keys: str, until: Callable[[], object]) -> None:
        """What a person does with keys that had no effect: he presses them again."""

        def once() -> None:
            for key in keys:
                self.keys(member, key)
                time.sleep(_BETWEEN_KEYS_SECONDS)

        self.insist(once, until)

    def insist(self, act: Callable[[], object], seen: Callable[[], object], seconds: float = _TRY_SECONDS) -> None:
        """Act, and again where nothing has come of it for a while: a program that draws need not listen yet."""
        for _ in range(_TRIES - 1):
            act()
            with contextlib.suppress(AssertionError):
                return wait_for(seen, seconds)
        act()
        return self.wait(seen)

    def send(self, text: str) -> None:
        self.scene.run("send", "engineer-1", "--", text)

    def made(self, name: str) -> bool:
        """Whether there is such a file in the engineer's worktree."""
        return (self.scene.worktree("engineer-1") / name).exists()

    def is_read(self) -> bool:
        return not self.unread("engineer-1")
