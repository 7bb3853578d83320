"""Which of its agents a member runs: the next one at a limit, the first one again with its next card."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from rules.facts import Facts
from rules.ladder import ROLES, ask, get, ladder, runs

from batty_hooks.rules import succession
from batty_hooks.state import accounts, inbox, members, milestones
from batty_hooks.state.accounts import Limit
from batty_hooks.state.milestones import Sent
from batty_hooks.state.panes import Pane
from batty_hooks.system.records import asdict, replace
from batty_hooks.vocabulary import ids, kinds

NAME = "engineer-1"


@pytest.fixture
def crew(look: Facts) -> Facts:
    """Engineers that begin with claude and go on with codex, then with gemini."""
    role = replace(look.team.roles[0], agent="claude", also=("codex", "gemini"))
    look.team = replace(look.team, roles=(role,), members=tuple(replace(one, role=role) for one in look.team.members))
    look.names = look.team.names
    look.write_board()
    inbox.make(look.project, NAME)
    return look


def state(look: Facts, word: str, until: float = 0.0) -> None:
    room = look.project.member_directory(NAME)
    room.mkdir(exist_ok=True)
    (room / "state.json").write_text(json.dumps(asdict(members.State(word, time.time() - 5, "", until=until))))
    look.again()


def after(look: Facts, agent: str = "claude") -> str:
    look.again()
    member = look.team.member(NAME)
    assert member
    return succession.next_agent(look, member, Pane(NAME, "%1", agent))


def limit(look: Facts, account: str, seconds: float = 3600.0, since: float = 0.0) -> None:
    now = time.time()
    accounts.note(look.project, account, Limit(now - since, now + seconds if seconds else 0.0, "usage limit"))


def test_at_a_limit_the_next_one_that_is_free_goes_on(crew: Facts) -> None:
    state(crew, members.LIMIT, time.time() + 3600)
    assert after(crew) == "codex"
    limit(crew, "codex")
    assert after(crew) == "gemini"
    limit(crew, "gemini")
    assert after(crew) == "", "all are at theirs: it waits"
    assert after(crew, "gemini") == "claude"


def test_a_limit_that_is_over_soon_is_waited_for_and_one_without_an_end_is_not(crew: Facts) -> None:
    state(crew, members.LIMIT, time.time() + 60)
    assert after(crew) == ""
    state(crew, members.LIMIT)
    assert after(crew) == "codex"


def test_who_works_is_left_alone_and_who_would_begin_on_a_spent_account_is_not(crew: Facts) -> None:
    limit(crew, "claude")
    for word in (members.WORKING, members.ASKING, members.STARTING, members.GONE):
        state(crew, word)
        assert after(crew) == ""
    state(crew, members.READY)
    assert after(crew) == "codex"


def test_back_to_the_first_it_goes_between_two_cards(crew: Facts) -> None:
    state(crew, members.READY)
    crew.write_board(progress=f"- [ ] One ({NAME}) ^t1")
    assert after(crew, "codex") == ""
    crew.write_board()
    assert after(crew, "codex") == "claude"
    limit(crew, "claude", seconds=0.0, since=300)
    assert after(crew, "codex") == "", "nobody knows when that ends: ten minutes"
    limit(crew, "claude", seconds=0.0, since=700)
    assert after(crew, "codex") == "claude"
    inbox.send(crew.project, inbox.Message(ids.brief("t1", 1), "x", NAME, "s", "b", kinds.BRIEF))
    assert after(crew, "codex") == ""


def test_all_on_one_account_wait_with_whoever_has_reached_its_limit(crew: Facts) -> None:
    role = replace(crew.team.roles[0], also=())
    member = replace(crew.team.members[0], role=role)
    state(crew, members.READY)
    limit(crew, "claude")
    crew.again()
    assert succession.shared_limit(crew, member, Pane(NAME, "%1", "claude"))
    own = replace(member, role=replace(role, account="second"))
    assert succession.shared_limit(crew, own, Pane(NAME, "%1", "claude")) is None
    accounts.clear(crew.project, "claude", time.time() - 60)
    crew.again()
    assert succession.shared_limit(crew, member, Pane(NAME, "%1", "claude")), "it began to work before"
    accounts.clear(crew.project, "claude", time.time() + 1)
    crew.again()
    assert succession.shared_limit(crew, member, Pane(NAME, "%1", "claude")) is None


def test_who_waits_for_somebody_elses_limit_was_not_cut_off(crew: Facts) -> None:
    state(crew, members.READY)
    members.set_state(crew.project, NAME, members.LIMIT, "x", members.SHARED, until=time.time() + 9)
    known = members.state(crew.project, NAME)
    assert known and known.cut == 0


LEAD = "manager-1"


@pytest.fixture
def led(tmp_path: Path) -> Facts:
    """A manager that goes on with the second agent of its role, idle for long, whose first one may work again."""
    look = ladder(tmp_path)
    role = replace(ROLES[1], agent="claude", also=("codex",))
    look.team = replace(look.team, members=tuple(replace(one, role=role) if one.name == LEAD else one
                                                 for one in look.team.members))  # fmt: skip
    look.write_board()
    runs(look, LEAD)
    return look


def goes_back(look: Facts) -> bool:
    look.again()
    member = look.team.member(LEAD)
    assert member
    return succession.next_agent(look, member, Pane(LEAD, "%1", "codex")) == "claude"


def test_who_leads_goes_back_when_it_is_idle_with_nothing_before_it(led: Facts) -> None:
    assert goes_back(led)
    limit(led, "claude")
    assert not goes_back(led)


@pytest.mark.parametrize("word", ["working", "asking", "gone", "starting"])
def test_not_in_the_middle_of_something(led: Facts, word: str) -> None:
    runs(led, LEAD, word)
    assert not goes_back(led)


def test_not_at_the_end_of_a_turn_nor_while_it_waits_or_is_waited_for(led: Facts) -> None:
    runs(led, LEAD, "ready", 5)
    assert not goes_back(led), "it has ended its turn just now"
    runs(led, LEAD)
    get(led, LEAD, "m1", flags="", sender="engineer-1-1")
    assert not goes_back(led), "it has something to read"
    inbox.confirm(led.project, LEAD, "m1")
    assert goes_back(led)
    asked = ask(led, LEAD, "architect")
    assert not goes_back(led), "it waits for an answer"
    get(led, LEAD, "m2", sender="architect", reply_to=asked)
    assert goes_back(led)
    runs(led, LEAD, "ready", 61)
    ask(led, "engineer-1-1", LEAD)
    assert not goes_back(led), "somebody waits for its answer"


def test_not_before_it_has_reported_what_was_built(led: Facts) -> None:
    milestones.remember(led.project, (), [Sent("milestone.x", LEAD, time.time(), "x", "x")])
    assert not goes_back(led)
    milestones.remember(led.project, (), ())
    assert goes_back(led)
