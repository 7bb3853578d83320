"""`start` and `stop`, killed and typed again: one process for each member, one watcher, nothing lost.

The agents here outlive their terminal, as some CLIs do: what a killed command has left is found and ended.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.killing import EVERY, EVERY_STATE, every_kill, in_child
from scene import Scene
from tui.company import Company

from batty_hooks.commands import start as start_command
from batty_hooks.commands import stop as stop_command
from batty_hooks.moves.base import closing
from batty_hooks.state import inbox, members, panes, watcher
from batty_hooks.state.panes import windows
from batty_hooks.state.project import find
from batty_hooks.system import lock, process

MEMBERS = ("engineer-1", "lead")


@pytest.fixture
def company(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """A lead and an engineer that are not started yet; uncommitted work in a worktree, a message for each."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("LINES", "60")
    monkeypatch.setattr(closing, "_END_SECONDS", 0.1)
    found = Company(scene).hire(("lead", "architect", 1), ("engineer", "engineer", 1))
    adapter = found.project.adapters / "tui.py"
    text = adapter.read_text().replace("*launch.args)", '*launch.args, "--stays", f"agent:{launch.room}")')
    # A hook of an agent that finds no watcher would start a step, which goes on when the test has ended.
    adapter.write_text(text.replace('"TUI_MODE": launch.mode', '"TUI_MODE": launch.mode, "BATTY_NO_WAKE": "1"'))
    scene.run("step", "staff")
    (scene.worktree("engineer-1") / "half").write_text("done\n")
    for member in MEMBERS:
        inbox.send(found.project, inbox.Message(f"m-{member}", "human", member, "hello", "hello"))
    yield found
    for member in MEMBERS:
        for pid in agents(found, member):
            os.kill(pid, 9)
    found.close()


@pytest.fixture
def watching(company: Company) -> Company:
    """The agents' hooks take this process for the watcher: the team's files do not change by themselves."""
    company.project.watcher_file.write_text(f"{os.getpid()}\n")
    return company


def start(root: Path) -> None:
    os.chdir(root)
    assert start_command.command.callback(attach=False, fresh=False, with_top=False) is None


def start_without_a_watcher(root: Path) -> None:
    with lock.held(find(root).lock("watch")):  # as a watcher in another terminal does
        start(root)


def stop(root: Path) -> None:
    os.chdir(root)
    stop_command.command.callback(seconds=0.0, everything=False)


def agents(company: Company, member: str) -> list[int]:
    """The processes of a member's agent, in a pane or not."""
    return process.with_argument(f"agent:{company.room(member) / 'settings'}")


def nothing_is_lost(company: Company) -> None:
    assert (company.scene.worktree("engineer-1") / "half").read_text() == "done\n"
    for member in MEMBERS:
        assert f"m-{member}" in inbox.keys(company.project, member)


def is_up(company: Company, watcher: bool = True) -> bool:
    """Whether there is a pane for each member with its only process in it, and one watcher, and nothing else."""
    format = "#{pane_id} #{?pane_dead,0,#{pane_pid}} #{pane_dead} #{window_name}"
    lines = company.tmux("list-panes", "-s", "-t", "=team", "-F", format).splitlines()
    found = {id: (int(pid), dead, name) for id, pid, dead, name in (line.split() for line in lines)}
    for member in MEMBERS:
        pane = company.pane(member)
        pid, dead, _ = found.pop(pane.id, (0, "", ""))
        # (For a moment a hook of the agent's is a copy of it.)
        if (pid, dead) != (pane.pid, "0") or not pane.alive or agents(company, member) != [pid]:
            return False
    if not watcher:
        return not found
    [(pid, dead, name)] = found.values() or [(0, "", "")]
    file = company.project.watcher_file
    return name == "watch" and dead == "0" and file.exists() and file.read_text() == f"{pid}\n"


def is_down(company: Company) -> bool:
    """Whether nothing of the team is there, nor said to be."""
    states = [members.state(company.project, member) for member in MEMBERS]
    if not all(state and state.state == members.GONE for state in states):
        return False
    if company.tmux("list-sessions", check=False) or panes.listed(company.project):
        return False
    return not company.project.stop_file.exists() and not any(agents(company, member) for member in MEMBERS)


def test_a_start_killed_at_its_changes_in_tmux(company: Company) -> None:
    """With a watcher each time; every second of them, EVERY=1: each."""
    root = company.scene.root
    for number in itertools.count(EVERY_STATE, EVERY_STATE if EVERY else 2 * EVERY_STATE):
        whole = in_child(lambda: start(root), number, files=False)
        assert in_child(lambda: start(root))
        company.wait(lambda: is_up(company))
        assert in_child(lambda: stop(root))
        company.wait(lambda: is_down(company))
        nothing_is_lost(company)
        if whole:
            break
    assert number > 10


def test_a_start_killed_at_its_writes(watching: Company) -> None:
    """The first one after `init`, which writes most. Of its hundreds of writes some are tried; EVERY=1: each."""
    root = watching.scene.root
    kills = 0
    for _ in every_kill(root, lambda: start_without_a_watcher(root), EVERY_STATE if EVERY else 23, starts=True):
        kills += 1
        assert in_child(lambda: start_without_a_watcher(root))
        watching.wait(lambda: is_up(watching, watcher=False))
        assert in_child(lambda: stop(root))
        watching.wait(lambda: is_down(watching))
        nothing_is_lost(watching)
    assert kills >= 4


def test_a_start_that_brings_a_closed_pane_back_killed_at_its_writes(watching: Company) -> None:
    """Every third of them; EVERY=1: each. (What makes the pane revives an agent too: there each write is tried.)"""
    root = watching.scene.root
    assert in_child(lambda: start_without_a_watcher(root))
    for number in itertools.count(EVERY_STATE, EVERY_STATE if EVERY else 3 * EVERY_STATE):
        watching.wait(lambda: is_up(watching, watcher=False))
        watching.tmux("kill-pane", "-t", watching.pane("lead").id)
        for pid in agents(watching, "lead"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        whole = in_child(lambda: start_without_a_watcher(root), number)
        assert in_child(lambda: start_without_a_watcher(root))
        watching.wait(lambda: is_up(watching, watcher=False))
        if whole:
            break
    assert number > 20
    nothing_is_lost(watching)


def start_with_top(root: Path) -> None:
    """As `start --attach` does before it becomes tmux itself."""
    start(root)
    windows.bring_top(find(root), panes.server(find(root)))


def test_a_start_that_brings_the_window_of_top_killed_at_each_change_in_tmux(company: Company) -> None:
    """Top is there once, before all others, and shown; one that was closed comes again. The team is as it was."""
    root = company.scene.root
    assert in_child(lambda: start(root))
    company.wait(lambda: is_up(company))
    before = company.tmux("list-panes", "-s", "-t", "=team", "-F", "#{pane_id} #{pane_pid}").splitlines()
    for number in itertools.count(1):
        whole = in_child(lambda: start_with_top(root), number, files=False)
        assert in_child(lambda: start_with_top(root))
        lines = company.tmux("list-windows", "-t", "=team", "-F", "#{window_name} #{window_active}").splitlines()
        assert [line for line in lines if line.startswith("top ")] == lines[:1] == ["top 1"]
        company.tmux("kill-window", "-t", "=team:^")
        assert company.tmux("list-panes", "-s", "-t", "=team", "-F", "#{pane_id} #{pane_pid}").splitlines() == before
        if whole:
            break
    assert number >= 3
    assert in_child(lambda: start_with_top(root))
    assert in_child(lambda: stop(root))
    company.wait(lambda: is_down(company))
    nothing_is_lost(company)


@pytest.mark.parametrize("number", [1, 2])
def test_a_stop_killed_before_or_after_it_closes_the_panes_and_then_a_start(company: Company, number: int) -> None:
    root = company.scene.root
    assert in_child(lambda: start(root))
    company.wait(lambda: is_up(company))
    assert not in_child(lambda: stop(root), number, files=False)
    assert in_child(lambda: start(root))
    company.wait(lambda: is_up(company))
    nothing_is_lost(company)


def stands(company: Company) -> bool:
    """Whether the team is up; tmux takes its moment to end when it was told to, and may end while it is looked at."""
    found = [False]

    def is_clear() -> bool:
        with contextlib.suppress(AssertionError):
            found[0] = is_up(company, watcher=False)
        return found[0] or not company.tmux("list-sessions", check=False)

    company.wait(is_clear)
    return found[0]


def test_a_stop_killed_at_each_write_and_typed_again(watching: Company) -> None:
    """Up to the end of tmux the team is there, after it only files and the agents that stay."""
    root = watching.scene.root
    assert in_child(lambda: start_without_a_watcher(root))
    watching.wait(lambda: is_up(watching, watcher=False))
    for number in itertools.count(EVERY_STATE, EVERY_STATE):
        if in_child(lambda: stop(root), number) or not stands(watching):
            break
        assert not watcher.is_being_stopped(watching.project), number
    assert number > 4
    for _ in every_kill(root, lambda: stop(root), starts=True):
        assert in_child(lambda: stop(root))
        watching.wait(lambda: is_down(watching))
        nothing_is_lost(watching)
