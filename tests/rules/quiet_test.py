"""Which messages an agent in a pane is not woken for."""

from __future__ import annotations

import time

import pytest
from rules.facts import Facts

from batty_hooks.rules import instructions, quiet
from batty_hooks.state import deliveries, inbox
from batty_hooks.state.inbox import Message
from batty_hooks.vocabulary import ids, kinds, offer_ids

ME = "engineer-1"


def get(look: Facts, id: str, kind: str, card: str = "t1", reply_to: str = "", flags: str = "") -> None:
    inbox.send(look.project, Message(id, "batty-hooks", ME, id, "x", kind, card, reply_to=reply_to))
    if flags:
        inbox.confirm(look.project, ME, id, flags)
    look.again()


def away(look: Facts) -> list[str]:
    look.again()
    return [one.id for one in quiet.needing_nothing(look, ME)]


@pytest.mark.parametrize("kind", kinds.TABLE)
def test_the_table_decides(look: Facts, kind: str) -> None:
    get(look, "m1", kind)
    assert away(look) == (["m1"] if kinds.of(kind).pane == kinds.PUT_AWAY else [])


@pytest.mark.parametrize(
    ("line", "flags", "is_away"),
    [("(engineer-1) ^t1", "ST", True), ("(engineer-1) ^t1", "S", False),
     ("(engineer-1) ^t1 [blocked:: no]", "ST", False), ("(engineer-2) ^t1", "ST", False)],
)  # fmt: skip
def test_that_a_card_can_go_on_comes_with_its_next_brief(look: Facts, line: str, flags: str, is_away: bool) -> None:
    look.write_board(progress=f"- [x] One {line}")
    get(look, ids.brief("t1", 1), kinds.BRIEF, flags=flags)
    get(look, ids.unblocked("t1", 1.0), kinds.UNBLOCKED)
    assert bool(away(look)) == is_away


def test_also_when_that_brief_has_come_in_the_meantime(look: Facts) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1")
    get(look, ids.brief("t1", 1), kinds.BRIEF, flags="ST")
    get(look, ids.unblocked("t1", 1.0), kinds.UNBLOCKED)
    get(look, ids.brief("t1", 2), kinds.BRIEF)
    assert away(look) == [ids.unblocked("t1", 1.0)]


@pytest.mark.parametrize(("flags", "is_away"), [("T", True), ("ST", False)])
def test_that_a_card_was_taken_back_before_its_brief_was_read(look: Facts, flags: str, is_away: bool) -> None:
    brief = ids.brief("t1", 1)
    get(look, brief, kinds.BRIEF, flags=flags)
    get(look, ids.void(brief), kinds.VOID, reply_to=brief)
    assert bool(away(look)) == is_away


def test_nothing_of_what_is_on_its_way_is_put_away(look: Facts) -> None:
    brief = ids.brief("t1", 1)
    get(look, brief, kinds.BRIEF, flags="T")
    get(look, ids.void(brief), kinds.VOID, reply_to=brief)
    get(look, "m1", kinds.LANDED)
    look.project.member_directory(ME).mkdir(exist_ok=True)
    deliveries.record(look.project, ME, deliveries.Sent(brief, time.time()))
    assert away(look) == ["m1"], "it may have been read after all"
    deliveries.record(look.project, ME, deliveries.Sent("m1", time.time()))
    assert away(look) == [ids.void(brief)]


def test_what_has_landed_stands_in_the_next_brief(look: Facts) -> None:
    look.write_board(progress="- [x] Three (engineer-1) ^t3")
    card = look.card("t3")
    assert card and instructions.landed_since(look, card) == ""
    get(look, offer_ids.landed("t0", "0" * 40), kinds.LANDED, "t0", flags="S")
    get(look, ids.brief("t1", 1), kinds.BRIEF)
    get(look, offer_ids.landed("t1", "abc1234def567"), kinds.LANDED, "t1", flags="S")
    get(look, offer_ids.landed("t2", "0123456789abcdef"), kinds.LANDED, "t2")
    get(look, ids.brief("t3", 1), kinds.BRIEF, "t3")
    assert instructions.landed_since(look, card) == "Of yours has landed since: t1 as abc1234, t2 as 0123456."
