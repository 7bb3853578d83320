"""The moves about agents in panes, killed at each write and made again."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crash.killing import every_kill, in_child
from scene import Scene
from tui.company import Company

from batty_hooks.moves import base
from batty_hooks.state import deliveries, inbox, members, panes, signals
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.system import process


@pytest.fixture
def company(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """A team whose moves only the test makes: there is "a watcher" already (this process)."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    found = Company(scene).hire(("engineer", "engineer", 1))
    yield found
    found.close()


def made(name: str, project: Project) -> Callable[[], object]:
    [move] = base.moves([name])

    def fail(item: str, error: Exception) -> None:
        raise AssertionError(f"{item}: {error}")

    return lambda: base.make(project, move, fail, Counter())


def start_without_a_watcher(company: Company) -> None:
    """The agents' hooks find this process as the watcher, and start nobody."""
    company.start()
    watcher = company.project.watcher_file
    company.wait(watcher.exists)
    company.tmux("kill-window", "-t", "=team:watch")
    company.wait(lambda: not watcher.exists())
    watcher.write_text(f"{os.getpid()}\n")


def rooms(project: Project) -> dict[str, str]:
    """Everything in the members' rooms and inboxes, without times."""
    found = {}
    for path in [*project.members.rglob("*"), *project.inboxes.rglob("*")]:
        if path.is_file() and not path.name.startswith(".tmp-"):
            text = path.read_text("utf-8", "replace") if path.suffix not in (".json",) else ""
            found[str(path.relative_to(project.batty))] = text
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
    (project.room("engineer-1") / "settings").mkdir()
    for event, data in (("session-start", {"session": "s1"}), ("prompt", {"prompt": text, "session": "s1"})):
        subprocess.run([str(hook), event], input=json.dumps(data).encode(), check=True)
    assert same_after_every_kill(project, made("hear", project)) >= 8
    assert inbox.keys(project, "engineer-1") == {"m1": "S"} and deliveries.of(project, "engineer-1") is None
    state = members.state(project, "engineer-1")
    assert state and (state.state, state.event) == (members.WORKING, "prompt")
    assert members.session(project, "engineer-1") == "s1" and not signals.waiting(project, "engineer-1")


def test_a_killed_homecoming_loses_nothing(company: Company) -> None:
    scene, project = company.scene, company.project
    scene.run("step", "staff")
    place = scene.worktree("engineer-1")
    scene.git("switch", "-q", "-c", "engineer-1/t1-old", cwd=place)
    (place / "notes").write_text("more\n")
    for number in every_kill(scene.root, made("homecoming", project)):
        assert in_child(made("homecoming", project))
        assert scene.git("show", "refs/batty/saved/engineer-1/latest:notes") == "more", f"after kill {number}"
        assert scene.git("branch", "--show-current", cwd=place) == ""


def test_a_killed_paste_arrives_all_the_same(company: Company) -> None:
    """Killed at each of its writes on a real agent: the message arrives, at worst twice, and is confirmed."""
    project = company.project
    start_without_a_watcher(company)
    [move] = base.moves(["paste"])
    hear, paste = made("hear", project), made("paste", project)

    def heard(word: str) -> bool:
        hear()
        return company.state("engineer-1") == word

    company.wait(lambda: heard("ready"))
    number = 0
    while True:
        number += 1
        body = f"message {number}"
        inbox.send(project, inbox.Message(f"m{number}", "human", "engineer-1", body, body))
        company.wait(lambda: _goes_on(hear) and list(move.ripe(base.Look(project))))
        whole = in_child(paste, number) and _on_its_way(company, f"m{number}")
        company.wait(
            lambda number=number: _goes_on(hear, paste) and inbox.keys(project, "engineer-1")[f"m{number}"] == "S"
        )
        company.wait(lambda: heard("ready"))
        count = sum(f"message {number}\n" in prompt for prompt in company.taken("engineer-1"))
        assert count in (1, 2), f"after kill {number} it came {count} times"
        if whole and number > 8:  # (before that the agent's own hook has woken somebody who was faster)
            break


def _on_its_way(company: Company, message: str) -> bool:
    sent = deliveries.of(company.project, "engineer-1")
    return sent is not None and sent.message == message


def _goes_on(*moves: Callable[[], object]) -> bool:
    for move in moves:
        move()
    return True


def test_a_killed_revive_is_made_again(company: Company, tmp_path: Path) -> None:
    """Killed at each of its writes, and made again ten seconds later at the latest: one living process, its session."""
    project = company.project
    start_without_a_watcher(company)
    hear, revive = made("hear", project), made("revive", project)
    for number in (1, 5, 9, 13, 17, 21, 25, 29):
        os.kill(company.pane("engineer-1").pid or _pid(company), 9)
        company.wait(lambda: (hear(), company.state("engineer-1") == "gone")[1])
        in_child(revive, number)
        _make_older(project)
        company.wait(lambda: (hear(), revive(), hear(), company.state("engineer-1") == "ready")[3])
        assert company.pane("engineer-1").pid == _pid(company), f"after kill {number}"


def _pid(company: Company) -> int:
    return int(company.tmux("display-message", "-p", "-t", company.pane("engineer-1").id, "#{pane_pid}"))


def _make_older(project: Project) -> None:
    """The restarts so far are long ago: nobody gives up, and who was killed while it was being started is dead."""
    pane = panes.of(project, "engineer-1")
    assert pane
    panes.record(project, Pane(pane.member, pane.id, pane.agent, pane.pid, pane.birth, (1.0,), pane.resumed))
