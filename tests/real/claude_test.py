"""What Claude Code alone does: subagents that go on behind a turn that has ended, and an offer at its start."""

from __future__ import annotations

import json

import pytest
from real.crew import CLIS, Crew

WORK = "HANG: 10\nSCRIPT: echo 102 > numbers/two"
HELPER = {"description": "a helper", "subagent_type": "general-purpose", "prompt": WORK}

pytestmark = pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.name == "claude"], ids=lambda cli: cli.name)


def test_it_is_at_work_until_they_have_ended_and_their_end_answers_no_question(crew: Crew) -> None:
    """They do so by default since 2.1.198, and their end begins another turn."""
    crew.hire_one().start()
    lines = (f"CALL: Agent {json.dumps(HELPER)}", "SCRIPT: batty-hooks ask 'Which one?'")
    crew.scene.run("send", "engineer-1", "\n".join(("Let somebody help.", *lines)))
    crew.wait(lambda: crew.told("engineer-1").get("why") == "waits for a helper")
    assert "Which one?" in crew.scene.run("status", code=None)
    crew.wait(lambda: crew.state("engineer-1") == "ready")
    assert (crew.scene.worktree("engineer-1") / "numbers/two").read_text() == "102\n"
    assert "Which one?" in crew.scene.run("status", code=None) and "answered" not in crew.scene.log()


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_a_message_waits_until_a_person_has_answered_what_it_offers_at_its_start(crew: Crew, key: str) -> None:
    """Nothing of it is typed into the offer; "yes" starts its screen anew, in the same process or in another."""
    crew.hire_one().start(env={"CLAUDE_CODE_FORCE_FULLSCREEN_UPSELL": "1"})
    crew.wait(lambda: "Try the new fullscreen renderer?" in crew.screen("engineer-1"))
    crew.scene.run("send", "engineer-1", "hello")
    crew.wait(lambda: crew.state("engineer-1") == "asking")
    assert "engineer-1 asks: dialog open" in crew.scene.run("status", code=None)
    sent = crew.sent("engineer-1")
    assert sent and sent.pastes == 0 and "Try the new" in crew.screen("engineer-1")
    crew.keys("engineer-1", key)
    crew.wait(lambda: not crew.unread("engineer-1"))
    crew.wait(lambda: crew.server.prompts())
    crew.wait(lambda: crew.state("engineer-1") == "ready")
    assert sum("hello" in prompt for prompt in crew.server.prompts()) == 1
