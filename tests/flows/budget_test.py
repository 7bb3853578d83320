"""A budget of tokens: a card that has used its own is blocked, and all wait when the day's is used."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from scene import Scene
from tui.company import Company

from batty_hooks.state import inbox, spent
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids

USAGE = """

def usage(room, session):
    from batty_hooks.agents.base import Spent
    try:
        return [Spent(*map(float, line.split()), 0) for line in open(room / "used")]
    except OSError:
        return []
"""
SECONDS = 120.0  # of a busy machine


@pytest.fixture
def company(scene: Scene) -> Iterator[Company]:
    """An engineer whose CLI keeps what it uses, with a card that it works on until `go` is there."""
    if datetime.now().hour == 23 and datetime.now().minute > 40:
        pytest.skip("the day's budget is over at midnight, and so would this story be")
    found = Company(scene).hire(("engineer", "engineer", 1), nudge="1h", budget="{day: 2000, card: 500}")
    adapter = found.project.adapters / "tui.py"
    adapter.write_text(adapter.read_text() + USAGE)
    try:
        found.start()
        found.ready("engineer-1")
        scene.cards("- [ ] Add seven", f"  WAIT: {go(found)}", "  RUN: echo 7 > numbers/seven; git add -A",
                    "  RUN: git commit -qm Seven; batty-hooks done")  # fmt: skip
        found.wait(lambda: inbox.read_at(found.project, "engineer-1", ids.card_of_brief), SECONDS)
        yield found  # (what is used from then on is the card's)
    finally:
        found.close()


def go(company: Company) -> Path:
    return company.scene.root.parent / "go"


def uses(company: Company, tokens: int) -> None:
    """It uses so many; they are counted now, not a minute after the last time."""
    with (company.room("engineer-1") / "settings" / "used").open("a") as file:
        file.write(f"{time.time()} {tokens}\n")
    last = spent.read(company.project)
    spent.write(company.project, replace(last, at=last.at - 3600))
    company.scene.run("step")
    company.wait(lambda: spent.read(company.project).at > last.at, SECONDS)


def test_a_card_that_has_used_its_budget_is_blocked_until_it_gets_another(company: Company) -> None:
    scene = company.scene
    uses(company, 499)
    assert "blocked" not in scene.board()
    uses(company, 1)
    company.wait(lambda: "[blocked:: its budget is used: 1 × 500 tokens]" in scene.board(), SECONDS)
    company.wait(lambda: any(name.startswith("t1.budget.1") for name in scene.messages("human")), SECONDS)
    assert "→ batty-hooks task unblock t1" in scene.run("status", code=None)
    go(company).touch()
    company.wait(lambda: company.state("engineer-1") == "ready", SECONDS)
    assert len(scene.subjects()) == 1, "nothing of it lands"
    scene.run("task", "unblock", "t1", "go on")
    company.wait(lambda: len(scene.subjects()) == 2 or len(company.taken("engineer-1")) == 2, SECONDS)
    uses(company, 499)
    assert "blocked" not in scene.board() and len(scene.messages("human")) == 1


def test_all_wait_when_the_days_budget_is_used_and_go_on_when_there_is_more(company: Company) -> None:
    scene, file = company.scene, company.project.team_file
    file.write_text(file.read_text().replace("card: 500", "card: 1M"))
    uses(company, 2000)
    company.wait(lambda: any(name.startswith("budget.") for name in scene.messages("human")), SECONDS)
    assert company.state("engineer-1") == "working", "who is in a turn ends it"
    go(company).touch()
    company.wait(lambda: company.state("engineer-1") == "limit", SECONDS)
    assert "today's budget of 2,000 tokens is used" in str(company.told("engineer-1")["why"])
    file.write_text(file.read_text().replace("day: 2000", "day: 1M"))
    scene.run("step")
    company.wait(lambda: company.state("engineer-1") == "ready", SECONDS)
    scene.run("send", "engineer-1", "hello")
    company.wait(lambda: "hello" in "".join(company.taken("engineer-1")), SECONDS)
