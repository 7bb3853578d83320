"""The moves about agents in panes, killed at each write and made again."""

from __future__ import annotations

import errno
import itertools
import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crash.killing import EVERY, EVERY_STATE, every_kill, in_child
from crash.refusing import Refusal, refused
from tui.company import Company

from batty_hooks.moves import budget, milestone
from batty_hooks.moves.base import interface, under_lock
from batty_hooks.rules import budgets, questions
from batty_hooks.rules.look import Look
from batty_hooks.state import accounts, blocks, deliveries, events, inbox, members, milestones, panes, signals, told
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.system import lock, process
from batty_hooks.vocabulary import ids


@pytest.fixture
def company(company: Company, alone: None) -> Company:
    """A team whose moves only the test makes: there is "a watcher" already (this process)."""
    company.hire(("engineer", "engineer", 1))
    return company


@pytest.fixture
def team(company: Company) -> Iterator[Company]:
    """The team is up and this process is its watcher, so that the agents' hooks start nobody."""
    with lock.held(company.project.lock("watch")):
        company.project.watcher_file.write_text(f"{os.getpid()}\n")
        company.start()
        yield company


def made(name: str, project: Project) -> Callable[[], object]:
    [move] = interface.moves([name])

    def fail(item: str, error: Exception) -> None:
        raise AssertionError(f"{item}: {error}")

    return lambda: under_lock.make(project, move, fail, Counter())


def rooms(project: Project) -> dict[str, str]:
    """Everything in the members' rooms and inboxes, and which events there were, without times."""
    found = {"events": "\n".join(sorted(f"{line['id']} {line['event']}" for line in events.read(project)))}
    for path in [*project.members.rglob("*"), *project.inboxes.rglob("*")]:
        if path.is_file() and not path.name.startswith(".tmp-"):
            text = path.read_text("utf-8", "replace") if path.suffix not in (".json",) else ""
            found[str(path.relative_to(project.batty))] = re.sub(r"(?m)^Date: .*$", "", text)
    return found


def same_after_every_kill(project: Project, work: Callable[[], object]) -> int:
    states = []
    for number in every_kill(project.root, work):
        assert in_child(work)
        states.append((number, rooms(project)))
    assert in_child(work)
    undisturbed = rooms(project)
    for number, state in states:
        assert state == undisturbed, f"after kill {number}"
    return len(states)


@pytest.fixture
def agent() -> Iterator[int]:
    """The pid of a process that could be an agent."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


def test_a_killed_hear_confirms_once_and_loses_no_event(company: Company, agent: int) -> None:
    project = company.project
    pane = Pane("engineer-1", "%0", "tui", agent, process.birth(agent), (time.time(),))
    panes.record(project, pane)
    members.set_state(project, "engineer-1", members.READY, "test")
    hook = signals.prepare(project, "engineer-1")
    inbox.send(project, inbox.Message("m1", "human", "engineer-1", "hello", "hello"))
    text = deliveries.wrapped("m1", "human", "", "hello")
    deliveries.write_text(project, "engineer-1", text)
    deliveries.record(project, "engineer-1", deliveries.Sent("m1", time.time(), 1, 1))
    (project.member_directory("engineer-1") / "settings").mkdir()
    for event, data in (("session-start", {"session": "s1"}), ("prompt", {"prompt": text, "session": "s1"})):
        subprocess.run([str(hook), event], input=json.dumps(data).encode(), check=True)
    assert same_after_every_kill(project, made("listen", project)) >= 2
    assert inbox.keys(project, "engineer-1") == {"m1": "S"} and deliveries.of(project, "engineer-1") is None
    state = members.state(project, "engineer-1")
    assert state and (state.state, state.event) == (members.WORKING, "prompt")
    assert members.session(project, "engineer-1", "tui") == "s1" and not signals.waiting(project, "engineer-1")


def test_a_disk_that_refuses_loses_no_event(company: Company, agent: int, tmp_path: Path) -> None:
    """From every fourth call on; EVERY=1: from each."""
    project = company.project
    panes.record(project, Pane("engineer-1", "%0", "tui", agent, process.birth(agent), (time.time(),)))
    hook = signals.prepare(project, "engineer-1")
    (project.member_directory("engineer-1") / "settings").mkdir()
    os.chdir(project.root)
    for at in itertools.count(1, 1 if EVERY else 4):
        members.set_state(project, "engineer-1", members.WORKING, "test")
        subprocess.run([str(hook), "stop"], input=b'{"session": "s1"}', check=True)
        code, reached = refused(["step", "listen"], Refusal(at, errno.ENOSPC, on=True), tmp_path / "said")
        assert code in (0, 1, 75)
        company.scene.run("step", "listen")
        assert company.state("engineer-1") == "ready" and not signals.waiting(project, "engineer-1")
        if not reached:
            break


def test_a_killed_hear_notes_once_that_a_question_was_answered_in_the_pane(company: Company, agent: int) -> None:
    project = company.project
    panes.record(project, Pane("engineer-1", "%0", "tui", agent, process.birth(agent), (time.time(),)))
    members.set_state(project, "engineer-1", members.READY, "test")
    hook = signals.prepare(project, "engineer-1")
    (project.member_directory("engineer-1") / "settings").mkdir()
    inbox.send(project, inbox.Message("ask1.1", "engineer-1", "human", "which one?", "which one?", "ask"))
    own = b'{"prompt": "a helper has ended", "own": true, "session": "s1"}'  # the CLI has made it itself
    subprocess.run([str(hook), "prompt"], input=own, check=True)
    made("listen", project)()
    assert questions.open_ones(Look(project)) and company.state("engineer-1") == "working"
    subprocess.run([str(hook), "prompt"], input=b'{"prompt": "the second", "session": "s1"}', check=True)
    assert same_after_every_kill(project, made("listen", project)) >= 2
    assert not questions.open_ones(Look(project)) and company.scene.log().count("answered") == 1
    assert company.state("engineer-1") == "working" and not signals.waiting(project, "engineer-1")


def with_a_card_in_hand(company: Company, pid: int, started: float) -> None:
    """engineer-1 has read the brief of t1, and stands ready for long; its process is ``pid``."""
    project = company.project
    company.scene.cards("- [ ] Add a number")
    company.scene.step()
    inbox.confirm(project, "engineer-1", "t1.brief.1")
    panes.record(project, Pane("engineer-1", "%0", "tui", pid, process.birth(pid), (started,)))
    members.set_state(project, "engineer-1", members.READY, "test", at=1.0)


# Whoever was started after his brief was read has never heard of it. (Restored files count as read at that moment.)
@pytest.mark.parametrize(("kind", "later"), [("How does", -86400), ("Go on with", 86400)])
def test_a_killed_nudge_asks_once(company: Company, agent: int, kind: str, later: int) -> None:
    project = company.project
    with_a_card_in_hand(company, agent, time.time() + later)
    assert same_after_every_kill(project, made("nudge", project)) >= 2
    [message] = inbox.waiting(project, "engineer-1")
    assert message.subject.startswith(kind) and company.scene.log().count("nudged") == 1


def test_a_killed_nudge_has_whoever_was_cut_off_go_on_once(company: Company, agent: int) -> None:
    project = company.project
    panes.record(project, Pane("engineer-1", "%0", "tui", agent, process.birth(agent), (time.time(),)))
    for word in (members.WORKING, members.GONE, members.STARTING, members.READY):
        members.set_state(project, "engineer-1", word, "test")
    assert same_after_every_kill(project, made("nudge", project)) >= 2
    [message] = inbox.waiting(project, "engineer-1")
    assert message.subject.startswith("Go on:") and company.scene.log().count("nudged") == 1


def test_a_killed_unblock_tells_it_once(company: Company) -> None:
    scene, project = company.scene, company.project
    scene.cards("- [ ] Add a number")
    scene.step()
    scene.run("task", "block", "t1", "not yet")
    made("unblock", project)()
    [block] = blocks.noted(project)
    scene.run("task", "unblock", "t1", "now")
    assert same_after_every_kill(project, made("unblock", project)) >= 2
    told = [message for message in inbox.waiting(project, "engineer-1") if message.kind == "unblocked"]
    assert len(told) == 1 and "human says:\n\nnow\n" in told[0].body and not blocks.noted(project)
    assert (block.card, block.why) == ("t1", "not yet") and scene.log().count("unblocked") == 1


def blocked_below(company: Company, pid: int, word: str) -> None:
    """engineer-1 has said that it cannot go on; lead, its boss, is in that state, and its process is ``pid``."""
    scene, project = company.scene, company.project
    company.hire(("lead", "manager", 1), ("engineer", "engineer", 1), nudge="1s", escalate="1s")
    scene.cards("- [ ] Add a number")
    scene.step()
    panes.record(project, Pane("lead", "%0", "tui", pid, process.birth(pid), (1.0,)))
    members.set_state(project, "lead", word, "test", at=1.0)
    scene.run("task", "block", "t1", "no key")
    blocks.note(project, blocks.Block("engineer-1", "t1", "no key", time.time() - 2.0 * (word == members.GONE)))


def test_a_killed_digest_tells_it_once(company: Company, agent: int) -> None:
    blocked_below(company, agent, members.READY)
    project = company.project
    company.hire(("lead", "manager", 1), ("engineer", "engineer", 1), escalate="1h")
    assert same_after_every_kill(project, made("digest", project)) >= 2
    [message] = inbox.waiting(project, "lead")
    assert (message.kind, message.subject) == ("digest", "t1 (Add a number) of engineer-1 is blocked: no key")
    assert list(told.of(project, "lead")) == [next(key for key in told.of(project, "lead") if "t1.blocked" in key)]
    inbox.confirm(project, "lead", message.id)
    made("digest", project)()
    assert not inbox.waiting(project, "lead") and company.scene.log().count("reported") == 1


def test_a_killed_escalation_tells_the_human_once(company: Company, agent: int) -> None:
    blocked_below(company, agent, members.GONE)
    project = company.project
    assert same_after_every_kill(project, made("escalate", project)) >= 2
    [message] = [one for one in inbox.waiting(project, "human") if one.kind == "escalated"]
    assert "has not solved it: lead." in message.body and "batty-hooks task unblock t1" in message.body
    assert company.scene.log().count("escalated") == 1


def built(company: Company, pid: int) -> Project:
    """t1 has landed, the board is worked off, and the architect is idle as the process ``pid``."""
    scene, project = company.scene, company.project
    company.hire(("architect", "architect", 1), ("engineer", "engineer", 1), escalate="1h")
    panes.record(project, Pane("architect", "%0", "tui", pid, process.birth(pid), (1.0,)))
    members.set_state(project, "architect", members.READY, "test", at=1.0)
    scene.git("update-ref", "refs/batty/landed/t1", scene.tip())
    scene.save("## TODO\n\n## IN PROGRESS\n\n## DONE\n- [x] Add a number (engineer-1) ^t1\n")
    milestones.remember(project, (), ())
    return project


def test_what_had_landed_before_the_first_look_is_nobodys_news_whatever_is_killed(company: Company, agent: int) -> None:
    project = built(company, agent)
    project.milestones_file.unlink()
    assert same_after_every_kill(project, made("milestone", project)) >= 1
    assert len(milestones.told(project)) == 1 and not inbox.waiting(project, "architect")
    company.scene.git("update-ref", "refs/batty/landed/t2", company.scene.tip())
    company.scene.save(f"{company.scene.board()}- [x] Add another (engineer-1) ^t2\n")
    made("milestone", project)()
    [message] = inbox.waiting(project, "architect")
    assert "t2: Add another" in message.body and "t1" not in message.body


def test_a_killed_milestone_is_told_once(company: Company, agent: int) -> None:
    project = built(company, agent)
    assert same_after_every_kill(project, made("milestone", project)) >= 2
    [message] = inbox.waiting(project, "architect")
    assert message.kind == "milestone" and "t1: Add a number" in message.body and "send human" in message.body
    inbox.confirm(project, "architect", message.id)
    assert not list(milestone.ripe(Look(project))) and company.scene.log().count("milestone") == 1


def test_a_milestone_that_was_not_reported_comes_to_the_human_once_whatever_is_killed(
    company: Company, agent: int
) -> None:
    project = built(company, agent)
    made("milestone", project)()
    company.hire(("architect", "architect", 1), ("engineer", "engineer", 1), escalate="0.1s")
    time.sleep(0.1)
    assert same_after_every_kill(project, made("milestone", project)) >= 2
    [message] = inbox.waiting(project, "human")
    assert "t1: Add a number" in message.body and "has not written to you" in message.body
    assert not milestones.unreported(project) and not list(milestone.ripe(Look(project)))


USAGE = """

def usage(room, session):
    from batty_hooks.agents.base import Spent
    return [Spent(*map(float, line.split()), 0) for line in open(room / "used")]
"""


def at_work(company: Company, pid: int, budget: str, used: int) -> Project:
    """engineer-1 has t1 in hand and has used so many tokens for it."""
    project, adapter = company.project, company.project.adapters / "tui.py"
    company.hire(("engineer", "engineer", 1), budget=budget)
    adapter.write_text(adapter.read_text() + USAGE)
    with_a_card_in_hand(company, pid, 1.0)
    members.set_session(project, "engineer-1", "s1", "tui")
    (company.room("engineer-1") / "settings").mkdir()
    later = time.time() + 86400  # (restored files count as read at that moment)
    (company.room("engineer-1") / "settings" / "used").write_text(f"{later} {used}\n")
    return project


def test_a_killed_budget_blocks_the_card_and_tells_it_once(company: Company, agent: int) -> None:
    project = at_work(company, agent, "{card: 50}", 60)
    assert same_after_every_kill(project, made("budget", project)) >= 2
    assert company.scene.board().count("[blocked:: its budget is used: 1 × 50 tokens]") == 1
    [message] = inbox.waiting(project, "human")
    assert message.subject == "t1 is blocked: its budget is used: 1 × 50 tokens"
    assert company.scene.log().count("budget") == 2, "one event, and its words"


def test_a_killed_budget_remembers_what_was_told_though_the_human_deletes_it(company: Company, agent: int) -> None:
    """What was told is kept in `.batty/told/`, with what was told before; the message is the human's to delete."""
    project = at_work(company, agent, "{card: 50}", 120)
    made("budget", project)()
    [message] = inbox.waiting(project, "human")
    assert message.path
    message.path.unlink()
    company.scene.run("task", "unblock", "t1")
    assert same_after_every_kill(project, made("budget", project)) >= 2
    assert company.scene.board().count("[blocked:: its budget is used: 2 × 50 tokens]") == 1
    assert [one.subject for one in inbox.waiting(project, "human")] == [
        "t1 is blocked: its budget is used: 2 × 50 tokens"
    ]
    assert sorted(told.of(project, budgets.TOLD)) == [f"{ids.budgets('t1')}{number}" for number in (1, 2)]
    shutil.rmtree(project.inboxes / "human")
    assert not list(budget.ripe(Look(project)))


def test_a_killed_budget_of_the_day_parks_all_and_tells_it_once(company: Company, agent: int) -> None:
    project = at_work(company, agent, "{day: 50}", 60)
    assert same_after_every_kill(project, made("budget", project)) >= 2
    assert accounts.BUDGET in accounts.limits(project) and len(inbox.waiting(project, "human")) == 1
    assert same_state_parked(project)
    company.hire(("engineer", "engineer", 1), budget="{day: 500}")
    made("budget", project)()
    made("failover", project)()
    assert accounts.BUDGET not in accounts.limits(project) and company.state("engineer-1") == "ready"


def same_state_parked(project: Project) -> bool:
    """Killed at its one write or not, who shares the limit waits for it."""
    for number in (1, 2, 3, 4, 0):
        in_child(made("failover", project), number)
    state = members.state(project, "engineer-1")
    return bool(state and (state.state, state.event) == (members.LIMIT, members.SHARED))


def test_a_killed_conclude_reports_once(company: Company, agent: int) -> None:
    scene, project = company.scene, company.project
    adapter = project.adapters / "tui.py"
    adapter.write_text(adapter.read_text() + "\nSHELL = False\n")
    with_a_card_in_hand(company, agent, 1.0)
    commit = scene.commit(scene.worktree("engineer-1"), {"numbers/two": "102\n"})
    assert same_after_every_kill(project, made("end_turn", project)) >= 2
    [report] = members.reports(project)
    assert (report.member, report.card, report.commit, report.how) == ("engineer-1", "t1", commit, "turn")


def test_a_killed_stray_tells_both_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, project = company.scene, company.project
    scene.run("step", "staff")
    scene.git("switch", "-q", "-c", "my-own-work")
    monkeypatch.setenv("BATTY_MEMBER", "engineer-1")
    commit = scene.commit(scene.root, {"numbers/two": "102\n"})
    assert same_after_every_kill(project, made("stray", project)) >= 2
    for member in ("engineer-1", "human"):
        assert [message.id for message in inbox.waiting(project, member)] == [f"stray.{commit[:12]}"]


def test_a_killed_paint_leaves_no_old_border(company: Company, agent: int) -> None:
    project = company.project
    company.tmux("new-session", "-d", "-s", panes.SESSION, "sleep 600")
    id = company.tmux("list-panes", "-t", "=team:", "-F", "#{pane_id}")
    panes.record(project, Pane("engineer-1", id, "tui", agent, process.birth(agent), (time.time(),)))
    members.set_state(project, "engineer-1", members.READY, "test")
    kills = 0
    for kills in every_kill(project.root, made("label", project), starts=True):
        assert in_child(made("label", project))
        shown = company.tmux("show-options", "-pv", "-t", id, "@batty_label")
        assert shown.startswith("engineer-1 · ready since "), f"after kill {kills}"
        assert panes.label(project, panes.listed(project)[0]) == shown
        company.tmux("set-option", "-pu", "-t", id, "@batty_label")
    assert kills >= 6


def test_a_killed_homecoming_loses_nothing(company: Company) -> None:
    scene, project = company.scene, company.project
    scene.run("step", "staff")
    place = scene.worktree("engineer-1")
    scene.git("switch", "-q", "-c", "engineer-1/t1-old", cwd=place)
    (place / "notes").write_text("more\n")
    for number in every_kill(scene.root, made("park", project)):
        assert in_child(made("park", project))
        assert scene.git("show", "refs/batty/saved/engineer-1/latest:notes") == "more", f"after kill {number}"
        assert scene.git("branch", "--show-current", cwd=place) == ""


def test_a_killed_paste_arrives_all_the_same(team: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after each of its writes on a real agent: the message arrives, at worst twice, and is confirmed."""
    project = team.project
    [move] = interface.moves(["deliver"])
    monkeypatch.setattr(move, "_PATIENCE_SECONDS", 1.0)  # (three times as much is waited out again and again)
    hear, paste = made("listen", project), made("deliver", project)

    def heard(word: str) -> bool:
        hear()
        return team.state("engineer-1") == word

    team.wait(lambda: heard("ready"))
    for number in itertools.count(EVERY_STATE, EVERY_STATE):
        body = f"message {number}"
        inbox.send(project, inbox.Message(f"m{number}", "human", "engineer-1", body, body))
        team.wait(lambda: _goes_on(hear) and list(move.ripe(Look(project))))
        whole = in_child(paste, number) and _on_its_way(team, f"m{number}")
        team.wait(
            lambda number=number: _goes_on(hear, paste) and inbox.keys(project, "engineer-1")[f"m{number}"] == "S"
        )
        team.wait(lambda: heard("ready"))
        count = sum(f"message {number}\n" in prompt for prompt in team.taken("engineer-1"))
        assert count in (1, 2), f"after kill {number} it came {count} times"
        if whole:
            break
    assert number >= 20


def _on_its_way(company: Company, message: str) -> bool:
    sent = deliveries.of(company.project, "engineer-1")
    return sent is not None and sent.message == message


def _goes_on(*moves: Callable[[], object]) -> bool:
    for move in moves:
        move()
    return True


def test_a_killed_revive_is_made_again(team: Company) -> None:
    """Killed after each of its writes, and made again ten seconds later: one living process, in its session."""
    project = team.project
    hear, revive = made("listen", project), made("revive", project)
    [move] = interface.moves(["revive"])
    team.wait(lambda: (hear(), team.state("engineer-1") == "ready")[1])
    team.wait(lambda: (hear(), members.session(project, "engineer-1", "tui"))[1])  # (it shows that it is ready first)
    session = members.session(project, "engineer-1", "tui")
    for number in itertools.count(EVERY_STATE, EVERY_STATE):
        os.kill(team.pane("engineer-1").pid, 9)
        team.wait(lambda: (hear(), list(move.ripe(Look(project))))[1])
        whole = in_child(revive, number)
        _make_older(project)
        team.wait(lambda: (hear(), revive(), hear(), _is_up(team))[3])
        # (For a moment a hook of the agent's is a copy of it.)
        team.wait(lambda: process.with_argument(str(team.room("engineer-1") / "settings")) == [_pid(team)])
        assert members.session(project, "engineer-1", "tui") == session, f"after kill {number}"
        if whole:
            break
    assert number > 30


def test_a_killed_failover_is_made_again(team: Company) -> None:
    """Killed after every third of its writes (EVERY=1: each; a revive, which starts an agent as this does, is killed at
    each), from one agent to the other and back: one living process of the next one."""
    project = team.project
    own = project.adapters
    (own / "other.py").write_text((own / "tui.py").read_text().replace('NAME = "tui"', 'NAME = "other"'))
    file = project.team_file
    file.write_text(file.read_text().replace("agent: tui", "agent: [tui, other]"))
    hear, revive, failover = (made(name, project) for name in ("listen", "revive", "failover"))
    team.wait(lambda: (hear(), team.state("engineer-1") == "ready")[1])
    for number in itertools.count(EVERY_STATE, EVERY_STATE if EVERY else 3 * EVERY_STATE):
        now = team.pane("engineer-1").agent
        following = "tui" if now == "other" else "other"
        limit = {now: {"since": time.time(), "until": time.time() + 3600, "why": "usage limit"}}
        project.limits_file.write_text(json.dumps(limit))
        whole = in_child(failover, number)
        _make_older(project)
        team.wait(lambda: (hear(), failover(), revive(), hear(), _is_up(team))[4], 120)
        assert team.pane("engineer-1").agent == following, f"after kill {number}"
        team.wait(lambda: process.with_argument(str(team.room("engineer-1") / "settings")) == [_pid(team)], 120)
        if whole:
            break
    assert number > 30


def _is_up(company: Company) -> bool:
    pane = company.pane("engineer-1")
    return pane.alive and pane.pid == _pid(company) and company.state("engineer-1") == "ready"


def _pid(company: Company) -> int:
    return int(company.tmux("display-message", "-p", "-t", company.pane("engineer-1").id, "#{pane_pid}"))


def _make_older(project: Project) -> None:
    """The restarts so far are long ago: nobody gives up, and who was killed while it was being started is dead."""
    pane = panes.of(project, "engineer-1")
    assert pane
    panes.record(project, Pane(pane.member, pane.id, pane.agent, pane.pid, pane.birth, (1.0,), pane.resumed))
