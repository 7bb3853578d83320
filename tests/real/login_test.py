"""A CLI that nobody is logged in to: `start` says so, says how to mend it, and starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from real.crew import CLIS, Crew

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


# (Aider tells only that the turn has ended; Claude Code tries again for minutes: see tests/agents/claude_test.py.)
TELLS_AT_ONCE = [cli for cli in CLIS if cli.name not in ("aider", "claude")]


@pytest.mark.parametrize("cli", TELLS_AT_ONCE, ids=lambda cli: cli.name)
def test_a_login_that_has_expired_while_the_team_runs_needs_a_person(crew: Crew) -> None:
    crew.hire_one().start()
    crew.ready("engineer-1")
    crew.send("FAIL: 401")
    crew.wait(lambda: crew.state("engineer-1") == "limit", seconds=120)
    assert crew.told("engineer-1")["why"].startswith("log in again: ")
    assert "engineer-1 has reached a limit: log in again: " in crew.scene.run("status", code=1)
