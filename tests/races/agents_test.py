"""Several engines at once hear of agents that end, and start them again: what is known is of the process that lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest
from tui.company import Company

from batty_hooks.moves import failover, listen, revive
from batty_hooks.moves.base import interface
from batty_hooks.state import members

ENGINES = 3
# What a wake and a `stop` that waits do beside the watcher, again and again.
ENGINE = """
from pathlib import Path
from batty_hooks.moves.base.runner import Runner
from batty_hooks.state import project as project_map

def fail(item, error):
    raise SystemExit(f"{item}: {error}")

engine = Runner(project_map.find(Path.cwd()), ["listen", "revive"], fail)
print("ready", flush=True)
while True:
    engine.sweep()
    engine.spent.clear()
"""


@pytest.fixture
def company(company: Company) -> Company:
    company.hire(("lead", "architect", 1))
    company.start()
    company.ready("lead")
    return company


def is_up(company: Company) -> bool:
    """Whether what is known of lead is of the process that tmux has in its pane."""
    pane = company.pane("lead")
    pid = company.tmux("display-message", "-p", "-t", pane.id, "#{?pane_dead,0,#{pane_pid}}")
    return company.state("lead") == "ready" and pane.alive and f"{pane.pid}" == pid


def test_what_starts_hears_and_ends_agents_is_done_by_one_at_a_time() -> None:
    assert {move.LOCK for move in (listen, revive, failover)} == {interface.AGENTS}


def test_several_engines_start_who_has_died_once(company: Company) -> None:
    with ExitStack() as stack:
        engines = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", ENGINE], cwd=company.scene.root, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
            for _ in range(ENGINES)
        ]  # fmt: skip
        for engine in engines:
            stack.callback(engine.kill)
        for engine in engines:
            assert engine.stdout and engine.stdout.readline() == "ready\n"
        for restarts in (1, 2, 3):
            company.wait(lambda: is_up(company))
            os.kill(company.pane("lead").pid, signal.SIGKILL)
            company.wait(lambda restarts=restarts: len(company.pane("lead").starts) == restarts + 1 and is_up(company))
        assert [engine.poll() for engine in engines] == [None] * ENGINES, "no engine met with trouble"
    assert company.scene.log().count("restarted") == 3 and is_up(company)


def test_who_counts_as_gone_and_lives_is_taken_up_again(company: Company) -> None:
    members.set_state(company.project, "lead", members.GONE, "its process ended while it was ready", "pane-died")
    company.ready("lead")
    assert company.scene.log().count("restarted") == 0 and company.told("lead")["cut"] == 0
    company.scene.run("send", "--wait", "120", "lead", "a word")
    assert is_up(company) or company.state("lead") == "working"
