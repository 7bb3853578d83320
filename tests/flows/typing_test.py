"""A person types in a pane, stops in the middle of a line, and a message comes: neither is sent with the other."""

from __future__ import annotations

import subprocess
import time

import pytest
from flows.layout_test import outer, sit_down
from scene import wait_for
from tui.company import Company

from batty_hooks.state.panes import typing

__all__ = ["outer"]


@pytest.fixture
def company(company: Company, outer: str) -> Company:
    """One engineer, and somebody at a terminal in front of its pane."""
    company.hire(("engineer", "engineer", 1))
    company.start()
    company.ready("engineer-1")
    sit_down(outer, company, (80, 24), "attach", "engineer-1")
    company.wait(lambda: company.tmux("list-clients"))
    time.sleep(1.1)  # tmux counts in whole seconds: what is typed in the second of his coming is not seen as typed
    return company


def types(outer: str, *keys: str) -> None:
    subprocess.run(["tmux", "-L", outer, "send-keys", *keys], check=True)


def test_his_half_line_is_not_sent_and_the_message_comes_when_he_has_sent_it(company: Company, outer: str) -> None:
    types(outer, "please look at ")
    company.wait(lambda: "please look at" in company.screen("engineer-1"))
    company.scene.run("send", "--wait", "4", "engineer-1", "hello", code=75)
    assert company.taken("engineer-1") == [] and not list(company.project.members.glob("*/sent.json"))
    types(outer, "this", "Enter")
    company.wait(lambda: not company.unread("engineer-1"))
    mine, message = company.taken("engineer-1")
    assert mine == "please look at this" and "\nhello\n" in message and message.startswith("[message")


def test_a_half_line_that_is_left_is_taken_out(company: Company, outer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `!` in front many CLIs would run the message in a shell."""
    company.tmux("kill-window", "-t", "=team:watch")
    types(outer, "!echo half ")
    company.wait(lambda: "!echo half" in company.screen("engineer-1"))
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    company.scene.run("send", "engineer-1", "hello")
    monkeypatch.setattr(typing, "_TYPING_SECONDS", 0.5)
    time.sleep(1.1)
    from batty_hooks.moves.base import runner

    steps = runner.Runner(company.project, ["listen", "deliver"], lambda item, error: pytest.fail(f"{item}: {error}"))
    wait_for(lambda: (steps.sweep(), company.taken("engineer-1"))[1])
    [prompt] = company.taken("engineer-1")
    assert prompt.startswith("[message") and "half" not in prompt
    kept = company.room("engineer-1") / "half-typed"
    assert "> !echo half" in kept.read_text() and str(kept.relative_to(company.scene.root)) in company.scene.run("log")
    company.scene.run("send", "engineer-1", "and nothing is typed now")
    wait_for(lambda: (steps.sweep(), company.taken("engineer-1")[1:])[1])
    assert "> !echo half" in kept.read_text() and company.scene.run("log").count("put aside") == 1


def test_who_only_looks_holds_nothing_up(company: Company, outer: str) -> None:
    company.scene.run("send", "--wait", "120", "engineer-1", "hello")
