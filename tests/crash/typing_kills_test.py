"""A message comes where a person has left something half typed, and who empties the box and pastes is killed."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator

import pytest
from crash.agents_test import made
from crash.killing import EVERY, EVERY_STATE, in_child
from flows.layout_test import outer, sit_down
from flows.typing_test import types
from tui.company import Company

from batty_hooks.moves import deliver
from batty_hooks.state import inbox
from batty_hooks.state.panes import typing
from batty_hooks.system import lock

__all__ = ["outer"]


@pytest.fixture
def team(company: Company, alone: None, outer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """One engineer, whose moves only the test makes, and somebody who sits in front of its pane."""
    company.hire(("engineer", "engineer", 1))
    monkeypatch.setattr(deliver, "_PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(typing, "_TYPING_SECONDS", 0.0)
    with lock.held(company.project.lock("watch")):
        company.project.watcher_file.write_text(f"{os.getpid()}\n")
        company.start()
        sit_down(outer, company, (80, 24), "attach", "engineer-1")
        company.wait(lambda: company.tmux("list-clients"))
        time.sleep(1.1)  # (tmux counts in whole seconds)
        yield company


def test_a_killed_emptying_sends_nothing_along_and_keeps_what_stood_there(team: Company, outer: str) -> None:
    """After every fourth of its writes; EVERY=1: after each."""
    project = team.project
    hear, paste = made("listen", project), made("deliver", project)
    team.wait(lambda: (hear(), team.state("engineer-1") == "ready")[1])
    for number in itertools.count(EVERY_STATE, EVERY_STATE if EVERY else 2 * EVERY_STATE):
        types(outer, "-l", f"!echo half {number} ")
        team.wait(lambda number=number: f"!echo half {number} " in f"{team.screen('engineer-1')} ")
        body = f"message {number}"
        inbox.send(project, inbox.Message(f"m{number}", "human", "engineer-1", body, body))
        whole = in_child(paste, number)
        team.wait(_confirmed(team, f"m{number}", hear, paste))
        team.wait(lambda: (hear(), team.state("engineer-1") == "ready")[1])
        taken = [prompt for prompt in team.taken("engineer-1") if f"message {number}\n" in prompt]
        assert len(taken) in (1, 2), f"after kill {number} it came {len(taken)} times"
        assert all(prompt.startswith("[message") and "half" not in prompt for prompt in taken), f"{number}: {taken}"
        kept = team.room("engineer-1") / "half-typed"
        assert f"!echo half {number}" in kept.read_text(), f"after kill {number}"
        assert not (team.room("engineer-1") / "screen").exists()
        if whole:
            break
    assert number >= 20


def _confirmed(team: Company, id: str, *moves: Callable[[], object]) -> Callable[[], bool]:
    return lambda: ([move() for move in moves], inbox.keys(team.project, "engineer-1")[id] == "S")[1]
