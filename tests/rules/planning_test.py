"""What is wrong with a plan, and who is told."""

from __future__ import annotations

import pytest
from rules.facts import ROLE, Facts

from batty_hooks.people.needs import cards
from batty_hooks.rules import dispatching, planning
from batty_hooks.state import inbox, planners, told
from batty_hooks.state.team import Member
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import kinds

BOSSES = tuple(Member(kind, replace(ROLE, name=kind, role_type=kind), "human") for kind in ("architect", "manager"))


@pytest.fixture
def look(look: Facts) -> Facts:
    """An architect and a manager above the three engineers."""
    look.team = replace(look.team, members=(*BOSSES, *look.team.members))
    return look


def found(look: Facts) -> list[tuple[str, str, str]]:
    look.again()
    return [(one.card.id, one.planner, one.why) for one in planning.mistakes(look)]


def needed(look: Facts) -> list[str]:
    look.again()
    return [what for what, _, _ in cards.needs(look)]


def test_the_architect_is_told_where_nobody_knows_who_planned_it(look: Facts) -> None:
    look.write_board("- [ ] A [role:: nobody] ^t1\n- [ ] B ^t2")
    assert found(look) == [("t1", "architect", "there is no role “nobody”")]
    assert needed(look) == []


def test_who_put_it_there_is_told(look: Facts) -> None:
    look.write_board("- [ ] A (manager) ^t1\n- [ ] B [for:: x] ^t2")
    planners.note(look.project, "manager", ["t1"], ["t1", "t2"])
    assert [one[:2] for one in found(look)] == [("t1", "manager"), ("t2", "architect")]


def test_the_human_has_his_own_mistakes_under_needs_you(look: Facts) -> None:
    look.write_board("- [ ] A [role:: nobody] ^t1\n- [ ] B [depends:: t9] ^t2")
    planners.note(look.project, "human", ["t1", "t2"], ["t1", "t2"])
    assert [one[1] for one in found(look)] == ["human", "human"]
    said = needed(look)
    assert len(said) == 2 and "depends on ^t9" in said[0]
    assert said[1] == "t1 cannot be begun: there is no role “nobody”; the roles that take cards: engineer"


def test_without_an_architect_it_is_the_humans(look: Facts) -> None:
    look.team = replace(look.team, members=look.team.members[2:])
    look.write_board("- [ ] A [role:: nobody] ^t1")
    assert found(look)[0][1] == "human" and len(needed(look)) == 1


def test_who_has_left_the_team_is_told_nothing(look: Facts) -> None:
    look.write_board("- [ ] A [role:: nobody] ^t1")
    planners.note(look.project, "former", ["t1"], ["t1"])
    assert found(look)[0][1] == "architect"


def test_a_circle_is_one_mistake_and_dependencies_on_nothing_are_one_each(look: Facts) -> None:
    look.write_board("- [ ] A [depends:: t2] ^t1\n- [ ] B [depends:: t1] ^t2\n- [ ] C [depends:: t8, t9] ^t3")
    assert [(id, why.rpartition(" ^")[2]) for id, _, why in found(look) if id == "t3"] == [
        ("t3", "t8, which is not on the board"), ("t3", "t9, which is not on the board")]  # fmt: skip
    assert [why for id, _, why in found(look) if id != "t3"] == ["^t1 waits for itself: t1 → t2 → t1"]
    assert needed(look) == [], "the architect can mend all of it"


def test_what_the_human_keeps_for_himself_is_no_mistake_of_his(look: Facts) -> None:
    look.write_board("- [ ] A (human) ^t1")
    assert found(look) == [("t1", "architect", "human takes no cards")]
    planners.note(look.project, "human", ["t1"], ["t1"])
    assert found(look) == []


@pytest.mark.parametrize("mark", ["[hold:: x]", "[blocked:: x]"])
def test_a_card_that_is_held_or_blocked_waits_for_somebody_already(look: Facts, mark: str) -> None:
    look.write_board(f"- [ ] A {mark} [role:: nobody] ^t1")
    assert found(look) == []


def test_the_id_of_the_message_follows_from_what_is_wrong(look: Facts) -> None:
    look.write_board("- [ ] A [role:: nobody]\n- [ ] B [role:: nobody] ^t2")
    one, two = planning.mistakes(look)
    look.again()
    assert [one.id, two.id] == [again.id for again in planning.mistakes(look)] and one.id != two.id


def tell(look: Facts, planner: str = "architect") -> str:
    """What the move does, without its event; the id of the message."""
    found = planning.untold(look)[planner]
    id = planning.message_id(look, planner, found)
    inbox.send(look.project, inbox.Message(id, "batty-hooks", planner, "x", "x", kinds.NOTICE))
    at = inbox.written_at(look.project, planner, id)
    kept = told.of(look.project, planner)
    told.remember(look.project, planner, {**kept, **dict.fromkeys((one.id for one in found), at)})
    look.again()
    return id


def test_all_mistakes_of_one_save_are_one_message_to_each_planner_and_each_is_told_once(look: Facts) -> None:
    look.write_board("\n".join(f"- [ ] Card {n} [role:: none] ^t{n}" for n in range(1, 31)))
    planners.note(look.project, "manager", ["t1", "t2"], [f"t{n}" for n in range(1, 31)])
    assert {who: len(found) for who, found in planning.untold(look).items()} == {"manager": 2, "architect": 28}
    tell(look), tell(look, "manager")
    assert planning.untold(look) == {}
    look.write_board("- [ ] Card 1 [role:: none] ^t1\n- [ ] Another [role:: none] ^t31")
    look.again()
    assert [one.card.id for one in planning.untold(look)["architect"]] == ["t31"]


def test_a_message_is_taken_back_when_nothing_of_it_is_left_and_what_comes_again_is_told_again(look: Facts) -> None:
    both = "- [ ] A [role:: none] ^t1\n- [ ] B [role:: none] ^t2"
    look.write_board(both)
    first = tell(look)
    assert planning.mended(look, "architect") == (set(), [])
    look.write_board(both.replace("[role:: none] ^t1", "^t1"))
    look.again()
    keys, gone = planning.mended(look, "architect")
    assert len(keys) == 1 and gone == [], "the other one is to be mended still"
    look.write_board(both.replace("[role:: none]", ""))
    look.again()
    keys, gone = planning.mended(look, "architect")
    assert len(keys) == 2 and gone == [first]
    told.remember(look.project, "architect", {})
    inbox.confirm(look.project, "architect", first, "ST")
    look.again()
    assert planning.mended(look, "architect") == (set(), [])
    look.write_board(both)
    look.again()
    assert planning.message_id(look, "architect", planning.untold(look)["architect"]) == f"{first}.1"


def test_who_planned_what_is_gone_from_the_board_is_forgotten(look: Facts) -> None:
    planners.note(look.project, "manager", ["t1", "t2"], [])
    planners.note(look.project, "architect", ["t3"], ["t2"])
    assert planners.of(look.project) == {"t2": "manager", "t3": "architect"}


def test_who_has_nobody_to_assign_for_him_is_told_who_idles(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "is_free", lambda look, member: member != "engineer-1")
    look.write_board("- [ ] A ^t1\n- [ ] B ^t2\n- [ ] C (engineer-3) ^t3")
    look.team = replace(look.team, dispatch={"todo": "manual"})
    assert needed(look) == [], "a manager sees to it"
    look.team = replace(look.team, members=look.team.members[2:])
    assert needed(look) == ["t1 waits to be assigned (2 do), and engineer-2 has nothing to do"]
    look.team = replace(look.team, dispatch={"todo": "auto"})
    assert needed(look) == []
