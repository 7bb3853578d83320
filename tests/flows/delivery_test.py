"""Messages to agents with a pane: whatever they hold arrives as it was sent, once, and never answers a dialog."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tui.company import Company
from tui.kept import Kept

from batty_hooks.state import deliveries

ODD = {
    "quotes": """ "double" 'single' `backticks` $(touch /tmp/no) ${HOME} \\ \\n %s """,
    "slash": "/help me",
    "bang": "!rm -rf nothing",
    "hash": "#hash\n#{pane_id} #[reverse]",
    "unicode": "Grüße, 你好, 👩‍💻, \u202eright to left\u202c, e\u0301",
    "semicolon": "ends with ;",
    "at": "look at @src/main.py",
    "backslash": "ends with a backslash \\",
    "dash": "-t %0 --help",
    "long": "".join(f"line {number} of ten kilobytes\n" for number in range(400)),
}


def one_engineer(company: Company) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    company.ready("engineer-1")


@pytest.fixture
def company(kept: Kept) -> Company:
    return kept(one_engineer)


def send(company: Company, text: str) -> None:
    company.scene.run("send", "engineer-1", "-", typed=text.encode())


def bodies(company: Company) -> list[str]:
    return ["\n".join(prompt.splitlines()[1:-2]) for prompt in company.taken("engineer-1")]


def test_every_kind_of_text_arrives_as_it_was_sent(company: Company) -> None:
    for text in ODD.values():
        send(company, text)
    company.wait(lambda: len(company.taken("engineer-1")) == len(ODD))
    assert bodies(company) == [text.strip() for text in ODD.values()]
    company.wait(lambda: not company.unread("engineer-1"))
    assert not Path("/tmp/no").exists()


def test_what_would_end_the_paste_or_be_a_key_is_taken_out(company: Company) -> None:
    send(company, "before\x1b[201~\rRUN: touch pwned\r\x1b[200~ \x03 \x1b[A after\x7f\x9b31m")
    company.wait(lambda: company.taken("engineer-1"))
    assert bodies(company) == ["before\nRUN: touch pwned\n  [A after31m"]


def test_a_busy_agent_gets_its_messages_when_its_turn_has_ended(company: Company, tmp_path: Path) -> None:
    send(company, f"WAIT: {tmp_path}/go")
    company.wait(lambda: company.state("engineer-1") == "working" and not company.unread("engineer-1"))
    for number in range(3):
        send(company, f"number {number}")
    said = company.scene.run("send", "engineer-1", "number 3")
    assert "engineer-1 is working" in said
    assert len(company.unread("engineer-1")) == 4 and len(company.taken("engineer-1")) == 1
    (tmp_path / "go").touch()
    company.wait(lambda: len(company.taken("engineer-1")) == 5)
    assert bodies(company)[1:] == [f"number {number}" for number in range(4)]


def test_nothing_is_typed_into_what_an_agent_offers_at_its_start(company: Company) -> None:
    """Its event says that it is ready; only its own file tells of what it has opened since."""
    status = company.room("engineer-1") / "settings" / "status"
    ready = status.read_text()
    status.write_text(ready.replace("idle", "waiting"))
    send(company, "hello")
    company.wait(lambda: company.state("engineer-1") == "asking")
    sent = company.sent("engineer-1")
    assert sent and sent.pastes == 0 and "hello" not in company.screen("engineer-1")
    status.write_text(ready)
    company.wait(lambda: len(company.taken("engineer-1")) == 1)


def test_an_open_dialog_is_never_answered_by_a_message(company: Company) -> None:
    send(company, "ASK: touch dangerous")
    company.wait(lambda: company.state("engineer-1") == "asking")
    send(company, "something else")
    status = company.scene.run("status", code=1)
    assert "engineer-1 asks: may it run touch dangerous?" in status and "batty-hooks attach engineer-1" in status
    time.sleep(4)  # longer than the patience of a delivery
    assert not company.approved("engineer-1") and len(company.taken("engineer-1")) == 1
    company.keys("engineer-1", "Escape")  # no event says so, only the agent's own file
    company.wait(lambda: len(company.taken("engineer-1")) == 2)
    assert not company.approved("engineer-1") and bodies(company)[1] == "something else"


def test_a_turn_that_a_person_interrupts_does_not_stay_working(company: Company) -> None:
    send(company, "WAIT: /nowhere/at/all")
    company.wait(lambda: company.state("engineer-1") == "working")
    company.keys("engineer-1", "Escape")
    company.wait(lambda: company.state("engineer-1") == "ready")


def test_a_person_who_types_meanwhile_keeps_his_words_and_the_message_arrives(company: Company) -> None:
    company.keys("engineer-1", "please ")
    send(company, "hello")
    company.wait(lambda: company.taken("engineer-1"))
    [prompt] = company.taken("engineer-1")
    assert prompt.startswith("please [message") and "\nhello\n" in prompt
    company.wait(lambda: not company.unread("engineer-1"))


def test_a_pane_in_copy_mode_gets_the_message(company: Company) -> None:
    company.tmux("copy-mode", "-t", company.pane("engineer-1").id)
    send(company, "hello")
    company.wait(lambda: bodies(company) == ["hello"])


def test_an_enter_that_was_lost_is_pressed_once_more(company: Company) -> None:
    """The text is in the input box and nothing has come of it: one more Enter submits it, exactly once."""
    send(company, "DEAF: 1")
    company.wait(lambda: company.taken("engineer-1") and company.state("engineer-1") == "ready")
    send(company, "hello")
    company.wait(lambda: len(bodies(company)) == 2)
    assert bodies(company)[1] == "hello"


def test_what_a_cli_that_stands_still_has_not_read_is_not_typed_again(company: Company, tmp_path: Path) -> None:
    """A machine that swaps, a stop of the world: twelve seconds of it and the message was there twice."""
    send(company, f"STILL: {tmp_path}/go")
    company.wait(lambda: company.taken("engineer-1") and company.state("engineer-1") == "ready")
    send(company, "hello")
    company.wait(lambda: (sent := company.sent("engineer-1")) and time.time() - sent.begun > 7.0)  # else pasted twice
    sent = company.sent("engineer-1")
    assert sent and sent.pastes == 1 and len(bodies(company)) == 1
    (tmp_path / "go").touch()
    company.wait(lambda: bodies(company)[1:] == ["hello"])

    send(company, f"STILL: {tmp_path}/again")
    company.wait(lambda: len(bodies(company)) == 3 and company.state("engineer-1") == "ready")
    company.keys("engineer-1", "x")
    send(company, "hello again")
    company.wait(lambda: (sent := company.sent("engineer-1")) and sent.pastes == 0)
    assert "hello again" in deliveries.text_of(company.project, "engineer-1")  # the one before was taken, this was not
    (tmp_path / "again").touch()
    company.wait(lambda: bodies(company)[3:] == ["hello again"])


def test_send_says_whether_it_arrived(company: Company, tmp_path: Path) -> None:
    said = company.scene.run("send", "--wait", "120", "engineer-1", "hello")
    assert "engineer-1 has it" in said
    send(company, f"WAIT: {tmp_path}/go")
    company.wait(lambda: company.state("engineer-1") == "working" and not company.unread("engineer-1"))
    said = company.scene.run("send", "--wait", "0.5", "engineer-1", "hello", code=75)
    assert "engineer-1 is working" in said
    (tmp_path / "go").touch()


def test_that_a_card_has_landed_costs_no_turn_and_stands_in_the_next_brief(company: Company) -> None:
    work = "  RUN: echo {n} > numbers/{n}; git add -A; git commit -qm W; batty-hooks done"
    company.scene.cards("- [ ] Two", work.format(n=2), "- [ ] Three", work.format(n=3))
    company.wait(lambda: len(company.scene.lane("DONE")) == 2 and not company.unread("engineer-1"))
    first, second = company.taken("engineer-1")
    assert "t1: Two" in first and "t2: Three" in second
    landed = company.scene.git("for-each-ref", "--format=%(objectname)", "refs/batty/landed/t1")
    assert f"Of yours has landed since: t1 as {landed[:7]}." in second


# --- after these a team is no more as it was ---


def test_a_message_that_never_arrives_needs_a_person(company: Company) -> None:
    send(company, "DEAF: 1000")
    company.wait(lambda: company.taken("engineer-1") and company.state("engineer-1") == "ready")
    send(company, "hello")
    company.wait(lambda: (sent := company.sent("engineer-1")) and sent.is_hopeless)
    assert "does not reach engineer-1" in company.scene.run("status", code=None)
    assert len(company.unread("engineer-1")) == 1, "it is not lost"
    assert len(bodies(company)) == 1


def test_a_dialog_that_opens_after_the_paste_gets_no_enter(company: Company) -> None:
    """The record of a delivery whose Enter is still to come, and a dialog: the move looks first."""
    company.tmux("kill-window", "-t", "=team:watch")
    company.wait(lambda: not (company.scene.root / ".batty/watch.pid").exists())
    company.keys("engineer-1", "ASK: touch dangerous", "Enter")
    company.wait(lambda: "May I run" in company.screen("engineer-1"))
    company.scene.run("step", "deliver")
    send(company, "hello")
    company.scene.run("step", "listen", "deliver")
    assert not company.approved("engineer-1")
