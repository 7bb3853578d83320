"""Codex's adapter, on what a real one said."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pytest
from agents.recordings import HERE, HOOK, after, launch, states, told

from batty_hooks.agents import codex
from batty_hooks.agents.base import ASKING, LIMIT, READY, WORKING

SESSION = "01a212ee-dc6f-7592-9e74-aa2616efd694"


def settings(room: Path, **more: object) -> dict[str, str]:
    """The `-c` overrides by key."""
    return dict(each.split("=", 1) for each in after(codex.start(launch(room, **more)), "-c"))


def test_its_overrides_are_toml(tmp_path: Path) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("this Python cannot read TOML")
    import tomllib

    prompt = 'Two lines,\n"quoted", with \\ and größer'
    found = {key: tomllib.loads(f"it = {value}")["it"] for key, value in settings(tmp_path, prompt=prompt).items()}
    assert found["developer_instructions"] == prompt
    assert found["projects"] == {"/projects/my project": {"trust_level": "trusted"}}
    assert found["features.daemon_auto_start"] is False
    assert found["hooks.Stop"] == [{"hooks": [{"type": "command", "command": f"'{HOOK}' Stop"}]}]
    assert set(found["hooks.state"]) == {
        f"/<session-flags>/config.toml:{event}:0:0"
        for event in ("session_start", "session_end", "user_prompt_submit", "permission_request", "post_tool_use",
                      "stop", "interrupt")
    }  # fmt: skip


def test_the_trust_it_is_given_is_what_it_computes_itself() -> None:
    """The digests were read from the configuration of a Codex that had been told to trust these hooks by hand."""
    hook = Path("/opt/hook")
    assert codex._digest(hook, "Stop") == "sha256:713880511a3990520a0c92873cd44c1be2e560fe7b7ad5ec5a0682fbd3400d13"
    assert codex._digest(hook, "Interrupt") == "sha256:523012eb6bc01ff2366058fe04f11cfa295e2ef6bc3f20721ad39606058846b3"


def test_in_its_sandbox_it_can_commit_in_a_linked_worktree(tmp_path: Path) -> None:
    worktree = tmp_path / "worktree"
    worktree.mkdir()
    (worktree / ".git").write_text("gitdir: /projects/my project/.git/worktrees/engineer-11\n")
    start = codex.start(launch(tmp_path))
    assert start.argv[1:5] == ("-a", "never", "-s", "workspace-write")
    roots = settings(tmp_path)["sandbox_workspace_write.writable_roots"]
    assert roots == (
        '["/projects/my project/.git/worktrees/engineer-1", "/projects/my project/.git", "/projects/my project/.batty"]'
    )
    linked = codex.start(launch(tmp_path)._replace(worktree=worktree))
    assert any("/worktrees/engineer-11" in each for each in after(linked, "-c"))
    (worktree / ".git").write_text("gitdir: ../.git/worktrees/engineer-12\n")  # (`worktree.useRelativePaths`)
    beside = codex.start(launch(tmp_path)._replace(worktree=worktree))
    assert any(f'"{worktree.parent}/.git/worktrees/engineer-12"' in each for each in after(beside, "-c"))


def test_a_resumed_session_is_named_last(tmp_path: Path) -> None:
    start = codex.start(launch(tmp_path, session=SESSION, args=("--search",)))
    assert start.argv[1] == "resume" and start.argv[-2:] == ("--search", SESSION)


def test_its_events_say_its_states() -> None:
    assert states(codex)[:3] == [WORKING, READY, WORKING]
    heard = dict(told(codex))
    assert heard["UserPromptSubmit"].session == SESSION
    assert heard["SessionStart"].state == ""  # it comes with the first turn
    assert heard["PermissionRequest"].state == ASKING
    assert heard["PermissionRequest"].why == "may it use Bash: touch /elsewhere/outside2"
    assert heard["Interrupt"].state == READY


@pytest.mark.parametrize(
    ("lines", "state", "why"),
    [(1, WORKING, "works"), (4, READY, "its turn ended"), (7, READY, "was interrupted"),
     (10, LIMIT, "You’ve hit your usage limit"), (12, READY, "stopped: {")],
)  # fmt: skip
def test_its_rollout_tells_of_errors_and_limits(tmp_path: Path, lines: int, state: str, why: str) -> None:
    start = codex.start(launch(tmp_path, env={"CODEX_HOME": str(tmp_path)}))
    (tmp_path / "home-codex_home").write_text(start.files[tmp_path / "home-codex_home"])
    place = tmp_path / "sessions/2026/11/25"
    place.mkdir(parents=True)
    assert codex.glance(tmp_path, 1, SESSION) is None
    rollout = (HERE / "codex-rollout.jsonl").read_text().splitlines(keepends=True)[:lines]
    (place / f"rollout-2026-11-25T13-39-33-{SESSION}.jsonl").write_text("".join(rollout) + '{"torn')
    seen = codex.glance(tmp_path, 1, SESSION)
    assert seen and seen.state == state and seen.why.startswith(why) and seen.at > 0
    for info in ({"http_connection_failed": {"http_status_code": 401}}, "unauthorized"):
        ended = codex._ended({"message": "unexpected status 401 Unauthorized", "codex_error_info": info}, 1.0)
        assert (ended.state, ended.why[:13]) == (LIMIT, "log in again:")
    for info in ({"http_connection_failed": {"http_status_code": 500}}, {"http_connection_failed": {}}, {}, None):
        assert codex._ended({"message": "it failed", "codex_error_info": info}, 1.0).state == READY
    if state == LIMIT:
        assert datetime.fromtimestamp(seen.until).strftime("%H:%M") == "14:39"
