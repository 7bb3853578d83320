"""`start` on a team that is up: whatever is missing comes back, whoever has left the team goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tui.company import Company

from batty_hooks.state import watcher
from batty_hooks.system import process


@pytest.fixture
def company(company: Company) -> Company:
    company.hire(("lead", "architect", 1), ("engineer", "engineer", 1))
    return company


def write(company: Company, before: str, after: str) -> None:
    team = company.project.team_file
    team.write_text(team.read_text().replace(before, after))


def test_a_watcher_whose_window_was_closed_comes_back(company: Company) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    before = company.watcher()
    company.tmux("kill-window", "-t", "=team:watch")
    company.wait(lambda: watcher.alive(company.project) is None)
    assert "the team's watcher is not running" in company.scene.run("status", code=1)
    assert "the watcher is started again" in company.start()
    company.wait(lambda: watcher.alive(company.project) not in (None, before))


def test_a_window_of_his_own_is_not_taken_for_the_watchers(company: Company) -> None:
    """Whatever it is called, and whatever the watcher's is called by now."""
    company.start()
    before = company.watcher()
    company.tmux("rename-window", "-t", "=team:watch", "mine")
    for words in (("-n", "watch"), ("-n", "odd", "printf 'a\nb' && exec cat")):
        company.tmux("new-window", "-d", "-t", "=team:", *words)
    assert "is up already" in company.start()
    assert company.watcher() == before
    company.tmux("kill-window", "-t", "=team:mine")
    company.wait(lambda: watcher.alive(company.project) is None)
    assert "the watcher is started again" in company.start()
    assert company.watcher() not in (0, before)


def test_an_agent_that_outlives_its_pane_is_ended_before_another_comes(company: Company) -> None:
    adapter = company.project.adapters / "tui.py"
    stays = adapter.read_text().replace("*launch.args)", '*launch.args, "--stays", f"agent:{launch.room}")')
    adapter.write_text(stays)
    company.start()
    company.ready("lead", "engineer-1")
    pane = company.pane("engineer-1")
    company.tmux("kill-pane", "-t", pane.id)
    assert process.birth(pane.pid) == pane.birth, "it does not mind"
    assert "engineer-1 is started again" in company.start()
    assert process.birth(pane.pid) == ""
    company.ready("engineer-1")
    company.scene.run("stop")
    mark = f"agent:{company.room('engineer-1') / 'settings'}"
    assert process.with_argument(mark) == []


def test_what_somebody_puts_into_a_pane_is_left_there_and_the_agent_comes_elsewhere(company: Company) -> None:
    """`respawn-pane`; and a session that was given another name."""
    company.start()
    company.ready("lead", "engineer-1")
    before, watcher = company.pane("engineer-1"), company.watcher()
    places = company.tmux("list-panes", "-s", "-t", "=team", "-F", "#{pane_id} #{pane_pid}").splitlines()
    [place] = [line.split()[0] for line in places if line.endswith(f" {watcher}")]
    for id in (before.id, place):
        company.tmux("respawn-pane", "-k", "-t", id, "sleep 1000")
    company.tmux("respawn-pane", "-k", "-t", company.pane("lead").id)  # the same command again: an agent of ours
    company.tmux("new-session", "-d", "-s", "own", "sleep 1000")
    company.tmux("join-pane", "-d", "-s", company.pane("lead").id, "-t", "own:")
    company.tmux("rename-session", "-t", "team", "crew")
    company.wait(lambda: not process.birth(watcher) and not process.birth(before.pid))
    assert "engineer-1, the watcher is started again" in company.start()
    company.ready("lead", "engineer-1")
    listed = company.tmux("list-panes", "-a", "-F", "#{pane_id} #{pane_pid}")
    there = dict(line.split() for line in listed.splitlines())
    assert company.pane("engineer-1").id != before.id and before.id in there and place in there
    assert company.pane("lead").pid == int(there[company.pane("lead").id]), "nobody has started it twice"


def test_who_has_left_team_yaml_loses_pane_and_process_and_nothing_else(company: Company) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    pane, place = company.pane("engineer-1"), company.scene.worktree("engineer-1")
    (place / "half").write_text("done\n")
    line = next(line for line in company.project.team_file.read_text().splitlines(True) if "name: engineer" in line)
    write(company, line, "")
    said = company.scene.run("status", code=1)
    assert "engineer-1 is not in team.yaml any more, and its agent still runs\n       → batty-hooks start" in said
    assert "engineer-1 is not in the team any more: its pane is closed; worktree and messages stay" in company.start()
    assert process.birth(pane.pid) == "" and (place / "half").exists()
    assert "engineer-1" not in company.scene.run("status", code=None)
    write(company, "roles:\n", "roles:\n" + line)
    assert "engineer-1 is started again" in company.start()
    company.ready("engineer-1")


def test_an_agent_that_was_changed_is_told_how_it_comes(company: Company) -> None:
    adapters = company.project.adapters
    (adapters / "other.py").write_text((adapters / "tui.py").read_text().replace('NAME = "tui"', 'NAME = "other"'))
    company.start()
    company.ready("lead", "engineer-1")
    write(company, "type: engineer, agent: tui", "type: engineer, agent: other")
    assert "engineer-1 still runs tui: `batty-hooks stop`, then start, brings other" in company.start()
    company.ready("engineer-1")


def test_who_is_brought_back_has_the_environment_of_the_call(company: Company) -> None:
    """A key that was set, a program that was installed since the team was started."""
    company.start()
    company.ready("lead", "engineer-1")
    company.tmux("kill-pane", "-t", company.pane("engineer-1").id)
    company.start(env={"NEW_KEY": "a key; with 'everything'"})
    company.ready("engineer-1")
    company.scene.run("send", "engineer-1", 'RUN: printf %s "$NEW_KEY" >said')
    said = company.scene.worktree("engineer-1") / "said"
    company.wait(lambda: said.exists() and said.read_text() == "a key; with 'everything'")


def test_everything_is_checked_before_somebody_is_brought_back(company: Company) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    company.tmux("kill-pane", "-t", company.pane("engineer-1").id)
    write(company, "sh check.sh", "no-such-program -q")
    assert company.start(code=1).splitlines() == [
        "nothing was started:",
        "!!  gate: no-such-program is not on the PATH: no-such-program -q",
        "    → install it, or set gate.command in .batty/team_config/team.yaml",
    ]
    company.ready("lead")


def test_begun_anew_when_that_is_asked_for(company: Company) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    company.tmux("kill-pane", "-t", company.pane("engineer-1").id)
    company.wait(lambda: company.state("engineer-1") == "gone")
    company.start("--fresh")
    assert "--session" not in (company.room("engineer-1") / "start").read_text()


def test_a_member_cannot_stop_the_team_and_a_person_can_from_inside(company: Company) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    company.scene.run("send", "engineer-1", "RUN: batty-hooks stop >said 2>&1")
    said = company.scene.worktree("engineer-1") / "said"
    company.wait(lambda: said.exists() and "a person does" in said.read_text())
    company.ready("engineer-1")
    launcher = company.project.launcher
    company.tmux("new-window", "-d", "-c", str(company.scene.root), f"'{launcher}' stop --wait 0")
    company.wait(lambda: "team stopped" in company.scene.log())
    assert not company.project.stop_file.exists() and not os.path.exists(company.room("lead") / "pane.json")


def test_the_card_of_who_has_left_needs_a_person(company: Company) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    company.scene.cards("- [ ] One")
    company.wait(lambda: company.taken("engineer-1"))
    line = next(line for line in company.project.team_file.read_text().splitlines(True) if "name: engineer" in line)
    write(company, line, line.replace("engineer", "builder", 1))
    said = company.scene.run("status", code=1)
    assert "t1 belongs to engineer-1, who is not in the team\n       → batty-hooks task release t1" in said
    company.scene.run("task", "release", "t1")
    company.start()
    company.wait(lambda: company.taken("builder-1"))
    assert "t1: One" in company.taken("builder-1")[0]


def test_a_team_in_a_tmux_that_cannot_be_reached_is_no_left_over(company: Company, tmp_path: Path) -> None:
    company.start()
    company.ready("lead", "engineer-1")
    pane, watcher = company.pane("lead"), company.watcher()
    (tmp_path / "elsewhere").mkdir()
    said = company.start(code=1, env={"TMUX_TMPDIR": str(tmp_path / "elsewhere")})
    assert "the team runs already, in a tmux that cannot be reached from here" in said and "set TMUX_TMPDIR" in said
    assert process.birth(pane.pid) == pane.birth
    company.scene.run("stop", "--wait", "0", env={"TMUX_TMPDIR": str(tmp_path / "elsewhere")})
    assert not process.birth(pane.pid)
    company.wait(lambda: not process.birth(watcher))  # its tmux has ended with it
