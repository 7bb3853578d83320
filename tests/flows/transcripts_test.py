"""`show t1 --transcript`: where what an agent said about a card is, after its end too."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.people.transcripts import readable
from batty_hooks.state import events, inbox, members
from batty_hooks.state.project import find
from batty_hooks.vocabulary import ids, kinds

CLAUDE = [
    {"type": "user", "timestamp": "2026-01-31T12:00:00.000Z", "message": {"role": "user", "content": "t1: Write two"}},
    {"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "I write it."},
     {"type": "tool_use", "input": {"command": "git commit"}}], "usage": {"content": "no words"}}},
    {"type": "summary"},
]  # fmt: skip
HELLO = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
CODEX = [{"type": "response_item", "timestamp": "2026-01-31T12:00:00Z", "payload": HELLO}]


def lines(entries: list[dict[str, object]]) -> list[str]:
    return [json.dumps(entry) for entry in entries]


def test_what_was_said_is_found_in_each_form() -> None:
    said = "".join(readable([*lines(CLAUDE), '{"torn": "te']))
    assert said == "12:00:00 user: t1: Write two\nassistant: I write it.\ngit commit\n"
    assert list(readable(lines(CODEX))) == ["12:00:00 user: Hello\n"]
    assert list(readable(["# aider chat\n", "> words\n"])) == ["# aider chat", "> words"]


@pytest.fixture
def team(scene: Scene, alone: None) -> Scene:
    """engineer-1 has had t1, then t2, each in a session of its own; its agent is gone."""
    scene.run("init", "--template", "simple", "--agent", "claude")
    project, place = find(scene.root), Path.home() / ".claude/projects/-project"
    place.mkdir(parents=True)
    for number, session in enumerate(("s1", "s2"), 1):
        id = ids.brief(f"t{number}", 1)
        inbox.send(project, inbox.Message(id, "batty-hooks", "engineer-1", id, "text", kinds.BRIEF, f"t{number}"))
        inbox.confirm(project, "engineer-1", id, "S")
        time.sleep(0.02)  # (the times of files go by ticks)
        members.set_session(project, "engineer-1", session, "claude")
        entries = lines([{**entry, "timestamp": events.now()} for entry in CLAUDE])
        (place / f"{session}.jsonl").write_text("\n".join(entries) + "\n")
        time.sleep(0.02)
    return scene


def test_a_pipe_gets_the_paths_of_the_sessions_that_had_the_card(team: Scene) -> None:
    [path] = team.run("show", "t2", "--transcript").split()
    assert path.endswith("/s2.jsonl")
    [one] = team.json("show", "t2", "--transcript")
    assert (one["member"], one["cli"], one["session"]) == ("engineer-1", "claude", "s2")
    [path] = team.run("show", "t1", "--transcript").split()
    assert path.endswith("/s1.jsonl")


def test_a_command_has_the_logs_of_its_runs(scene: Scene, quiet: Scene) -> None:
    scene.team(scene.agent("engineer", "echo two > numbers/two; echo I wrote it"))
    scene.cards("- [ ] Write two")
    scene.run("step", "--until-idle", code=None)
    paths = scene.run("show", "t1", "--transcript").split()
    assert paths
    assert "I wrote it" in Path(paths[0]).read_text()
    assert "no transcript about t9 is kept" in scene.run("show", "t9", "--transcript", code=1)
