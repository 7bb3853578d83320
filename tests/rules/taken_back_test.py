"""A dependency counts as landed as long as the trunk holds it and nobody has reverted it."""

from __future__ import annotations

import pytest
from rules.facts import Facts
from rules.ladder import MANAGER, ME, ladder, runs

from batty_hooks.rules import dispatching, milestones, planning, reporting, taken_back

ABOVE = "- [ ] Two [depends:: t1] ^t2"


@pytest.fixture(params=["reverted", "not in the trunk any more"])
def look(look: Facts, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """t1 has landed, and that was taken back."""
    return without_t1(look, request.param, monkeypatch)


def without_t1(look: Facts, how: str, monkeypatch: pytest.MonkeyPatch) -> Facts:
    look.landed = {"t1": "c1"}
    if how == "reverted":
        look.held.add("c1")
        look.reverts["c1"] = ["r1"]
    monkeypatch.setattr(taken_back, "landings", lambda look: {} if "t1" in look.landed and look.held else {"t1": "c1"})
    return look


def waits(look: Facts, id: str = "t2") -> list[str]:
    look.again()
    return dispatching.waits_for(look, look.card(id))


def test_what_depends_on_it_waits_again(look: Facts) -> None:
    look.write_board(ABOVE, done="- [x] One (engineer-1) ^t1")
    assert waits(look) == ["t1"]
    assert not dispatching.is_due(look, look.card("t2"))
    assert planning.why_waiting(look, look.card("t2")) == "waits for t1 (taken back)"
    assert not milestones._goes_on(look, look.card("t2"), ())


def test_a_card_that_is_off_the_board_counts_alike(look: Facts) -> None:
    look.write_board(ABOVE)
    assert waits(look) == ["t1"]


def test_what_is_there_again_is_not_waited_for(look: Facts) -> None:
    look.write_board(ABOVE, done="- [x] One (engineer-1) ^t1")
    look.held.add("c1")
    look.reverts.clear()
    assert waits(look) == []


def test_only_the_card_itself_counts_not_what_it_was_built_on(look: Facts) -> None:
    look.landed["t2"] = "c2"
    look.held.add("c2")
    look.write_board("- [ ] Three [depends:: t2] ^t3", done="- [x] Two [depends:: t1] ^t2\n- [x] One ^t1")
    assert waits(look, "t3") == []


def test_a_reopened_card_is_waited_for_until_it_lands_again(look: Facts) -> None:
    look.write_board(f"- [ ] One ^t1\n{ABOVE}")
    assert waits(look) == ["t1"]
    del look.landed["t1"]  # its landing is history now
    assert waits(look) == ["t1"]
    look.landed["t1"] = "c3"
    look.held.add("c3")
    assert waits(look) == []


def test_nothing_is_asked_for_what_nothing_depends_on(look: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    look.write_board("- [ ] Two ^t2", done="- [x] One ^t1\n- [x] Three [depends:: t1] ^t3")
    assert taken_back.needed(look) == {}


def test_a_person_is_told_what_waits_and_what_is_in_hand(look: Facts) -> None:
    look.write_board(ABOVE, "- [x] Three (engineer-1) [depends:: t1] ^t3", "- [x] One ^t1")
    [(what, command)] = taken_back.needs(look)
    assert what.endswith("; waiting for t1: t2; in hand all the same: t3")
    assert command.startswith(("git revert --no-edit r1  (", "git merge c1  ("))


def test_the_boss_of_a_card_in_hand_is_told_once(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    look = without_t1(ladder(tmp_path), "reverted", monkeypatch)
    runs(look, MANAGER)
    look.write_board(ABOVE, f"- [x] Three ({ME}) [depends:: t1] ^t3", "- [x] One ^t1")
    [fact] = reporting.news(look, MANAGER)
    assert fact.line == f"t1, which t3 (Three) of {ME} depends on, was taken back from main"
    assert fact.command.startswith("batty-hooks task release t3")
    from batty_hooks.state import told

    told.remember(look.project, MANAGER, {fact.key: 1.0})
    look.again()
    assert reporting.news(look, MANAGER) == []
    look.reverts.clear()
    look.again()
    assert reporting.facts(look, MANAGER) == []
