"""The user's own tmux.conf holds in the team's tmux as well, whatever stands in it, and harms nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene
from tui.company import Company

CONFS = {
    "other numbers, names and sizes": """
set -g base-index 1
setw -g pane-base-index 1
set -g renumber-windows on
set -g automatic-rename on
set -g allow-rename on
set -g status off
set -g window-size smallest
set -g default-size 100x30
set -g history-limit 100
set -g set-titles on
""",
    "panes that go away, hooks and layouts of his own": """
set -g remain-on-exit off
set -g pane-border-status off
set -g destroy-unattached on
set -g exit-unattached on
set-hook -g pane-died 'kill-pane'
set-hook -g after-split-window 'select-layout even-horizontal'
set-hook -g after-new-window 'rename-window mine'
set-hook -g session-created 'set -g @mine 1'
""",
    "keys, a mouse, vi, a command of his own for new panes": """
set -g prefix C-a
unbind C-b
set -g mouse on
setw -g mode-keys vi
set -g default-command 'exec cat'
set -g synchronize-panes on
""",
    "lines that tmux does not know": """
set -g no-such-option on
this is no command
run-shell 'exit 3'
set -g base-index 7
""",
}


@pytest.fixture(params=CONFS)
def company(request: pytest.FixtureRequest, scene: Scene, own_home: Path) -> Iterator[Company]:
    (own_home / ".tmux.conf").write_text(CONFS[request.param])
    found = Company(scene).hire(("lead", "architect", 1), ("engineer", "engineer", 2))
    yield found
    found.close()


def test_the_team_starts_gets_messages_comes_back_and_stops(company: Company) -> None:
    everybody = ("lead", "engineer-1", "engineer-2")
    company.start()
    company.ready(*everybody)
    company.watcher()
    for member in everybody:
        company.scene.run("send", member, f"for {member}")
    for member in everybody:
        company.wait(lambda member=member: len(company.taken(member)) == 1)
        assert f"\nfor {member}\n" in company.taken(member)[0]
    company.wait(lambda: company.told("engineer-2")["event"] == "stop")  # killed in a turn, it would be told to go on
    before = company.pane("engineer-2")
    os.kill(before.pid, signal.SIGKILL)
    company.wait(lambda: company.pane("engineer-2").pid not in (0, before.pid))
    company.ready(*everybody)
    company.scene.run("send", "engineer-2", "again")
    company.wait(lambda: len(company.taken("engineer-2")) == 2)
    assert len(company.taken("lead")) == len(company.taken("engineer-1")) == 1
    company.scene.run("stop")
    assert not company.tmux("list-sessions", check=False)
