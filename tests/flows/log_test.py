"""The log is a log: deleted, cut or rotated in the middle of everything, it changes nothing that is done or asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest
from pages import DOCS
from scene import Scene

from batty_hooks.moves.base import interface, under_lock
from batty_hooks.people import needs, overview
from batty_hooks.rules import batch
from batty_hooks.rules.look import Look
from batty_hooks.state import events, queue
from batty_hooks.state.project import Project, find
from batty_hooks.state.queue import Offer
from batty_hooks.system import atomic

PACKAGE = DOCS.parent / "batty_hooks"
READ = re.compile(r"\b(events\.(recent|newest|read|follow)\(|look\.recent\b)")
# Who shows the past to people, keeps it, or tells what happens while it happens.
TELLERS = {"commands/log.py", "commands/watch.py", "commands/demo/__init__.py", "commands/demo/telling.py",
           "commands/demo/facts.py", "people/report/gathering.py", "people/top/glance.py", "people/past.py",
           "rules/transcripts.py", "moves/base/chronicling.py"}  # fmt: skip
SHOWS = "overview.py"  # in `task show`: how a card's last test ended


def derived(project: Project) -> dict[str, object]:
    """All that is decided, asked for and shown at this moment."""
    rows = [(row.key, row.stage) for row in overview.queue_rows(Look(project))]
    return {
        "ripe": {move.NAME: sorted(item.key for item in move.ripe(Look(project))) for move in interface.moves()},
        "needs": [(need.what, need.since, need.command) for need in needs.of(Look(project))],
        "queue": (rows, batch.cap_of(Look(project))),
    }


def deleted(log: Path) -> None:
    atomic.remove(log, log.with_name("events.1.jsonl"))


def cut(log: Path) -> None:
    if log.exists():
        log.write_bytes(log.read_bytes()[-50:])


def rotated(log: Path) -> None:
    if log.exists():
        log.rename(log.with_name("events.1.jsonl"))


@pytest.fixture
def project(scene: Scene, alone: None) -> Project:
    scene.install()
    return find(scene.root)


@pytest.fixture
def make(project: Project) -> Callable[[str], list[str]]:
    """Makes a move of that name until it has nothing more to do, then spoils the log; the events it has written."""
    ways: Iterator[Callable[[Path], None]] = cycle((deleted, cut, rotated))

    def made(name: str) -> list[str]:
        [move] = interface.moves([name])
        deleted(project.events_file)
        if move.SLOW:
            for item in list(move.ripe(Look(project))):
                move.take(project, item)
        else:
            under_lock.make(project, move, lambda item, error: pytest.fail(f"{item}: {error}"), Counter())
        said = [str(event["event"]) for event in events.read(project)]
        before = derived(project)
        for _ in range(3):
            next(ways)(project.events_file)
            assert derived(project) == before, name
        return said

    return made


def offered(scene: Scene, project: Project, branch: str, number: str) -> Offer:
    """A branch with a commit, and its offer."""
    scene.git("switch", "-qc", branch, "main")
    commit = scene.commit(scene.root, {f"numbers/{branch}": f"{number}\n"})
    scene.git("switch", "-q", "main")
    offer = Offer(f"b-{branch}", "", branch, commit, "", branch, events.now(), 1)
    queue.put(project, offer)
    return offer


def test_what_waits_for_a_word_or_is_refused_is_not_forgotten(
    scene: Scene, project: Project, make: Callable[[str], list[str]]
) -> None:
    with project.team_file.open("a") as file:
        file.write("merge: {mode: review}\n")
    offer = offered(scene, project, "good", "2")
    assert make("gate") == ["gate passed"]
    assert make("review") == ["approval asked"]
    assert make("review") == []
    queue.approve(project, offer, cleared=False, by="human")
    lock = scene.root / ".git/index.lock"
    lock.touch()
    assert make("land") == ["landing waits"]
    assert make("land") == []
    assert any("git refused to land it" in need.what for need in needs.of(Look(project)))
    lock.unlink()
    assert make("land") == ["landed"]
    offered(scene, project, "bad", "x")
    while make("handback") != ["handed back: failed"]:
        assert make("gate")  # and again: nobody is charged on one red run
    assert queue.outcomes(project) == [True, False] and not list(project.queue.glob("*.told"))


def test_what_went_past_the_guard_and_what_is_blocked(
    scene: Scene, project: Project, make: Callable[[str], list[str]]
) -> None:
    scene.git("worktree", "add", "-q", "../agent-1", "-b", "agent-1/work")
    scene.save("## TODO\n- [ ] B [blocked:: why not]\n## IN PROGRESS\n- [x] A (agent-1) [blocked:: why] ^t1\n## DONE\n")
    make("reconcile")
    make("unblock")
    make("guard")
    scene.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "Past it")
    assert make("guard") == ["trunk moved"]
    assert make("guard") == []
    needed = {need.what: need.since for need in needs.of(Look(project))}
    assert [what for what, since in needed.items() if since and ("past the gate" in what or "t1 is blocked" in what)]


def test_how_offers_ended_is_counted_once_and_lately(project: Project) -> None:
    def offer(number: int) -> Offer:
        return Offer(f"t{number}", f"t{number}", "", "0" * 40, "", "", "", 1)

    for number in range(30):
        for _ in range(2):
            queue.remember(project, number % 3 == 0, offer(number))
    assert queue.outcomes(project) == [number % 3 == 0 for number in range(10, 30)]


def test_nobody_else_reads_it() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != SHOWS and READ.search(path.read_text())
    }
    assert found == TELLERS
