"""Claude Code's adapter, on what a real one said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents.recordings import HOOK, launch, states, told

from batty_hooks.agents import claude
from batty_hooks.agents.base import ASKING, LIMIT, READY, WORKING

STATUS = {
    "pid": 12422, "sessionId": "1aa1252a", "status": "waiting", "statusUpdatedAt": 1795613817841,
    "waitingFor": "permission prompt",
}  # fmt: skip


def test_a_new_session_has_our_id_and_a_resumed_one_its_own(tmp_path: Path) -> None:
    new = claude.start(launch(tmp_path))
    assert new.argv[new.argv.index("--session-id") + 1] == new.session != ""
    again = claude.start(launch(tmp_path, session=new.session))
    assert again.session == new.session and "--session-id" not in again.argv
    assert again.argv[again.argv.index("--resume") + 1] == new.session


def test_the_settings_call_the_hook_and_lie_in_the_room(tmp_path: Path) -> None:
    start = claude.start(launch(tmp_path, model="opus", args=("--verbose",)))
    assert {path.parent for path in start.files} == {tmp_path}
    settings = json.loads(start.files[Path(start.argv[start.argv.index("--settings") + 1])])
    assert settings["hooks"]["Stop"][0]["hooks"][0]["command"] == f"'{HOOK}' Stop"
    assert settings["autoContinueAtUsageLimit"] is False
    assert settings["permissions"]["additionalDirectories"] == ["/projects/my project/.batty"]
    assert start.argv[-1] == "--verbose" and "opus" in start.argv


@pytest.mark.parametrize(
    ("mode", "flag", "allowed"),
    [("unattended", "acceptEdits", ["Bash"]), ("ask", "default", None), ("full", "bypassPermissions", None),
     ("read-only", "plan", None)],
)  # fmt: skip
def test_the_modes(tmp_path: Path, mode: str, flag: str, allowed: list[str] | None) -> None:
    start = claude.start(launch(tmp_path, mode=mode))
    assert start.argv[start.argv.index("--permission-mode") + 1] == flag
    assert json.loads(next(iter(start.files.values())))["permissions"].get("allow") == allowed


def test_it_proposes_no_prompts_that_an_enter_would_send_off(tmp_path: Path) -> None:
    assert claude.start(launch(tmp_path)).env["CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION"] == "false"


def test_its_events_say_its_states() -> None:
    assert set(states(claude)) == {READY, WORKING, ASKING, LIMIT, "gone"}
    heard = dict(told(claude))
    assert heard["SessionStart"].state == READY
    assert heard["SessionStart"].session == "1aa1252a-a696-4f4c-9e17-bb00351aad60"
    prompts = [one.took for event, one in told(claude) if event == "UserPromptSubmit"]
    assert prompts[0] == "FAIL: 529" and "SCRIPT: touch numbers/three" in prompts


def test_a_question_is_told_in_its_words() -> None:
    questions = [heard.why for event, heard in told(claude) if event == "PermissionRequest"]
    assert questions[0] == "may it use Bash: touch numbers/three"
    assert questions[-1] == "Which?"


def test_errors_and_limits() -> None:
    failures = [heard for event, heard in told(claude) if event == "StopFailure"]
    assert [heard.state for heard in failures] == [READY, LIMIT, LIMIT]  # 529, 429, 401
    assert failures[0].why.startswith("stopped: API Error: Repeated 529")
    assert failures[2].why.startswith("log in again: ")
    limit = claude.heard("StopFailure", {"error": "rate_limit", "last_assistant_message": "limit · resets 3pm (UTC)"})
    assert limit.until > 0


def test_its_own_file_fills_the_gaps(tmp_path: Path) -> None:
    """Found where its role's environment says that it keeps its files, whoever asks."""
    start = claude.start(launch(tmp_path, env={"CLAUDE_CONFIG_DIR": str(tmp_path)}))
    (tmp_path / "home-claude_config_dir").write_text(start.files[tmp_path / "home-claude_config_dir"])
    (tmp_path / "sessions").mkdir()
    file = tmp_path / "sessions" / "12422.json"
    assert claude.glance(tmp_path, 12422, "1aa1252a") is None
    file.write_text(json.dumps(STATUS))
    seen = claude.glance(tmp_path, 12422, "1aa1252a")
    assert seen and (seen.state, seen.why, seen.at) == (ASKING, "permission prompt", 1795613817.841)
    file.write_text(json.dumps({**STATUS, "status": "idle", "waitingFor": None}))
    seen = claude.glance(tmp_path, 12422, "1aa1252a")
    assert seen and seen.state == READY
    for broken in ("", "[]", '{"status": "new word"}', '{"status": "idle"}'):
        file.write_text(broken)
        assert claude.glance(tmp_path, 12422, "") is None


BEHIND = [
    {"id": "aeab9b7eba5927c8a", "type": "subagent", "status": "running", "description": "a helper",
     "agent_type": "general-purpose"},
    {"id": "begtbdwfe", "type": "shell", "status": "running", "description": "a server", "command": "sleep 14"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("behind", "state", "why"),
    [(BEHIND, WORKING, "waits for a helper"), ([{"type": "subagent"}], WORKING, "waits for a subagent"),
     (BEHIND[1:], READY, "its turn ended"), ([], READY, "its turn ended"), (None, READY, "its turn ended"),
     ("?", READY, "its turn ended"), (["?"], READY, "its turn ended")],
)  # fmt: skip
def test_a_turn_has_not_ended_while_subagents_go_on(behind: object, state: str, why: str) -> None:
    heard = claude.heard("Stop", {"session_id": "1", "background_tasks": behind})
    assert (heard.state, heard.why, heard.session) == (state, why, "1")


def test_a_command_that_goes_on_keeps_nobody_at_work(tmp_path: Path) -> None:
    (tmp_path / "home-claude_config_dir").write_text(str(tmp_path))
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "1.json").write_text(json.dumps({**STATUS, "status": "shell", "waitingFor": None}))
    seen = claude.glance(tmp_path, 1, "")
    assert seen and seen.state == READY


def test_a_prompt_that_it_makes_itself_is_no_persons() -> None:
    text = "<task-notification>\n<task-id>a</task-id>\n<status>completed</status>\n</task-notification>"
    assert claude.heard("UserPromptSubmit", {"prompt": text}).is_own
    assert not any(heard.is_own for _, heard in told(claude))
