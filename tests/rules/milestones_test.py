"""When something is built, who is told, what is in it, and whether it was reported."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from rules.facts import Facts
from rules.ladder import ARCHITECT, HUMAN, MANAGER, get, ladder, runs

from batty_hooks.rules import milestones
from batty_hooks.state import milestones as remembered
from batty_hooks.state.milestones import Sent
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import kinds

ONE, TWO = "- [x] One (engineer-1-1) ^t1", "- [x] Two (engineer-1-2) ^t2"
PLANNED = f"{ONE} [plan:: users]\n{TWO} [plan:: users]"


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """An architect and a manager that are idle, and two cards that have landed."""
    monkeypatch.setattr(milestones.trunk, "landed_paths", lambda project, commit: [f"src/{n}" for n in range(6)])
    found = ladder(tmp_path)
    found.landed = {"t1": "a" * 40, "t2": "b" * 40}
    found.held |= {*found.landed.values()}
    for name in (ARCHITECT, MANAGER):
        runs(found, name)
    return found


def reached(look: Facts) -> list[str]:
    look.again()
    return [f"{one.plan}: {' '.join(card.id for card in one.cards)}" for one in milestones.reached(look)]


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ({"done": PLANNED}, ["users: t1 t2"]),
        ({"done": f"{ONE} [plan:: users]", "todo": "- [ ] Two ^t2 [plan:: users]"}, []),
        ({"done": f"{ONE} [plan:: users]", "progress": f"{TWO} [plan:: users] [blocked:: no]"}, []),
        ({"done": f"{ONE} [plan:: users]\n{TWO} [plan:: other]"}, ["users: t1", "other: t2"]),
        ({"done": f"{PLANNED}\n- [x] By hand ^t3 [plan:: users]"}, ["users: t1 t2"]),
        ({"done": "- [x] By hand ^t3 [plan:: users]"}, []),
        ({"done": PLANNED, "todo": "- [ ] Something else ^t4"}, ["users: t1 t2"]),
        ({"done": f"{ONE}\n{TWO}"}, [": t1 t2"]),
        ({"done": ONE, "todo": "- [ ] Three ^t3"}, []),
        ({"done": ONE, "progress": "- [x] Three (engineer-2-1) ^t3"}, []),
        ({"done": ONE, "progress": "- [x] Three (engineer-2-1) ^t3 [blocked:: no]"}, [": t1"]),
        ({"done": ONE, "todo": "- [ ] Three ^t3 [hold:: later]"}, [": t1"]),
        ({"done": ONE, "todo": "- [ ] Three ^t3 [hold:: later]\n- [ ] Four ^t4 [depends:: t3]"}, [": t1"]),
        ({"done": ONE, "todo": "- [ ] Four ^t4 [depends:: t9]"}, [": t1"]),
        ({"done": ONE, "todo": "- [ ] Three ^t3 [depends:: t4]\n- [ ] Four ^t4 [depends:: t3]"}, [": t1"]),
        ({"done": ONE, "todo": "- [ ] Four ^t4 [depends:: t1]"}, []),
        ({"done": ONE, "todo": "- [ ] Planned ^t4 [plan:: users]"}, [": t1"]),
        ({}, []),
    ],
)
def test_reached(look: Facts, lanes: dict[str, str], expected: list[str]) -> None:
    look.write_board(**lanes)
    assert reached(look) == expected


def test_a_landing_belongs_to_one_milestone_and_one_that_is_landed_anew_to_another(look: Facts) -> None:
    look.write_board(done=PLANNED)
    told = {milestones.name_of(look, card) for card in look.cards}
    remembered.remember(look.project, told, [])
    assert reached(look) == []
    look.landed["t2"] = "c" * 40
    assert reached(look) == ["users: t2"]


def test_who_plans_may_be_writing_more(look: Facts) -> None:
    look.write_board(done=ONE)
    runs(look, MANAGER, "working")
    assert reached(look) == []
    look.write_board(done=f"{ONE} [plan:: users]")
    assert reached(look) == ["users: t1"], "a plan is whole"


def test_a_team_that_nobody_leads_has_only_plans(tmp_path: Path) -> None:
    look = Facts(tmp_path)
    look.landed = {"t1": "a" * 40}
    look.write_board(done=ONE)
    assert reached(look) == []
    look.write_board(done=f"{ONE} [plan:: users]")
    assert reached(look) == ["users: t1"] and milestones.receiver(look) == HUMAN


@pytest.mark.parametrize(
    ("word", "seconds_ago", "who"),
    [("ready", 300, ARCHITECT), ("working", 9000, ARCHITECT), ("gone", 5, ARCHITECT), ("gone", 61, HUMAN),
     ("limit", 61, HUMAN)],
)  # fmt: skip
def test_who_is_told(look: Facts, word: str, seconds_ago: float, who: str) -> None:
    runs(look, ARCHITECT, word, seconds_ago)
    assert milestones.receiver(look) == who


def test_what_is_in_it(look: Facts) -> None:
    look.write_board(
        done=PLANNED, todo="- [ ] Four ^t4 [hold:: later]\n- [ ] Five ^t5 [blocked:: no key]\n- [ ] Six ^t6"
    )
    assert milestones.facts(look, milestones.reached(look)) == (
        "The plan users has landed whole: 2 cards.\n\n"
        "* t1: One (engineer-1-1), aaaaaaaaaa\n      src/0, src/1, src/2, src/3 and 2 more\n"
        "* t2: Two (engineer-1-2), bbbbbbbbbb\n      src/0, src/1, src/2, src/3 and 2 more\n\n"
        "Open:\n\n* t4: Four (held: later)\n* t5: Five (blocked: no key)\n* t6: Six (todo)\n"
    )


# reported


@pytest.fixture
def sent(look: Facts) -> Sent:
    return Sent("milestone.1", ARCHITECT, time.time() - 100, "built", "facts")


def test_it_is_reported_by_words_to_the_human(look: Facts, sent: Sent) -> None:
    assert not milestones.is_reported(look, sent)
    get(look, HUMAN, "m1", sender=MANAGER)
    get(look, HUMAN, "m2", kinds.ASK, sender=ARCHITECT)
    assert not milestones.is_reported(look, sent)
    get(look, HUMAN, "m3", sender=ARCHITECT)
    assert milestones.is_reported(look, sent)
    assert not milestones.is_reported(look, replace(sent, at=time.time() + 9)), "that was before"


def test_what_the_human_was_told_is_reported(look: Facts, sent: Sent) -> None:
    get(look, HUMAN, sent.id, kinds.MILESTONE, sender="batty-hooks")
    assert milestones.is_reported(look, sent)


@pytest.mark.parametrize(
    ("word", "seconds_ago", "in_seconds"),
    [("ready", 300, 500), ("ready", 30, 570), ("working", 300, math.inf), ("asking", 300, math.inf),
     ("gone", 300, -100), ("limit", 300, -100)],
)  # fmt: skip
def test_when_the_human_is_told_by_itself(
    look: Facts, sent: Sent, word: str, seconds_ago: float, in_seconds: float
) -> None:
    runs(look, ARCHITECT, word, seconds_ago)
    assert milestones.human_is_due(look, sent) - time.time() == pytest.approx(in_seconds, abs=20)


def test_without_its_agent_the_human_is_told_at_once(tmp_path: Path, sent: Sent) -> None:
    (tmp_path / "other").mkdir()
    assert milestones.human_is_due(ladder(tmp_path / "other"), sent) == sent.at
