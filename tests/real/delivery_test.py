"""Messages to a real CLI: each arrives whole and once, whatever is in it, and whatever a person does meanwhile."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from real.crew import CLIS, Cli, Crew
from scene import wait_for

LONG = "\n".join(
    f"line {number}: the quick brown fox, $(date), `uptime`, \"quoted\" and 'single'" for number in range(140)
)
TEXTS = (
    "Hello",
    "/help me with this",
    "!rm -rf nothing",
    "# a heading",
    "- [ ] a card",
    "? what",
    "$(touch pwned) `touch pwned` $HOME \\$x",
    "'single' \"double\" '\"both\"'",
    "größer, 日本語, 🎉, e\u0301",
    "ends with a file @numbers/one",
    "ends with a backslash \\",
    "one\ntwo\n\n\nfive",
    "\ta tab\n    and spaces",
    "{braces} [brackets] <tags> & | ; > /dev/null",
    "--help --version -x",
    "a" * 2000,
    LONG,
    LONG[:5000] + "\n\n" + LONG[:4000],
    "%s %d %% \\n \\t \\x1b",
    "exit",
)
with_dialogs = pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.has_shell], ids=lambda cli: cli.name)


def holds(what: Callable[[], object], seconds: float) -> None:
    """``what`` is true all the time."""
    with pytest.raises(AssertionError, match="waited"):
        wait_for(lambda: not what(), seconds)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_twenty_messages_arrive_whole_and_once(crew: Crew) -> None:
    crew.hire_one().start()
    crew.ready("engineer-1")
    for text in TEXTS:
        crew.send(text)
    crew.wait(lambda: crew.is_read() and len(crew.server.prompts()) >= len(TEXTS), seconds=240)
    prompts = crew.server.prompts()
    ids = [re.findall(r"\[message (\S+) from", prompt) for prompt in prompts]
    assert len(set(itertools.chain(*ids))) == len(list(itertools.chain(*ids))) == len(TEXTS)
    for text, prompt in zip(TEXTS, prompts, strict=True):
        assert words(text) in words(prompt)
    assert not (crew.scene.worktree("engineer-1") / "pwned").exists()


@with_dialogs
def test_an_open_dialog_is_not_answered_by_a_message(crew: Crew, cli: Cli) -> None:
    crew.hire_one(mode="ask").start()
    crew.ready("engineer-1")
    file = asks_for_a_file(crew)
    crew.wait(lambda: crew.state("engineer-1") == "asking", seconds=60)
    crew.send("Are you there?")
    holds(lambda: crew.state("engineer-1") == "asking" and not file.exists() and not crew.is_read(), seconds=6)
    crew.keys("engineer-1", *cli.yes)
    crew.wait(file.exists)
    crew.wait(lambda: crew.is_read() and "Are you there?" in crew.server.prompts()[-1])


def asks_for_a_file(crew: Crew) -> Path:
    """Make the model want something that opens a dialog; what is there once it was allowed."""
    if crew.cli.name != "codex":
        crew.send("SCRIPT: touch asked")
        return crew.scene.worktree("engineer-1") / "asked"
    file = crew.scene.root.parent / "asked"  # its sandbox needs no dialog for the worktree
    wish = {"cmd": f"touch '{file}'", "sandbox_permissions": "require_escalated", "justification": "needed"}
    crew.send(f"CALL: exec_command {json.dumps(wish)}")
    return file


@with_dialogs
def test_a_dialog_that_a_person_rejects_does_not_leave_the_member_asking(crew: Crew, cli: Cli) -> None:
    crew.hire_one(mode="ask").start()
    crew.ready("engineer-1")
    file = asks_for_a_file(crew)
    crew.wait(lambda: crew.state("engineer-1") == "asking", seconds=60)
    crew.keys("engineer-1", "Escape")
    crew.ready("engineer-1")
    assert not file.exists()


def test_a_turn_broken_off_by_a_person_does_not_leave_the_member_working(crew: Crew) -> None:
    crew.hire_one().start()
    crew.ready("engineer-1")
    crew.send("HANG: 300")
    crew.wait(lambda: crew.state("engineer-1") == "working" and crew.server.prompts(), seconds=60)
    for key in crew.cli.escape:
        crew.keys("engineer-1", key)
        time.sleep(0.5)  # two at once would be another key
    crew.ready("engineer-1")
    crew.send("Are you there?")
    crew.wait(lambda: crew.is_read() and "Are you there?" in crew.server.prompts()[-1], seconds=60)


def test_what_a_person_left_half_typed_is_not_sent_along(crew: Crew) -> None:
    """Nor does a `!` in front of it have a shell run the message."""
    crew.hire_one().start()
    for half in ("half a line ", "!touch half "):
        crew.ready("engineer-1")
        crew.visit("engineer-1", half)
        before = len(crew.server.prompts())
        crew.send("touch pwned")
        crew.wait(lambda before=before: crew.is_read() and len(crew.server.prompts()) > before, seconds=60)
        assert "touch pwned" in crew.server.prompts()[-1] and "half" not in crew.server.prompts()[-1]
    place = crew.scene.worktree("engineer-1")
    assert not (place / "pwned").exists() and not (place / "half").exists()
