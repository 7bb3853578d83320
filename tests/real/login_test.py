"""A CLI that nobody is logged in to: `start` says so, says how to mend it, and starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from real.crew import Crew

LACKING = {
    "claude": ("nobody is logged in", "claude auth login"),
    "codex": ("active model provider auth env var is missing", "codex login"),
    "aider": ("OPENAI_API_KEY is not set", "set OPENAI_API_KEY in the environment or in ~/.env"),
    "gemini": ("nobody has chosen how to log in", "start `gemini` once and choose it there"),
    "opencode": ("it cannot use the model ours/scripted", "opencode auth login, and choose ours"),
}


def test_nothing_is_started_where_nobody_is_logged_in(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    crew.hire_one()
    for name in crew.cli.env(""):
        monkeypatch.delenv(name, raising=False)
    for name in (".gemini/settings.json", ".config/opencode/opencode.json"):
        (Path.home() / name).unlink(missing_ok=True)
    what, mend = LACKING[crew.cli.name]
    said = crew.start(code=1, env=dict.fromkeys(crew.cli.env(""), ""))
    assert said.startswith(f"nothing was started:\n!!  role 'engineer': {crew.cli.name}: {what}")
    assert said.endswith(f"\n    → {mend}\n")
    assert crew.tmux("list-sessions", check=False) == ""
