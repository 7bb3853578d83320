"""What nobody below solves goes up level by level, past whoever never says a word, and ends at the human."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from scene import Scene
from tui.company import Company

from batty_hooks.state import panes, told
from batty_hooks.system.records import replace

TEAM = ("architect", "architect", 1), ("manager", "manager", 1), ("engineer", "engineer", 2)
SECONDS = 120.0  # of a busy machine


@pytest.fixture
def company(scene: Scene) -> Iterator[Company]:
    """A block and a review that wait for a manager who has read of both."""
    found = Company(scene).hire(*TEAM, nudge="1h", escalate="10m", merge="{mode: review}")
    try:
        found.start()
        found.ready("architect", "manager", "engineer-1", "engineer-2")
        work = "  RUN: echo 102 > numbers/two; git add -A; git commit -qm W; batty-hooks done"
        scene.cards("- [ ] One", "  RUN: batty-hooks blocked no key", "- [ ] Two", work)
        found.wait(lambda: "no key" in said_to(found, "manager"), SECONDS)
        found.wait(lambda: "It waits for your word." in said_to(found, "manager"), SECONDS)
        found.wait(lambda: not found.unread("manager"), SECONDS)
        yield found
    finally:
        found.close()


def said_to(company: Company, member: str) -> str:
    return "".join(company.taken(member))


def passes_by(company: Company, name: str) -> None:
    """More time goes by than a boss has, since it was told (and started)."""
    project, long_ago = company.project, time.time() - 700
    panes.record(project, replace(company.pane(name), starts=(long_ago,)))
    told.remember(project, name, dict.fromkeys(told.of(project, name), long_ago))
    for path in (project.inboxes / name / "cur").iterdir():
        os.utime(path, (long_ago, long_ago))
    company.scene.run("step")  # (the watcher sees no time go by)


def status(company: Company) -> str:
    return company.scene.run("status", code=None)


def test_past_a_mute_manager_and_a_mute_architect_to_the_human(company: Company) -> None:
    scene = company.scene
    assert not company.taken("architect") and not scene.messages("human")
    assert "merge t" not in status(company) and "task unblock" not in status(company), "somebody below is at it"
    passes_by(company, "manager")
    company.wait(lambda: said_to(company, "architect").count("not solved by manager") == 2, SECONDS)
    assert "batty-hooks task unblock t" in said_to(company, "architect")
    assert "batty-hooks merge --commit " in said_to(company, "architect")
    assert not scene.messages("human") and "task unblock" not in status(company)
    company.wait(lambda: not company.unread("architect"), SECONDS)
    passes_by(company, "architect")
    company.wait(lambda: sum(name.endswith(".up") for name in scene.messages("human", "new")) == 2, SECONDS)
    seen = scene.run("read") + scene.run("read")
    assert seen.count("has not solved it: manager, architect.") == 2
    assert "batty-hooks task unblock t" in status(company) and "batty-hooks merge t" in status(company)


def test_whoever_it_has_come_to_gives_the_word(company: Company) -> None:
    passes_by(company, "manager")
    company.wait(lambda: "waits for review" in said_to(company, "architect"), SECONDS)
    [card] = [one for one in ("t1", "t2") if f"batty-hooks show {one}" in said_to(company, "architect")]
    said = company.scene.run("merge", card, env={"BATTY_MEMBER": "architect"})
    assert f"{card} has landed" in said and company.scene.show("numbers/two") == "102"
