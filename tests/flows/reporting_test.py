"""What is told upwards: one message for many facts, to who can do something about them, and in the end to the human."""

from __future__ import annotations

from tui.company import Company

TEAM = ("architect", "architect", 1), ("manager", "manager", 1), ("engineer", "engineer", 2)


def test_a_block_is_its_managers_until_nobody_below_solves_it(company: Company) -> None:
    company.hire(*TEAM, nudge="1s", escalate="1h").start()
    company.ready("architect", "manager", "engineer-1", "engineer-2")
    said = "  RUN: batty-hooks blocked no"
    company.scene.cards("- [ ] One", f"{said} key", "- [ ] Two", f"{said} door")
    company.wait(lambda: all(why in "".join(company.taken("manager")) for why in ("no key", "no door")))
    assert "batty-hooks task unblock t1" in "".join(company.taken("manager"))
    company.wait(lambda: not company.unread("manager"))
    assert "task unblock" not in company.scene.run("status", code=None)
    assert not company.scene.messages("human") and not company.taken("architect")
    company.hire(*TEAM, nudge="1s", escalate="1s")
    company.wait(lambda: sum(".blocked." in id for id in company.scene.messages("human")) == 2)
    company.wait(lambda: company.scene.run("status", code=None).count("batty-hooks task unblock t") == 2)


def test_what_is_built_is_told_to_the_architect_who_reports_it(company: Company) -> None:
    company.hire(*TEAM).start()
    company.ready("architect", "manager", "engineer-1", "engineer-2")
    work = "  RUN: echo {n} > numbers/{n}; git add -A; git commit -qm W; batty-hooks done"
    company.scene.cards(
        "- [ ] Two [plan:: numbers]", work.format(n=2), "- [ ] Three [plan:: numbers]", work.format(n=3)
    )
    company.wait(lambda: company.taken("architect"))
    [told] = company.taken("architect")
    assert "The plan numbers has landed whole: 2 cards." in told and "numbers/2" in told and "numbers/3" in told
    assert "Nothing is open." in told and "batty-hooks send human" in told
    assert not company.taken("manager") and [len(company.taken(f"engineer-{n}")) for n in (1, 2)] == [1, 1]
    company.scene.run("send", "human", "two numbers are built", env={"BATTY_MEMBER": "architect"})
    assert "two numbers are built" in company.scene.run("read")
    company.scene.run("inbox")
    assert not [id for id in company.scene.messages("human") if id.startswith("milestone.")]
