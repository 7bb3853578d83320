"""An agent whose model can run no commands: the end of its turn is its report."""

from __future__ import annotations

import pytest
from tui.company import Company


@pytest.fixture
def company(company: Company) -> Company:
    company.hire(("engineer", "engineer", 1), nudge="1s")
    file = company.project.adapters / "tui.py"
    file.write_text(file.read_text() + "\nSHELL = False\n")
    return company


def test_a_turn_that_leaves_a_commit_reports_it(company: Company) -> None:
    company.start()
    company.scene.cards("- [ ] Add a number", "  RUN: echo 102 > numbers/two && git add numbers && git commit -qm two")
    company.wait(lambda: company.scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"])
    assert company.scene.show("numbers/two") == "102"
    assert len([event for event in company.scene.events() if event["event"] == "offered"]) == 1


def test_a_red_commit_is_reported_once(company: Company) -> None:
    company.start()
    company.scene.cards("- [ ] Add a number", "  RUN: echo two > numbers/two && git add numbers && git commit -qm two")
    company.wait(lambda: any("neither reported it nor asked" in prompt for prompt in company.taken("engineer-1")))
    company.wait(lambda: not company.unread("engineer-1") and company.told("engineer-1")["event"] == "stop")
    company.scene.step()
    attempts = [event["attempt"] for event in company.scene.events() if event["event"] == "offered"]
    assert attempts == [1]


def test_a_turn_without_a_commit_reports_nothing(company: Company) -> None:
    company.start()
    company.scene.cards("- [ ] Add a number", "  RUN: echo 102 > numbers/two")
    company.wait(lambda: "nudged" in company.scene.log())
    assert "offered" not in company.scene.log()


def test_half_of_the_work_of_a_killed_turn_is_not_reported(company: Company) -> None:
    company.start()
    go = company.scene.root.parent / "go"
    company.scene.cards(
        "- [ ] Add two numbers",
        "  RUN: [ -e numbers/two ] || { echo 102 > numbers/two && git add numbers && git commit -qm two; }",
        f"  RUN: [ -e '{go}' ] || {{ touch '{go}'; kill -9 $PPID; }}",
    )
    company.wait(lambda: "nudged" in company.scene.log())
    company.wait(lambda: "offered" in company.scene.log())
    assert company.scene.log().index("nudged") < company.scene.log().index("offered")
