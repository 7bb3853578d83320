"""A turn that does not come to its end: whoever it was is told once to go on, and nothing he was told is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tui.company import Company
from tui.kept import Kept


def a_lead(company: Company) -> None:
    company.hire(("lead", "architect", 1)).start()
    company.ready("lead")


@pytest.fixture
def company(kept: Kept) -> Company:
    return kept(a_lead)


def told_to_go_on(company: Company) -> list[str]:
    return [prompt for prompt in company.taken("lead") if "cut off before its end" in prompt]


def test_whoever_dies_in_a_turn_is_told_once_to_go_on_with_what_he_was_told(company: Company, tmp_path: Path) -> None:
    company.scene.run("send", "lead", f"WAIT: {tmp_path}/go")
    company.wait(lambda: company.state("lead") == "working" and not company.unread("lead"))
    os.kill(company.pane("lead").pid, signal.SIGKILL)
    company.wait(lambda: told_to_go_on(company))
    assert f"from human:\n\n> WAIT: {tmp_path}/go\n" in told_to_go_on(company)[0]
    assert len(set(company.sessions("lead"))) == 1
    company.scene.run("send", "--wait", "120", "lead", "a word")
    company.ready("lead")
    company.scene.run("step")
    assert len(told_to_go_on(company)) == 1 and not company.unread("lead")


def test_whoever_is_suspended_in_its_pane_goes_on(company: Company) -> None:
    """Ctrl-Z in a pane where no shell could bring it back; some CLIs stop themselves at that key. The pane's own
    process is let go on by tmux, what a wrapper has started by us."""
    os.kill(company.pane("lead").pid, signal.SIGSTOP)
    company.scene.run("send", "--wait", "120", "lead", "RUN: kill -STOP $$; echo again")
    company.wait(lambda: "continued  lead" in company.scene.log())
    company.ready("lead")


def test_stop_counts_a_question_as_a_turn_and_start_has_it_go_on(company: Company) -> None:
    company.scene.run("send", "lead", "ASK: touch something")
    company.wait(lambda: company.state("lead") == "asking")
    said = company.scene.run("stop", "--wait", "0.001")  # less than it takes to hear who is at work
    assert "waiting up to 0.001 s for the turn of lead" in said
    assert "lead asks: may it run touch something? (to answer: batty-hooks attach lead)" in said
    sent = company.scene.run("send", "lead", "hello")
    assert "lead is not running: it comes when the team was started" in sent
    assert "lead was in the middle of a turn; `batty-hooks start` resumes its session" in said
    company.start()
    company.wait(lambda: told_to_go_on(company))
    assert "> ASK: touch something" in told_to_go_on(company)[0]


def test_who_was_idle_is_told_nothing(company: Company) -> None:
    company.scene.run("send", "--wait", "120", "lead", "a word")
    company.ready("lead")
    before = company.pane("lead").pid
    os.kill(before, signal.SIGKILL)
    company.wait(lambda: company.pane("lead").pid not in (0, before))
    company.ready("lead")
    company.scene.run("stop")
    company.start()
    company.ready("lead")
    company.scene.run("send", "--wait", "120", "lead", "another word")
    company.ready("lead")
    assert len(company.taken("lead")) == 2


def test_a_machine_that_goes_down_in_a_turn(company: Company, tmp_path: Path) -> None:
    """Nobody was there to see the agent die: what `start` finds is that it was at work."""
    company.scene.run("send", "lead", f"WAIT: {tmp_path}/go")
    company.wait(lambda: company.state("lead") == "working" and not company.unread("lead"))
    watcher = int((company.scene.root / ".batty/watch.pid").read_text())
    pid = company.pane("lead").pid
    os.kill(watcher, signal.SIGSTOP)
    company.tmux("kill-server")
    for one in (watcher, pid):
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue
    company.start()
    company.wait(lambda: told_to_go_on(company))
