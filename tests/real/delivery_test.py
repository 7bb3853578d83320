"""Messages to a real CLI: each arrives whole and once, whatever is in it, and whatever a person does meanwhile."""

from __future__ import annotations

import itertools
import json
import re
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
    "/help me with this\n!rm -rf nothing\n# a heading\n- [ ] a card\n? what\n--help --version -x\nexit",
    "!touch pwned",
    "$(touch pwned) `touch pwned` $HOME \\$x\n'single' \"double\" '\"both\"'\n{braces} [brackets] <tags> & | ; >log",
    "größer, 日本語, 🎉, e\u0301, %s %d %% \\n \\t \\x1b\none\ntwo\n\n\nfive\n\ta tab\n    and spaces",
    "ends with a file @numbers/one",
    "ends with a backslash \\",
    "a" * 2000,
    LONG,
    LONG[:5000] + "\n\n" + LONG[:4000],
)
HALVES = ("half a line ", "!touch half ", "!touch half in the middle\x1b[D\x1b[D\x1b[D")
LINES = ("half one\nhalf two\nhalf three", "!touch half\ntouch half more\x1b[D\x1b[D")
with_dialogs = pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.has_shell], ids=lambda cli: cli.name)


def holds(what: Callable[[], object], seconds: float) -> None:
    """``what`` is true all the time."""
    with pytest.raises(AssertionError, match="waited"):
        wait_for(lambda: not what(), seconds)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_messages_arrive_whole_and_once_whatever_a_person_does(crew: Crew, cli: Cli) -> None:
    crew.hire_one().start()
    for half in (*HALVES, *(LINES if cli.has_shell else ())):  # (in Aider a new line is another key)
        what_a_person_left_half_typed_is_not_sent_along(crew, half)
    each_message_arrives_whole_and_once(crew)
    a_turn_broken_off_by_a_person_does_not_leave_the_member_working(crew)
    if cli.tells_failures:
        a_login_that_has_expired_needs_a_person(crew)


def what_a_person_left_half_typed_is_not_sent_along(crew: Crew, half: str) -> None:
    """Nor does a `!` in front of it have a shell run the message."""
    crew.ready("engineer-1")
    crew.visit("engineer-1", half)
    before = len(crew.server.prompts())
    crew.send("touch pwned")
    crew.wait(lambda: crew.is_read() and len(crew.server.prompts()) > before)
    assert "touch pwned" in crew.server.prompts()[-1] and "half" not in crew.server.prompts()[-1]
    assert not crew.made("pwned") and not crew.made("half")


def each_message_arrives_whole_and_once(crew: Crew) -> None:
    before = len(crew.server.prompts())
    for text in TEXTS:
        crew.send(text)
    crew.wait(lambda: crew.is_read() and len(crew.server.prompts()) >= before + len(TEXTS), seconds=240)
    prompts = crew.server.prompts()[before:]
    ids = [re.findall(r"\[message (\S+) from", prompt) for prompt in prompts]
    assert len(set(itertools.chain(*ids))) == len(list(itertools.chain(*ids))) == len(TEXTS)
    for text, prompt in zip(TEXTS, prompts, strict=True):
        assert words(text) in words(prompt)
    assert not crew.made("pwned")


def a_turn_broken_off_by_a_person_does_not_leave_the_member_working(crew: Crew) -> None:
    crew.ready("engineer-1")
    crew.send("HANG: 300")
    crew.wait(lambda: crew.state("engineer-1") == "working" and "HANG" in crew.server.prompts()[-1])
    crew.press("engineer-1", *crew.cli.escape, until=lambda: crew.state("engineer-1") == "ready")
    crew.send("Are you there?\nSCRIPT: true")
    crew.wait(lambda: crew.is_read() and "Are you there?" in crew.server.prompts()[-1])


def a_login_that_has_expired_needs_a_person(crew: Crew) -> None:
    crew.ready("engineer-1")
    crew.send("FAIL: 401")
    crew.wait(lambda: crew.state("engineer-1") == "limit", seconds=120)
    assert crew.told("engineer-1")["why"].startswith("log in again: ")
    assert "engineer-1 has reached a limit: log in again: " in crew.scene.run("status", code=1)


@with_dialogs
def test_a_dialog_is_answered_by_a_person_alone(crew: Crew, cli: Cli) -> None:
    crew.hire_one(mode="ask").start()
    a_dialog_that_a_person_rejects_does_not_leave_the_member_asking(crew)
    an_open_dialog_is_not_answered_by_a_message(crew)


def a_dialog_that_a_person_rejects_does_not_leave_the_member_asking(crew: Crew) -> None:
    file = asks_for_a_file(crew)
    crew.answer("engineer-1", "Escape")
    crew.ready("engineer-1")
    assert not file.exists()


def an_open_dialog_is_not_answered_by_a_message(crew: Crew) -> None:
    file = asks_for_a_file(crew)
    crew.send("Are you there?")
    holds(lambda: crew.state("engineer-1") == "asking" and not file.exists() and not crew.is_read(), seconds=4)
    crew.answer("engineer-1", *crew.cli.yes)
    crew.wait(file.exists)
    crew.wait(lambda: crew.is_read() and "Are you there?" in crew.server.prompts()[-1])


def asks_for_a_file(crew: Crew) -> Path:
    """Make the model want something that opens a dialog; what is there once it was allowed."""
    crew.ready("engineer-1")
    file = crew.scene.worktree("engineer-1") / "asked"
    if crew.cli.name == "codex":
        file = crew.scene.root.parent / "asked"  # its sandbox needs no dialog for the worktree
        wish = {"cmd": f"touch '{file}'", "sandbox_permissions": "require_escalated", "justification": "needed"}
        crew.send(f"CALL: exec_command {json.dumps(wish)}")
    else:
        crew.send("SCRIPT: touch asked")
    crew.wait(lambda: crew.state("engineer-1") == "asking")
    return file
