"""Subagents of Claude Code, which go on behind a turn that has ended (its default since 2.1.198)."""

from __future__ import annotations

import json

import pytest
from real.crew import CLIS, Crew

WORK = "HANG: 10\nSCRIPT: echo 102 > numbers/two"
HELPER = {"description": "a helper", "subagent_type": "general-purpose", "prompt": WORK}


@pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.name == "claude"], ids=lambda cli: cli.name)
def test_it_is_at_work_until_they_have_ended_and_their_end_answers_no_question(crew: Crew) -> None:
    crew.hire_one().start()
    lines = (f"CALL: Agent {json.dumps(HELPER)}", "SCRIPT: batty-hooks ask 'Which one?'")
    crew.scene.run("send", "engineer-1", "\n".join(("Let somebody help.", *lines)))
    crew.wait(lambda: crew.told("engineer-1").get("why") == "waits for a helper")
    assert "Which one?" in crew.scene.run("status", code=None)
    crew.wait(lambda: crew.state("engineer-1") == "ready")
    assert (crew.scene.worktree("engineer-1") / "numbers/two").read_text() == "102\n"
    assert "Which one?" in crew.scene.run("status", code=None) and "answered" not in crew.scene.log()
