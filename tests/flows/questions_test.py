"""A question that an agent has asked stays in sight until it is answered, whoever was asked."""

from __future__ import annotations

import re

from scene import Scene
from tui.company import Company


def asked_by_an_engineer(company: Company) -> None:
    company.hire(("engineer", "engineer", 1), nudge="1s").start()
    company.scene.cards("- [ ] Ask", "  RUN: batty-hooks ask which one?")
    company.wait(lambda: "asked" in company.scene.log() and company.state("engineer-1") == "ready")


def status(company: Company) -> str:
    return company.scene.run("status", code=None)


def test_nobody_asks_himself(quiet: Scene) -> None:
    quiet.team("true")
    said = quiet.run("ask", "which one?", code=2)
    assert said.splitlines() == [
        "batty-hooks: nobody is above human to be asked", "  → batty-hooks send WHO 'which one?'",
    ]  # fmt: skip
    assert not quiet.messages("human")


def test_the_humans_question_stays_though_he_has_read_it_until_he_answers(company: Company) -> None:
    asked_by_an_engineer(company)
    assert "engineer-1 has asked you about t1: which one?" in status(company)
    assert "unread message" not in status(company)
    company.scene.run("read")
    found = re.search(r"→ (batty-hooks send engineer-1 --re ask\S+ 'your answer')", status(company))
    assert found
    assert len(company.taken("engineer-1")) == 1, "he is not asked in turn"
    company.scene.run(*found[1].split()[1:5], "the second one")
    assert "has asked you" not in status(company)
    company.wait(lambda: "the second one" in "".join(company.taken("engineer-1")))


def test_a_person_who_types_the_answer_in_the_pane_has_given_it(company: Company) -> None:
    asked_by_an_engineer(company)
    company.keys("engineer-1", "the second one", "Enter")
    company.wait(lambda: "has asked you" not in status(company))
    (company.scene.root / ".batty/events.jsonl").unlink()  # a log decides nothing
    company.scene.run("inbox", "--all")
    assert "has asked you" not in status(company)
    company.wait(lambda: any("neither reported it nor asked" in prompt for prompt in company.taken("engineer-1")))


def test_a_question_is_over_with_its_card(company: Company) -> None:
    asked_by_an_engineer(company)
    company.scene.run("pause")
    company.scene.run("task", "release", "t1")
    company.wait(lambda: "has asked you" not in status(company))


def test_an_agent_that_does_not_answer_is_not_waited_for(company: Company) -> None:
    company.hire(("lead", "architect", 1), ("engineer", "engineer", 1), nudge="1s").start()
    company.scene.cards("- [ ] Ask", "  RUN: batty-hooks ask which one?")
    company.wait(lambda: "engineer-1 has asked lead, who does not answer, about t1: which one?" in status(company))
    assert company.taken("lead"), "he has got it"
    company.scene.run("send", "engineer-1", "the second one")
    assert "does not answer" not in status(company)


def test_an_answer_to_one_question_leaves_another_open(company: Company) -> None:
    company.hire(("lead", "architect", 1)).start()
    company.scene.run("send", "lead", "RUN: batty-hooks ask one; batty-hooks ask two")
    company.wait(lambda: company.scene.log().count("asked") == 2)
    [one] = re.findall(r"lead has asked you: one\n.*--re (\S+)", status(company))
    company.scene.run("send", "lead", "--re", one, "yes")
    assert "asked you: one" not in status(company) and "asked you: two" in status(company)
