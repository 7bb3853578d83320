"""Whose a branch is, by its name; and what a command does with a message."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batty_hooks.rules.branch_owner import named_id
from batty_hooks.rules.heeding import KEPT, RUN, UNREAD, act
from batty_hooks.state.board import hand
from batty_hooks.state.board.text import Card
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import kinds


@pytest.mark.parametrize(
    ("rest", "id"),
    [("t1", "t1"), ("t1-slow", "t1"), ("t12-slow", "t12"), ("t1slow", ""), ("slow", ""), ("t2", ""), ("", ""),
     ("fix-2-x", "fix-2"), ("fix-x", "fix")],
)  # fmt: skip
def test_a_branch_is_named_after_its_card(rest: str, id: str) -> None:
    assert named_id(rest, ["t1", "t12", "fix", "fix-2"]) == id


MINE = Card("t1", "One", "in progress", "me", (), "", "", True, 1)
BLOCKED = Card("t1", "One", "in progress", "me", (), "why", "", True, 1)
WAITS = Card("t2", "Two", "in progress", "me", (), "", "", True, 2)
YOURS = Card("t3", "Three", "in progress", "you", (), "", "", True, 3)
GONE = Card("t4", "Four", "todo", "me", (), "", "", False, 4)


@pytest.mark.parametrize(
    ("cards", "kind", "card", "does"),
    [
        ([MINE], kinds.BRIEF, "t1", RUN),
        ([MINE], kinds.NOTE, "t1", RUN),
        ([MINE], kinds.NOTE, "", RUN),
        ([MINE], "of another program", "", RUN),
        ([MINE], kinds.LANDED, "t1", KEPT),
        ([MINE, WAITS], kinds.UNBLOCKED, "t2", KEPT),  # it comes with the brief of t2
        ([BLOCKED], kinds.FAILED, "t1", KEPT),
        ([BLOCKED], kinds.NOTE, "", KEPT),
        ([BLOCKED, WAITS], kinds.NOTE, "", RUN),
        ([MINE, YOURS], kinds.NOTE, "t3", UNREAD),
        ([MINE], kinds.NOTE, "t9", UNREAD),
        ([GONE], kinds.BRIEF, "t4", UNREAD),
        ([], kinds.NOTE, "", UNREAD),
    ],
)
def test_what_a_command_does_with_a_message(tmp_path: Path, cards: list[Card], kind: str, card: str, does: str) -> None:
    look: Any = SimpleNamespace(
        project=Project(tmp_path, tmp_path / ".git"),
        once=lambda key, make: make(look),
        names={"me"},
        in_hand=lambda member: hand.in_hand(cards, member, lambda id: id == "t1"),
        card=lambda id: next((one for one in cards if one.id == id), None),
        team=SimpleNamespace(is_reviewer=lambda member: False),
    )
    assert act(look, "me", Message("m1", "you", "me", "subject", "body", kind, card)) == does
