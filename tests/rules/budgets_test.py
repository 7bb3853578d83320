"""When a budget counts as used: the day's until the next one, a card's once more each time it is unblocked."""

from __future__ import annotations

import json
import time

import pytest
from rules.facts import Facts

from batty_hooks.moves import budget
from batty_hooks.rules import budgets
from batty_hooks.state import accounts, inbox, members, panes, spent
from batty_hooks.state.panes import Pane
from batty_hooks.state.spent import Count
from batty_hooks.state.team.model import Budget
from batty_hooks.system.records import asdict, replace
from batty_hooks.vocabulary import kinds

NAME = "engineer-1"


@pytest.fixture
def tight(look: Facts) -> Facts:
    """A budget of a hundred tokens a day and fifty a card; t1 is in hand."""
    look.team = replace(look.team, budget=Budget(100, 50))
    look.names = look.team.names
    look.write_board(progress=f"- [ ] One ({NAME}) ^t1")
    inbox.make(look.project, "human")
    return look


def counted(look: Facts, day: int, **cards: int) -> None:
    spent.write(look.project, Count(time.time(), 0.0, day, cards))
    look.again()


def ripe(look: Facts) -> list[str]:
    return [item.key.partition(":")[0] for item in budget.ripe(look)]


def test_the_day(tight: Facts) -> None:
    counted(tight, 99)
    assert ripe(tight) == []
    counted(tight, 100)
    assert ripe(tight) == ["day"]
    budget._park(tight)
    budget._park(tight)
    assert ripe(tight) == [] and len(inbox.keys(tight.project, "human")) == 1
    [limit] = accounts.limits(tight.project).values()
    assert limit.until == budgets.midnight(time.time(), days=1)
    tight.team = replace(tight.team, budget=Budget(200, 50))
    assert ripe(tight) == ["over"]
    accounts.clear(tight.project, accounts.BUDGET, time.time() + 1)
    assert ripe(tight) == []


def test_yesterdays_count_is_not_todays(tight: Facts) -> None:
    spent.write(tight.project, Count(time.time() - 86400, 0.0, 100, {}))
    assert ripe(tight) == []


def test_a_card_is_blocked_and_has_as_much_again(tight: Facts) -> None:
    counted(tight, 60, t1=50)
    assert ripe(tight) == ["card"]
    reason = budgets.reason(tight, tight.cards[0])
    assert reason == "its budget is used: 1 × 50 tokens"
    tight.write_board(progress=f"- [ ] One ({NAME}) ^t1 [blocked:: {reason}]")
    assert ripe(tight) == ["tell"]
    [card] = budgets.untold(tight)
    inbox.send(tight.project, inbox.Message(budgets.message_id(card), "x", "human", "s", "b", kinds.NOTICE, "t1"))
    assert ripe(tight) == []
    tight.write_board(progress=f"- [ ] One ({NAME}) ^t1")
    assert ripe(tight) == []
    counted(tight, 60, t1=100)
    assert ripe(tight) == ["card"]
    assert budgets.reason(tight, tight.cards[0]).startswith("its budget is used: 2 ")


def test_it_is_counted_once_a_minute_while_somebody_works(tight: Facts) -> None:
    assert budgets.counted_at(tight) == float("inf"), "nobody has a pane"
    room = tight.project.member_directory(NAME)
    room.mkdir(exist_ok=True)
    panes.record(tight.project, Pane(NAME, "%1", "claude"))
    tight.panes = (Pane(NAME, "%1", "claude"),)
    (room / "state.json").write_text(json.dumps(asdict(members.State(members.WORKING, time.time() - 900, ""))))
    assert ripe(tight) == ["count"]
    counted(tight, 0)
    assert budgets.counted_at(tight) > time.time() + 50
    spent.write(tight.project, Count(time.time() - 90, 9.0, 0, {}))
    tight.again()
    assert budgets.counted_at(tight) > time.time() + 80, "what takes long is done more seldom"
    tight.team = replace(tight.team, budget=Budget())
    assert budgets.counted_at(tight) == float("inf")
