"""A team's days: it is started, seen, stopped and started again; agents die and come back; nothing is lost."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest
from scene import Scene, wait_for
from tui.company import Company
from tui.kept import Kept

from batty_hooks.moves import listen
from batty_hooks.moves.base import runner
from batty_hooks.rules.look import Look
from batty_hooks.state import members
from batty_hooks.system import lock, process

WORK = "RUN: echo 10{n} > numbers/{name} && git add numbers && git commit -qm {name} && batty-hooks done"


def work(name: str, number: int) -> str:
    return "  " + WORK.format(name=name, n=number)


def one_engineer(company: Company) -> None:
    assert "one agent in one window" in company.hire(("engineer", "engineer", 1)).start()
    company.ready("engineer-1")


def nudged(company: Company) -> None:
    company.hire(("engineer", "engineer", 1), nudge="1s").start()
    company.ready("engineer-1")


def has_done(company: Company, title: str) -> bool:
    return any(line.startswith(f"- [x] {title} (engineer-1) ^") for line in company.scene.lane("DONE"))


def lead_and_engineer(company: Company) -> None:
    company.hire(("lead", "architect", 1), ("engineer", "engineer", 1)).start()
    company.ready("lead", "engineer-1")


def test_an_agent_is_told_its_role_and_runs_in_its_worktree(kept: Kept) -> None:
    company = kept(lead_and_engineer)
    role = (company.room("engineer-1") / "settings/role.md").read_text()
    assert "You are **engineer-1**" in role and "Your boss is **lead**" in role
    company.scene.run(
        "send", "engineer-1", "RUN: pwd; batty-hooks send lead I am in $PWD as $BATTY_MEMBER on $TUI_MODE"
    )
    company.wait(lambda: company.taken("lead"))
    assert f"I am in {company.scene.worktree('engineer-1')} as engineer-1 on work" in company.taken("lead")[0]


def test_a_pane_somebody_closed_stays_closed_until_start(kept: Kept) -> None:
    company = kept(lead_and_engineer)
    company.tmux("kill-pane", "-t", company.pane("lead").id)
    company.wait(lambda: company.state("lead") == "gone")
    company.scene.run("send", "engineer-1", "hello")  # the others do not mind
    company.wait(lambda: company.taken("engineer-1"))
    assert "lead is started again" in company.start()
    company.ready("lead")


def test_started_twice_it_says_where_the_team_is(kept: Kept) -> None:
    company = kept(one_engineer)
    pid = company.pane("engineer-1").pid
    said = company.start()
    assert said == "the team is up already; `batty-hooks attach` takes you there\n"
    assert company.pane("engineer-1").pid == pid


def test_something_missing_and_nothing_is_started(company: Company) -> None:
    company.hire(("engineer", "engineer", 1), gate="")
    team = company.project.team_file
    team.write_text(team.read_text().replace("agent: tui", "agent: tui, mode: reckless"))
    (company.scene.root / "kanban.md").unlink()
    adapter = company.project.adapters / "tui.py"
    adapter.write_text(adapter.read_text().replace('PROGRAM = "python3"', 'PROGRAM = "no-such-agent"'))
    said = company.start(code=1)
    assert said.splitlines() == [
        "gate: no test command was found, and nothing lands without one (saw nothing that says how)",
        "      give the command that tests this project in .batty/team_config/team.yaml: `gate: {command: …}`",
        "nothing was started:",
        "!!  agent tui: no-such-agent is not on the PATH",
        "    → install no-such-agent",
        "!!  role 'engineer': tui has no permission mode 'reckless'",
        "    → take one of: work, careful",
        "!!  there is no kanban.md here",
        "    → batty-hooks install  (it makes an empty one)",
        "!!  no test command is set, so nothing could land",
        "    → set gate.command in .batty/team_config/team.yaml",
    ]
    assert company.tmux("list-sessions", check=False) == ""
    assert not (company.scene.root / ".batty/worktrees/engineer-1").exists()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("NAME = 'tui'\n", "has no PROGRAM, INTERACTIVE"),
        ("NAME = 'tui'\nPROGRAM = ''\nINTERACTIVE = True\n", "has no MODES, start, heard, glance"),
        ("this is no Python\n", "cannot be read: SyntaxError"),
    ],
)
def test_a_file_that_is_no_adapter_is_named_with_what_it_lacks(company: Company, text: str, what: str) -> None:
    company.hire(("engineer", "engineer", 1))
    (company.project.adapters / "tui.py").write_text(text)
    said = company.start(code=1)
    assert what in said and "docs/agents.md" in said


def test_a_mixed_team_with_model_mode_arguments_and_environment_for_each_role(company: Company) -> None:
    company.hire(("lead", "architect", 1), ("engineer", "engineer", 1))
    adapter = company.project.adapters / "tui.py"
    other = (
        adapter.read_text()
        .replace('NAME = "tui"', 'NAME = "other"')
        .replace("*launch.args)", '"--other", launch.model)')
    )
    (company.project.adapters / "other.py").write_text(other)
    team = company.project.team_file.read_text()
    team = team.replace("type: engineer, agent: tui", "type: engineer, agent: other, model: big, mode: careful")
    team = team.replace("type: architect, agent: tui", "type: architect, agent: tui, args: [--lead], env: {HUE: blue}")
    company.project.team_file.write_text(team)
    company.start()
    company.ready("lead", "engineer-1")
    lead, engineer = ((company.room(name) / "start").read_text() for name in ("lead", "engineer-1"))
    assert lead.rstrip().endswith("--lead") and "export HUE=blue" in lead and "export TUI_MODE=work" in lead
    assert engineer.rstrip().endswith("--other big") and "HUE" not in engineer and "export TUI_MODE=careful" in engineer
    company.scene.run("send", "lead", "RUN: batty-hooks send engineer-1 hello from your lead")
    company.wait(lambda: any("hello from your lead" in prompt for prompt in company.taken("engineer-1")))


def test_a_killed_agent_comes_back_in_its_session_and_goes_on_with_its_card(kept: Kept, tmp_path: Path) -> None:
    """kill -9 in the middle of a turn: started again, told to go on, landed."""
    company = kept(one_engineer)
    sleeps = f"[ -e '{tmp_path}/again' ] || {{ touch '{tmp_path}/again'; sleep 600; }}\n"
    works = "echo 102 > numbers/two; git add numbers; git commit -qm two\nbatty-hooks done\n"
    script = company.scene.agent("works", sleeps + works)
    company.scene.cards("- [ ] Add a two", f"  RUN: {script.split(' {')[0]}")
    company.wait(lambda: (tmp_path / "again").exists())
    first = company.pane("engineer-1")
    # Whether it lives is looked at all the time, and not only by the look at everything half a minute later.
    assert listen._LIFE_SECONDS < runner._FULL_LOOK_SECONDS
    assert listen.due(Look(company.project)) <= time.time() + listen._LIFE_SECONDS
    os.kill(first.pid, signal.SIGKILL)
    company.wait(lambda: company.pane("engineer-1").pid not in (0, first.pid))
    company.wait(lambda: len(company.taken("engineer-1")) == 2)
    again = company.taken("engineer-1")[1]
    assert "Go on with it" in again and f": Add a two\n\nRUN: {script.split(' {')[0]}" in again
    assert len(set(company.sessions("engineer-1"))) == 1
    company.wait(lambda: has_done(company, "Add a two"))


def test_an_agent_that_dies_again_and_again_needs_a_person_and_start_brings_it_back(kept: Kept) -> None:
    company = kept(one_engineer)
    for _ in range(4):
        before = company.pane("engineer-1").pid
        company.scene.run("send", "engineer-1", "DIE")
        company.wait(
            lambda before=before: company.pane("engineer-1").pid != before or company.state("engineer-1") == "gone"
        )
        if len(company.pane("engineer-1").starts) < 4:
            company.ready("engineer-1")
    company.wait(lambda: "agent ended again and again" in company.scene.run("status", code=None))
    assert "→ batty-hooks start" in company.scene.run("status", code=1)
    assert "engineer-1 is started again" in company.start()
    company.ready("engineer-1")


def test_a_killed_watcher_comes_back(kept: Kept) -> None:
    company = kept(one_engineer)
    watcher = company.scene.root / ".batty/watch.pid"
    company.wait(watcher.exists)
    pid = int(watcher.read_text())
    company.tmux("set-option", "-p", "-t", "=team:=watch", "@batty_since", "1")  # it has lived long enough
    os.kill(pid, signal.SIGKILL)
    company.scene.run("send", "engineer-1", "hello")
    company.wait(lambda: watcher.read_text() != f"{pid}\n" and company.taken("engineer-1"))


def test_stopped_in_the_middle_and_started_again_nothing_is_lost(kept: Kept, tmp_path: Path) -> None:
    company = kept(one_engineer)
    company.scene.cards("- [ ] Add a three", "  RUN: echo half > half", f"  WAIT: {tmp_path}/go", work("three", 3))
    company.wait(lambda: (company.scene.worktree("engineer-1") / "half").exists())
    company.scene.run("send", "engineer-1", "a word for later")
    pid = company.pane("engineer-1").pid
    said = company.scene.run("stop", "--wait", "0.5")
    assert "waiting up to 0.5 s for the turn of engineer-1" in said
    assert "engineer-1 was in the middle of a turn; `batty-hooks start` resumes its session" in said
    assert not (company.scene.root / ".batty/stopping").exists()
    assert not (company.scene.root / ".batty/watch.pid").exists()
    assert process.birth(pid) == "" and company.tmux("list-sessions", check=False) == ""
    assert (company.scene.worktree("engineer-1") / "half").read_text() == "half\n"
    assert "the team is not running" in company.scene.run("stop")
    (tmp_path / "go").touch()
    company.start()
    company.wait(lambda: len(company.taken("engineer-1")) >= 3)
    assert "a word for later" in "".join(company.taken("engineer-1"))
    assert any("Go on with it" in prompt for prompt in company.taken("engineer-1"))
    assert len(set(company.sessions("engineer-1"))) == 1, "the session was resumed"


def test_stop_waits_for_a_turn_to_end(kept: Kept, tmp_path: Path) -> None:
    company = kept(one_engineer)
    company.scene.cards("- [ ] Add a four", f"  WAIT: {tmp_path}/go", work("four", 4))
    company.wait(lambda: company.state("engineer-1") == "working")
    with open(tmp_path / "said", "wb") as output, company.scene.begin("stop", output=output):
        wait_for((company.scene.root / ".batty/stopping").exists)
        (tmp_path / "go").touch()
    said = (tmp_path / "said").read_text()
    assert "in the middle" not in said and "the team is stopped" in said
    company.scene.step()
    assert has_done(company, "Add a four")


def test_paused_across_a_restart_nothing_new_is_begun(company: Company, tmp_path: Path) -> None:
    company.hire(("engineer", "engineer", 2)).start()
    company.scene.cards("- [ ] Add a number", f"  WAIT: {tmp_path}/go", work("two", 2))
    company.wait(lambda: company.state("engineer-1") == "working")
    company.scene.run("pause")
    company.scene.cards("- [ ] Add another", work("three", 3))
    company.scene.run("stop", "--wait", "0")
    company.start()
    company.ready("engineer-2")
    company.scene.run("send", "engineer-2", "a word")
    company.wait(lambda: company.taken("engineer-2"))
    assert len(company.scene.lane("TODO")) == 1 and "paused" in company.scene.run("status", code=None)
    company.scene.run("resume")
    company.wait(lambda: "- [x] Add another (engineer-2) ^t2" in company.scene.lane("DONE"))


def test_who_has_asked_a_question_is_not_asked_in_turn(company: Company) -> None:
    company.hire(("engineer", "engineer", 1), nudge="1s").start()
    company.scene.cards("- [ ] Ask", "  RUN: batty-hooks ask which one?")
    company.wait(lambda: "asked" in company.scene.log() and company.told("engineer-1")["event"] == "stop")
    company.wait(lambda: time.time() > company.told("engineer-1")["since"] + 1)
    company.scene.run("step", "nudge")
    assert len(company.scene.messages("engineer-1")) == 1
    company.scene.run("send", "engineer-1", "the second one")
    company.wait(lambda: len(company.taken("engineer-1")) == 3)  # the answer, and as nothing comes of it, the nudge


def test_a_question_is_heard_before_the_prompt_it_came_from(company: Company) -> None:
    """The watcher is slow: when it hears that the agent took its brief, the turn with the question is over."""
    company.hire(("engineer", "engineer", 1), nudge="1s")
    run, told = company.scene.run, lambda: company.told("engineer-1")
    with lock.held(company.project.lock("watch")):  # we are the watcher
        company.project.watcher_file.write_text(f"{os.getpid()}\n")
        company.start()
        company.wait(lambda: (run("step", "listen"), company.state("engineer-1") == "ready")[1])
        company.scene.cards("- [ ] Ask", "  RUN: batty-hooks ask which one?")
        run("step", "reconcile", "setup", "dispatch")
        run("step", "deliver")
        company.wait(lambda: len(list((company.room("engineer-1") / "events").iterdir())) == 2)
        assert "delivered" not in company.scene.log().partition("asked")[0]
        run("step", "listen")
        assert told()["event"] == "stop"
        company.wait(lambda: time.time() > told()["since"] + 1)
        run("step", "nudge")
    assert len(company.scene.messages("engineer-1")) == 1


def test_a_red_run_comes_back_into_the_pane_and_the_second_try_lands(kept: Kept) -> None:
    company = kept(one_engineer)
    script = company.scene.agent("tries", "[ -e numbers/five ] && echo 105 > numbers/five || echo x > numbers/five\n"
                                 "git add numbers; git commit -qm five; batty-hooks done\n")  # fmt: skip
    run = f"RUN: {script.split(' {')[0]}"
    company.scene.cards("- [ ] Add a five", f"  {run}")
    company.wait(lambda: any("FAILED numbers/five is not a number" in prompt for prompt in company.taken("engineer-1")))
    company.scene.run("send", "engineer-1", run)
    company.wait(lambda: has_done(company, "Add a five"))


def test_a_limit_is_shown_with_its_end_and_ends_by_itself(kept: Kept) -> None:
    company = kept(one_engineer)
    company.scene.run("send", "engineer-1", f"LIMIT {time.time() + 3600}")
    company.wait(lambda: company.state("engineer-1") == "limit")
    until = r"until (\d{4}-\d\d-\d\d )?\d\d:\d\d"  # (an hour before midnight it ends tomorrow)
    assert re.search(rf"engineer-1 \(limit\): usage limit, {until}", company.scene.run("status", code=None))
    company.scene.run("send", "engineer-1", "afterwards")
    company.scene.run("step", "deliver")
    assert len(company.taken("engineer-1")) == 1 and len(company.unread("engineer-1")) == 1
    why = company.told("engineer-1")["why"]
    company.project.limits_file.unlink()  # the hour is over, for the account and for whoever has reached it
    members.set_state(company.project, "engineer-1", members.LIMIT, why, "limit", until=time.time())
    company.wait(lambda: any("afterwards" in prompt for prompt in company.taken("engineer-1")))


def test_two_projects_at_once_with_odd_paths(tmp_path: Path) -> None:
    companies = [Company(Scene(tmp_path / name / "pro ject's").create()) for name in ("one", "two dir")]
    try:
        for company in companies:
            company.hire(("engineer", "engineer", 1)).start()
            company.scene.cards("- [ ] Add a number", work("two", 2))
        for company in companies:
            company.wait(lambda company=company: company.scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"])
        companies[0].scene.run("stop")
        other, before = companies[1], companies[1].pane("engineer-1")
        assert before.alive
        os.kill(before.pid, signal.SIGKILL)
        other.wait(lambda: other.pane("engineer-1").pid not in (0, before.pid) and other.state("engineer-1") == "ready")
        assert other.scene.run("status", code=None)
    finally:
        for company in companies:
            company.close()


def test_a_stop_that_was_killed_holds_nobody_up(kept: Kept) -> None:
    company = kept(one_engineer)
    company.project.stop_file.write_text("99999999\n")
    company.scene.cards("- [ ] Add a six", work("six", 6))
    company.wait(lambda: has_done(company, "Add a six"))


def test_an_idle_engineer_is_asked_once_then_a_person_is(kept: Kept) -> None:
    company = kept(nudged)
    company.scene.cards("- [ ] Do nothing at all")
    company.wait(lambda: len(company.taken("engineer-1")) == 2)
    assert "neither reported it nor asked" in company.taken("engineer-1")[1]
    company.wait(lambda: "engineer-1 is idle with t" in company.scene.run("status", code=None))
    assert "→ batty-hooks attach engineer-1" in company.scene.run("status", code=1)
    assert len(company.taken("engineer-1")) == 2
