"""What each CLI's own files say that a session has used."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from batty_hooks.agents import aider, claude, codex, gemini, opencode
from batty_hooks.agents.base import Spent

AT = "2026-01-31T12:00:00.000Z"
SECONDS = 1769860800.0


def lines(file: Path, *entries: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries) + '{"torn": "usage tokens payload')


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path


def answer(id: str, written: int) -> dict[str, object]:
    used = {"input_tokens": 3, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 100}
    message = {"id": id, "model": "claude-opus-4", "usage": {**used, "output_tokens": written}}
    return {"type": "assistant", "timestamp": AT, "message": message}


def test_claude_counts_an_answer_once_and_its_subagents_too(home: Path) -> None:
    place = home / ".claude/projects/-somewhere"
    lines(place / "s1.jsonl", {"type": "user", "message": {"content": "about usage"}}, answer("a", 1), answer("a", 7))
    lines(place / "s1/subagents/agent-1.jsonl", answer("b", 5))
    lines(place / "s2.jsonl", answer("c", 5))
    assert claude.usage(home, "s1") == [
        Spent(SECONDS, 13, 7, 100, "claude-opus-4"), Spent(SECONDS, 13, 5, 100, "claude-opus-4"),
    ]  # fmt: skip
    assert claude.usage(home, "") == claude.usage(home, "unknown") == []


def test_claude_keeps_its_files_where_its_role_says(home: Path) -> None:
    (home / "room").mkdir()
    (home / "room/home").write_text(str(home / "own"))
    lines(home / "own/projects/-x/s1.jsonl", answer("a", 7))
    assert [spent.written for spent in claude.usage(home / "room", "s1")] == [7]


def test_codex_tells_of_each_request_and_sometimes_twice(home: Path) -> None:
    def count(total: int) -> dict[str, object]:
        last = {"input_tokens": 50, "cached_input_tokens": 40, "output_tokens": 9}
        info = {"total_token_usage": {"total_tokens": total}, "last_token_usage": last}
        return {"timestamp": AT, "type": "event_msg", "payload": {"type": "token_count", "info": info}}

    context = {"timestamp": AT, "type": "turn_context", "payload": {"model": "gpt-5.5"}}
    empty = {"timestamp": AT, "type": "event_msg", "payload": {"type": "token_count"}}
    lines(home / ".codex/sessions/2026/01/31/rollout-x-s1.jsonl", context, empty, count(59), count(59), count(118))
    assert codex.usage(home, "s1") == [Spent(SECONDS, 10, 9, 40, "gpt-5.5")] * 2


def test_the_recorded_chat_of_gemini(home: Path) -> None:
    chat = home / "gemini/home/.gemini/tmp/x/chats/session-2026-12345678.jsonl"
    chat.parent.mkdir(parents=True)
    chat.write_text((Path(__file__).parent / "recorded/gemini-chat.jsonl").read_text())
    found = gemini.usage(home, "12345678-9abc")
    assert found and {(one.read, one.written, one.model) for one in found} == {(10, 5, "gemini-2.5-flash")}


def test_opencode_states_what_it_cost(home: Path) -> None:
    file = home / ".local/share/opencode/opencode.db"
    assert opencode.usage(home, "ses_1") == []
    file.parent.mkdir(parents=True)
    tokens = {"input": 5, "output": 6, "reasoning": 1, "cache": {"read": 9, "write": 2}}
    mine = {"role": "assistant", "modelID": "m", "cost": 0.25, "tokens": tokens, "time": {"created": SECONDS * 1000}}
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE message (id TEXT, session_id TEXT, data TEXT)")
        rows = [("1", "ses_1", json.dumps({"role": "user", "time": {}})), ("2", "ses_1", json.dumps(mine)),
                ("3", "ses_2", json.dumps(mine)), ("4", "ses_1", "torn")]  # fmt: skip
        base.executemany("INSERT INTO message VALUES (?, ?, ?)", rows)
    base.close()
    assert opencode.usage(home, "ses_1") == [Spent(SECONDS, 7, 7, 9, "m", 0.25)]
    file.write_text("no database")
    assert opencode.usage(home, "ses_1") == []


def test_aider_tells_it_in_its_chat(home: Path) -> None:
    assert aider.usage(home, "chat.md") == []
    (home / "aider").mkdir()
    (home / "aider/chat.md").write_text(
        "\n# aider chat started at 2026-01-31 12:00:00\n\n> Tokens: 5.2k sent, 850 received. Cost: $0.02 message, "
        "$0.05 session.  \n> Tokens: 1,200 sent, 1.1k cache hit, 10 received.\n#### Tokens: 1 sent, 2 received\n"
    )
    one, two = aider.usage(home, "chat.md")
    assert (one.read, one.written, one.cached, one.cost) == (5200, 850, 0, 0.02)
    assert (two.read, two.written, two.cached, two.cost) == (100, 10, 1100, None)
