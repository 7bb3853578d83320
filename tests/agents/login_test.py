"""What the CLIs say of their login, as they said it, and what is known of it from files and keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents.recordings import launch

from batty_hooks.agents import aider, claude, codex, gemini, opencode
from batty_hooks.agents.base import Check

DOCTOR = {
    "status": "fail",
    "summary": "active model provider auth env var is missing",
    "remediation": "Set OURS_KEY for the active model provider.",
}


def test_claude_tells_it_itself(tmp_path: Path) -> None:
    login = claude.login(launch(tmp_path))
    assert login.ask == ("claude", "auth", "status", "--json") and login.mend == "claude auth login"
    said = {"loggedIn": False, "authMethod": "none", "apiProvider": "firstParty"}
    assert login.means(1, json.dumps(said)) == "nobody is logged in"
    assert login.means(0, json.dumps(said | {"loggedIn": True})) == ""
    assert login.means(1, "error: unknown command 'auth'") == "", "an older one: not known"


def test_codex_is_asked_about_the_provider_that_it_will_use(tmp_path: Path) -> None:
    login = codex.login(launch(tmp_path, args=("--search", "-c", "model_provider=ours")))
    assert login.ask == ("codex", "doctor", "--json", "-c", "model_provider=ours")
    told = login.means(1, json.dumps({"checks": {"auth.credentials": DOCTOR}}))
    assert told == f"{DOCTOR['summary']}. Set OURS_KEY for the active model provider"
    assert login.means(0, json.dumps({"checks": {"auth.credentials": DOCTOR | {"status": "ok"}}})) == ""
    assert login.means(2, "error: unrecognized subcommand 'doctor'") == ""


def test_codex_is_asked_whether_its_sandbox_works(tmp_path: Path) -> None:
    check = codex.sandbox(launch(tmp_path, args=("-c", "features.x=true", "--search")))
    assert check.ask[4:] == ("codex", "sandbox", "-c", "features.x=true", "--", "true")
    warning = "WARNING: proceeding, even though we could not create PATH aliases\n"
    said = "bwrap: No permissions to create a new namespace, likely because the kernel does not allow it.\n"
    told = "its sandbox does not work here: bwrap: No permissions to create a new namespace"
    assert check.means(1, warning + said) == told
    assert check.means(0, warning) == "" and check.means(2, "error: unrecognized subcommand 'true'") == ""
    assert codex.sandbox(launch(tmp_path, mode="full")) == Check()


def test_opencode_knows_whether_a_model_that_is_named_can_be_used(tmp_path: Path) -> None:
    assert opencode.login(launch(tmp_path)) == Check()
    login = opencode.login(launch(tmp_path, model="anthropic/claude-sonnet-5"))
    assert login.ask[:2] == ("sh", "-c") and login.ask[3:] == ("anthropic",)
    assert login.means(1, "Error: Provider not found: anthropic") == "it cannot use the model anthropic/claude-sonnet-5"
    assert login.means(0, "anthropic/claude-opus-5\nanthropic/claude-sonnet-5\n") == ""
    assert login.means(1, "it crashed") == ""


@pytest.mark.parametrize(
    ("settings", "env", "lacking"),
    [
        (None, {"GEMINI_API_KEY": "k"}, "nobody has chosen how to log in"),
        ('{"security": {"auth": {"selectedType": "gemini-api-key"}}} // mine', {}, ""),
        ('{"selectedAuthType": "oauth-personal"}', {}, ""),
        ("{}", {"GOOGLE_GENAI_USE_VERTEXAI": "true"}, ""),
    ],
)
def test_gemini_wants_a_way_to_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str | None, env: dict[str, str], lacking: str
) -> None:
    (tmp_path / ".gemini").mkdir()
    if settings is not None:
        (tmp_path / ".gemini/settings.json").write_text(settings)
    assert gemini.login(launch(tmp_path, env=env | {"GEMINI_CLI_HOME": str(tmp_path)})).lacking == lacking


@pytest.mark.parametrize(
    ("model", "args", "env", "lacking"),
    [
        ("openai/scripted", (), {}, "OPENAI_API_KEY is not set"),
        ("openai/scripted", (), {"OPENAI_API_KEY": "k"}, ""),
        ("openai/scripted", ("--api-key", "openai=k"), {}, ""),
        ("gemini/flash", (), {"GOOGLE_API_KEY": "k"}, ""),
        ("ollama/qwen", (), {}, ""),
        ("", (), {}, "no model is named and no key is set"),
        ("", ("--model", "ollama/qwen"), {}, ""),
        ("", (), {"DEEPSEEK_API_KEY": "k"}, ""),
    ],
)
def test_aider_wants_a_key_where_it_has_no_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    args: tuple[str, ...],
    env: dict[str, str],
    lacking: str,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    given = launch(tmp_path, model=model, args=args, env=env)
    assert aider.login(given).lacking == lacking
    (tmp_path / ".env").write_text("OPENAI_API_KEY=k\n")
    assert aider.login(given).lacking == ""
