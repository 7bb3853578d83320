"""The team in tmux: agents with panes of their own are started, hear, report, die and come back."""

from __future__ import annotations

from tui.company import Company


def test_a_message_is_pasted_and_confirmed_by_the_agent_itself(company: Company) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    company.ready("engineer-1")
    company.scene.run("send", "engineer-1", "Hello, who are you?")
    company.wait(lambda: company.taken("engineer-1"))
    [prompt] = company.taken("engineer-1")
    first, *_, last = prompt.splitlines()
    assert first.startswith("[message m") and first.endswith("from human]") and last.startswith("(end of message m")
    assert "\nHello, who are you?\n" in prompt
    company.wait(lambda: not company.unread("engineer-1"))
    assert len(company.scene.messages("engineer-1", "cur")) == 1
    assert "delivered" in company.scene.log()


def test_a_card_typed_into_the_board_lands(company: Company) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    company.scene.cards(
        "- [ ] Add a number",
        "  RUN: echo 102 > numbers/two && git add numbers && git commit -qm two && batty-hooks done",
    )
    company.wait(lambda: company.scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"])
    assert company.scene.show("numbers/two") == "102"
