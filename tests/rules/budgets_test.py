"""When a budget counts as used: the day's until the next one, a card's once more each time it is unblocked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from rules.facts import Facts

from batty_hooks.errors import FatalError
from batty_hooks.moves import budget
from batty_hooks.people import since
from batty_hooks.rules import budgets
from batty_hooks.state import accounts, inbox, members, panes, spent
from batty_hooks.state.panes import Pane
from batty_hooks.state.spent import Count
from batty_hooks.state.team import reading
from batty_hooks.state.team.model import Budget
from batty_hooks.system.records import asdict, replace

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
    budget._tell(tight, card)
    for message in (tight.project.inboxes / "human/new").iterdir():
        message.unlink()  # a person has read it, and deletes it
    tight.again()
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


def test_a_clock_that_was_set_back_does_not_stop_the_counting(tight: Facts) -> None:
    spent.write(tight.project, Count(time.time() + 86400, 0.0, 0, {}))
    tight.panes = (Pane(NAME, "%1", "claude"),)
    assert budgets.counted_at(tight) == tight.at


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets the zone of the clock."""

    def here(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield here
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("name", "at", "days", "begins"),
    [
        ("Europe/Berlin", "2026-03-30T12:00", -1, "2026-03-28T23:00"),  # the day before had 23 hours
        ("Europe/Berlin", "2026-10-26T12:00", -1, "2026-10-24T22:00"),  # … and 25
        ("Europe/Berlin", "2026-03-29T00:30", 1, "2026-03-29T22:00"),
        ("America/Havana", "2026-11-01T05:30", 0, "2026-11-01T04:00"),  # the second half past midnight
        ("America/Havana", "2026-11-01T18:00", 0, "2026-11-01T04:00"),
    ],
)
def test_a_day_begins_when_the_clock_here_says(
    zone: Callable[[str], None], name: str, at: str, days: int, begins: str
) -> None:
    zone(name)
    utc = datetime.fromisoformat(f"{at}+00:00").timestamp()
    assert budgets.midnight(utc, days) == datetime.fromisoformat(f"{begins}+00:00").timestamp()


@pytest.mark.parametrize("said", ["9999999w", f"{'9' * 400}d", "0001-01-01", "0001-01-01T00:00:00+14:00"])
def test_since_before_all_times_is_since_the_beginning(zone: Callable[[str], None], said: str) -> None:
    zone("Europe/Berlin")
    try:
        assert since.moment(said) == 0.0
    except FatalError as error:
        assert "is no time" in error.what
    before = budgets.midnight(time.time(), -1)
    assert before <= since.moment("yesterday") <= budgets.midnight(time.time(), -1)


@pytest.mark.parametrize(
    ("budget", "day"), [("2M", 2_000_000), ("1.5k", 1500), ("0.0001k", 0), ("0", 0), ("9" * 400, 0), ("1_000", 1000)]
)
def test_a_budget_that_is_less_than_one_token_is_a_mistake(tmp_path: Path, budget: str, day: int) -> None:
    team, wrong = reading.understand(f"budget: {{day: {budget}}}\n".encode(), tmp_path, "x")
    assert team.budget.day == day and bool(wrong) == (day == 0)


@pytest.mark.parametrize("price", ["[3, .nan]", "[nan, 3]", "[3, inf]", "[3, -1]", "[3]"])
def test_a_price_that_is_no_number_is_a_mistake(tmp_path: Path, price: str) -> None:
    team, wrong = reading.understand(f"prices: {{m: {price}}}\n".encode(), tmp_path, "x")
    assert not team.prices and wrong
