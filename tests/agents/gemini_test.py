"""Gemini CLI's adapter, on what a real one said."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from agents.recordings import HERE, HOOK, after, launch, states, told

from batty_hooks.agents import gemini
from batty_hooks.agents.base import ASKING, LIMIT, READY, WORKING
from batty_hooks.errors import FatalError

SESSION = "49880264-0551-4edb-9392-ff3a8d5adf70"


def written(room: Path, **more: object) -> dict[str, str]:
    start = gemini.start(launch(room, **more))
    assert all(path.is_relative_to(room) for path in start.files)
    return {str(path.relative_to(room / "gemini")): text for path, text in start.files.items()}


def test_the_users_settings_stand_and_ours_come_beside_them(tmp_path: Path, own_home: Path) -> None:
    (own_home / ".gemini").mkdir()
    theirs = {"security": {"auth": {"selectedType": "oauth-personal"}}, "hooks": {"BeforeAgent": [{"hooks": ["his"]}]}}
    text = "// a comment\n" + json.dumps(theirs).replace("{", "{ /* another: // */ ", 1)
    (own_home / ".gemini/settings.json").write_text(text)
    (own_home / ".gemini/GEMINI.md").write_text("Always be brief.\n")
    files = written(tmp_path)
    settings = json.loads(files["home/.gemini/settings.json"])
    assert settings["security"] == theirs["security"]
    [his, ours] = settings["hooks"]["BeforeAgent"]
    assert his == {"hooks": ["his"]} and ours["hooks"][0]["command"] == f"'{HOOK}' BeforeAgent"
    assert files["home/.gemini/GEMINI.md"] == "Always be brief.\n\nYou are engineer-1."
    assert (own_home / ".gemini/settings.json").read_text() == text


def test_settings_that_cannot_be_read_are_named(tmp_path: Path, own_home: Path) -> None:
    (own_home / ".gemini").mkdir()
    (own_home / ".gemini/settings.json").write_text("{")
    with pytest.raises(FatalError, match=r"settings\.json cannot be read"):
        gemini.start(launch(tmp_path))


def test_the_start_script_links_the_users_logins(tmp_path: Path, own_home: Path) -> None:
    users = own_home / ".gemini"
    (users / "extensions").mkdir(parents=True)
    for name in ("oauth_creds.json", "settings.json", "projects.json"):
        (users / name).write_text("{}")
    room, programs = tmp_path / "a room", tmp_path / "programs"
    programs.mkdir()
    (programs / "gemini").write_text('#!/bin/sh\necho "$@" "$GIT_CONFIG_VALUE_0" "$GIT_CONFIG_VALUE_1"\n')
    (programs / "gemini").chmod(0o755)
    start = gemini.start(launch(room, args=("two words",)))
    for path, text in start.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    env = {**os.environ, **start.env, "PATH": f"{programs}:{os.environ['PATH']}"}
    for _ in range(2):
        said = subprocess.run(start.argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.endswith("two words Test Person person@example.org\n") and said.stderr == ""
    home = room / "gemini/home/.gemini"
    assert {path.name for path in home.iterdir() if path.is_symlink()} == {"oauth_creds.json", "extensions"}


@pytest.mark.parametrize(
    ("mode", "flag"), [("unattended", "auto_edit"), ("ask", "default"), ("full", "yolo"), ("read-only", "plan")]
)
def test_the_modes(tmp_path: Path, mode: str, flag: str) -> None:
    start = gemini.start(launch(tmp_path, mode=mode))
    assert after(start, "--approval-mode") == [flag]
    assert ("policy.toml" in written(tmp_path, mode=mode)) == (mode == "unattended")


def test_its_events_say_its_states() -> None:
    assert states(gemini) == [READY, WORKING, READY, WORKING, READY, WORKING, ASKING, WORKING, READY,
                              WORKING, ASKING, WORKING, READY, WORKING]  # fmt: skip
    heard = dict(told(gemini))
    assert heard["SessionStart"].session == SESSION
    assert heard["BeforeAgent"].took == "FAIL: 429"
    assert heard["Notification"].why == "may it run: touch numbers/six"


def test_its_chat_tells_of_a_rejected_dialog_and_of_errors(tmp_path: Path) -> None:
    place = tmp_path / "gemini/home/.gemini/tmp/engineer-1/chats"
    place.mkdir(parents=True)
    chat = place / f"session-2026-11-25T13-43-{SESSION[:8]}.jsonl"
    assert gemini.glance(tmp_path, 1, SESSION) is None
    lines = (HERE / "gemini-chat.jsonl").read_text().splitlines(keepends=True)
    rejected = max(index for index, line in enumerate(lines) if "Request cancelled." in line)
    chat.write_text("".join(lines[: rejected + 1]))
    seen = gemini.glance(tmp_path, 1, SESSION)
    assert seen and (seen.state, seen.why) == (READY, "was interrupted") and seen.at > 1_795_614_218
    chat.write_text("".join(lines))
    ended = {"prompt_response": "[no response text]", "transcript_path": str(chat)}
    failed = gemini.heard("AfterAgent", {**ended, "timestamp": "2026-11-25T13:43:40.941Z"})
    assert failed.state == READY and failed.why.startswith("stopped: [API Error:")
    quota = '{"type":"error","content":"Quota exceeded","timestamp":"2026-11-25T14:00:00.000Z"}\n'
    chat.write_text("".join(lines) + quota)
    assert gemini.heard("AfterAgent", {**ended, "timestamp": "2026-11-25T14:00:01.000Z"}).state == LIMIT
    for said in (
        '[API Error: {"error":{"code":401,"status":"UNAUTHENTICATED"}}]',
        "API key not valid. Please pass one",
    ):
        chat.write_text(quota.replace("Quota exceeded", said.replace('"', '\\"')))
        expired = gemini.heard("AfterAgent", {**ended, "timestamp": "2026-11-25T14:00:01.000Z"})
        assert (expired.state, expired.why) == (LIMIT, f"log in again: {said}")
    later = gemini.heard("AfterAgent", {**ended, "timestamp": "2026-11-25T15:00:00.000Z"})
    assert (later.state, later.why) == (READY, "its turn ended")
