"""What each CLI's own files say that a session has used."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from batty_hooks.agents import aider, claude, codex, gemini, opencode
from batty_hooks.agents.base import Launch, Spent

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


def opencode_base(file: Path, *rows: tuple[str, str, float], parents: dict[str, str | None]) -> None:
    """A database with an answer a row: its session, model and when."""
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT)")
        base.execute("CREATE TABLE message (id TEXT, session_id TEXT, data TEXT)")
        base.executemany("INSERT INTO session VALUES (?, ?)", parents.items())
        for session, model, at in rows:
            answer = {"modelID": model, "tokens": {"input": 1, "output": 1}, "time": {"created": at * 1000}}
            base.execute("INSERT INTO message VALUES ('', ?, ?)", (session, json.dumps(answer)))
    base.close()


def test_the_sessions_that_opencode_begins_for_its_tasks_are_its_own_too(home: Path) -> None:
    parents = {"own": None, "task": "own", "of task": "task", "fork": "own", "other": None, "of other": "other"}
    rows = [(session, session, 1.0) for session in parents] + [("own", "copied", 2.0), ("fork", "copied", 2.0)]
    rows += [("task", "twice", 3.0), ("task", "twice", 3.0)]
    opencode_base(home / ".local/share/opencode/opencode.db", *rows, parents=parents)
    found = sorted(spent.model for spent in opencode.usage(home, "own"))
    assert found == ["copied", "fork", "of task", "own", "task", "twice", "twice"]


def test_a_circle_of_sessions_ends(home: Path) -> None:
    file = home / ".local/share/opencode/opencode.db"
    opencode_base(file, ("a", "a", 1.0), ("b", "b", 1.0), parents={"a": "b", "b": "a"})
    assert len(opencode.usage(home, "a")) == 2


def test_opencode_keeps_its_data_where_its_role_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launch = Launch("e", home, home, home, home / "room", home / "hook", "", env={"XDG_DATA_HOME": str(home / "own")})
    for file, text in opencode.start(launch).files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    opencode_base(home / "own/opencode/opencode.db", ("s", "own", 1.0), parents={"s": None})
    opencode_base(home / "else/opencode/opencode.db", ("s", "else", 1.0), parents={"s": None})
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "else"))
    assert [spent.model for spent in opencode.usage(home / "room", "s")] == ["own"]
    assert [spent.model for spent in opencode.usage(home / "another", "s")] == ["else"]


def added_to(file: Path, *entries: object) -> None:
    with file.open("a") as more:
        more.write("".join(f"{json.dumps(entry)}\n" for entry in entries))


def written(home: Path) -> list[int]:
    return [spent.written for spent in claude.usage(home, "s1")]


@pytest.fixture
def transcript(home: Path) -> Path:
    """One that was counted."""
    file = home / ".claude/projects/x/s1.jsonl"
    file.parent.mkdir(parents=True)
    added_to(file, answer("a", 1), answer("b", 2), {"type": "user", "message": "that it is long enough " * 9})
    assert written(home) == [1, 2]
    return file


def test_what_was_counted_is_not_read_again(home: Path, transcript: Path) -> None:
    with transcript.open("r+b") as file:  # (nobody does that; it shows what is read)
        file.write(b" " * len(json.dumps(answer("a", 1))))
    added_to(transcript, answer("c", 3), answer("b", 4))
    assert written(home) == [1, 4, 3]
    (transcript.parent / "s1/subagents").mkdir(parents=True)
    added_to(transcript.parent / "s1/subagents/1.jsonl", answer("d", 5))
    assert written(home) == [1, 4, 3, 5]


def test_a_line_that_is_still_written_counts_when_it_is_whole(home: Path, transcript: Path) -> None:
    line = json.dumps(answer("c", 3)) + "\n"
    for part in (line[:40], line[40:-1]):
        with transcript.open("a") as file:
            file.write(part)
        assert written(home) == [1, 2]
    added_to(transcript.with_name("s2.jsonl"), answer("x", 9))
    with transcript.open("a") as file:
        file.write("\n")
    assert written(home) == [1, 2, 3]


@pytest.mark.parametrize("how", ["shorter", "another", "longer", "gone"])
def test_a_file_that_is_not_what_was_read_is_read_anew(home: Path, transcript: Path, how: str) -> None:
    lines = [json.dumps(answer("z", 7)) + "\n"]
    if how == "another":
        transcript.rename(transcript.with_name("old"))
    if how == "gone":
        transcript.unlink()
        assert written(home) == []
    transcript.write_text("".join(lines * (50 if how == "longer" else 1)))
    assert written(home) == [7]


def test_codex_goes_on_with_the_total_and_the_model_it_had(home: Path) -> None:
    file = home / ".codex/sessions/2026/01/31/rollout-x-s1.jsonl"
    file.parent.mkdir(parents=True)

    def count(total: int) -> dict[str, object]:
        info = {"total_token_usage": {"total_tokens": total}, "last_token_usage": {"output_tokens": total}}
        return {"timestamp": AT, "type": "event_msg", "payload": {"type": "token_count", "info": info}}

    added_to(file, {"timestamp": AT, "type": "turn_context", "payload": {"model": "gpt-5.5"}}, count(1))
    assert len(codex.usage(home, "s1")) == 1
    added_to(file, count(1), count(2))
    assert [(spent.written, spent.model) for spent in codex.usage(home, "s1")] == [(1, "gpt-5.5"), (2, "gpt-5.5")]


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


def test_a_chat_of_aider_is_read_when_there_is_more_in_it(home: Path) -> None:
    (home / "aider").mkdir()
    chat, used = home / "aider/chat.md", "> Tokens: 1k sent, 10 received.\n"
    chat.write_text(used)
    assert len(aider.usage(home, "chat.md")) == len(aider.usage(home, "chat.md")) == 1
    chat.write_text(used * 2)
    assert len(aider.usage(home, "chat.md")) == 2
    chat.unlink()
    assert aider.usage(home, "chat.md") == []


def test_a_prompt_of_aider_was_typed_when_its_input_history_says(home: Path) -> None:
    (home / "aider").mkdir()
    used = "\n\n> Tokens: 1k sent, 10 received.  \n"
    started = "\n# aider chat started at 2026-01-31 12:00:00\n\n"
    chat = f"{started}#### /test x{used}#### Go on  \n#### with t1{used}{used}{started}#### Go on{used}#### odd{used}"
    (home / "aider/chat.md").write_text(chat)
    at = [1769860800.0 + day * 86400 for day in range(-1, 3)]
    stamps = [f"{datetime.fromtimestamp(one)}.000001" for one in at]
    typed = "".join(f"\n# {stamp}\n+Go on\n+with t1\n" for stamp in stamps)
    (home / "aider/input.history").write_text(typed)
    started_at = aider.seconds("2026-01-31 12:00:00")
    found = [round(one.at) for one in aider.usage(home, "chat.md")]
    first = next(one for one in at if one >= started_at)
    later = next(one for one in at if one > first)
    assert found == [started_at, first, first, later, later]


def test_each_cli_is_asked_where_its_own_files_are(home: Path) -> None:
    """A role whose agents have accounts of their own, and the second of them goes on."""
    env = {"CLAUDE_CONFIG_DIR": str(home / "c"), "CODEX_HOME": str(home / "x")}
    launch = Launch("e", home, home, home, home / "room", home / "hook", "", env=env)
    lines(home / "c/projects/-x/s1.jsonl", answer("a", 7))
    for agent in (claude, codex):
        for file, text in agent.start(launch).files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    assert [spent.written for spent in claude.usage(home / "room", "s1")] == [7]


@pytest.mark.parametrize("odd", ["many", [1], {"n": 1}, -5, 1e400, None])
def test_what_is_no_number_of_tokens_counts_for_nothing(home: Path, odd: object) -> None:
    room = home / "room"
    used = {"input_tokens": odd, "cached_input_tokens": odd, "output_tokens": odd, "input": odd, "output": odd}
    info = {"total_token_usage": 1, "last_token_usage": used}
    lines(home / ".claude/projects/x/s1.jsonl", {"timestamp": AT, "message": {"id": "a", "usage": used}})
    lines(home / ".codex/sessions/1/1/1/rollout-x-s1.jsonl",
          {"timestamp": AT, "type": "event_msg", "payload": {"type": "token_count", "info": info}})  # fmt: skip
    lines(room / "gemini/home/.gemini/tmp/x/chats/session-1-s1.jsonl", {"id": "a", "timestamp": AT, "tokens": used})
    file = home / ".local/share/opencode/opencode.db"
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE message (session_id, data)")
        row = {"tokens": {**used, "cache": odd}, "time": {"created": SECONDS * 1000}}
        base.execute("INSERT INTO message VALUES ('s1', ?)", (json.dumps(row),))
    base.close()
    for agent in (claude, codex, gemini, opencode):
        assert all(spent[1:4] == (0, 0, 0) for spent in agent.usage(room, "s1")), agent.NAME


def test_a_session_is_no_pattern(home: Path) -> None:
    lines(home / ".claude/projects/x/of-others.jsonl", answer("a", 7))
    assert claude.usage(home, "*") == codex.usage(home, "*") == gemini.usage(home, "*") == []


def test_a_line_that_is_nested_without_an_end_is_passed_over(home: Path) -> None:
    file = home / ".claude/projects/x/s1.jsonl"
    lines(file, answer("a", 7))
    file.write_text("[" * 100_000 + '"usage"\n' + file.read_text())
    assert [spent.written for spent in claude.usage(home, "s1")] == [7]
