"""A plan as text: what is read, what is named as wrong, and what is written."""

from __future__ import annotations

from collections import defaultdict
from itertools import count

import pytest

from batty_hooks.state.board import plan
from batty_hooks.state.board.text import Board

MEMBERS = {"architect", "engineer-1", "engineer-2"}
TEXT = """# Users

Build a REST API with JWT auth and user registration.

## First
- [ ] Create POST /api/users [files:: src/api/users.py] ^a
\tAccepts {email, password}; checks the email's format.

\tDone when:
\t- a valid request answers 201
\t```sh
\tcurl -d '{"email": "x"}' /api/users
\t```
- [ ] Sign-up form #frontend [depends:: a] ^form
## Then
* [ ] Send the verification email (engineer-2) [depends:: a, t3]
1. [ ] Document both (after ^a and ^form)
"""
BOARD = """## TODO
- [ ] Old [depends:: t2] ^t3
  Its body.

## IN PROGRESS

## DONE
"""


def read(text: str) -> plan.Plan:
    return plan.read(text.encode(), MEMBERS, {"t3"})


def test_a_plan_is_read_whole_and_names_become_ids() -> None:
    found = read(TEXT)
    assert (found.name, found.faults, len(found.entries)) == ("Users", (), 4)
    board, numbers = Board.parse(BOARD.encode(), MEMBERS), count(7)
    written = plan.put(board, lambda: f"t{next(numbers)}", found, defaultdict(dict, {6: {"plan": "Users", "for": ""}}))
    assert [card.id for card in written] == ["t7", "t8", "t9", "t10"]
    assert [card.depends for card in written] == [(), ("t7",), ("t7", "t3"), ("t7", "t8")]
    assert [card.owner for card in written] == ["", "", "engineer-2", ""]
    text = board.raw.decode()
    assert "- [ ] Create POST /api/users [files:: src/api/users.py] [plan:: Users] ^t7\n  Accepts {email" in text
    assert "- [ ] Sign-up form #frontend [depends:: t7] ^t8\n" in text
    assert "- [ ] Send the verification email [depends:: t7, t3] (engineer-2) ^t9\n" in text
    assert "- [ ] Document both [depends:: t7, t8] ^t10\n" in text
    assert text.startswith(BOARD.partition("\n\n")[0]) and text.endswith("\n\n## IN PROGRESS\n\n## DONE\n")
    assert board.card("t7").body == read(TEXT).entries[0].card.body  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "there is no card in it"),
        ("Build it.\n", 1, "there is no card in it"),
        ("- [ ] A ^a\n- [ ] B ^a\n", 2, "the name ^a is given already in line 1"),
        ("# P\n- [ ] A [depends:: b]\n", 2, "depends on ^b, which is not on the board or in the plan"),
        ("- [ ] A [depends:: b] ^a\n- [ ] B [depends:: a] ^b\n", 1, "^a waits for itself: a → b → a"),
        ("- [ ] A [depends:: a] ^a\n", 1, "^a waits for itself"),
        ("- [ ] A\n\n- [ ] B [owner:: engineer-9]\n", 3, "nobody is called “engineer-9”: did you mean “engineer-2”?"),
        ("- [ ] A (engineer-9)\n", 1, "nobody is called “engineer-9”"),
        ("- [ ] A [depend:: t3]\n", 1, "did you mean `[depends::`?"),
        ("- [ ] A [depends: t3]\n", 1, "has one colon"),
        ("- [x] A\n", 1, "“A” is under way or done"),
        ("- [ ] A\n## DONE\n- [ ] B\n", 3, "“B” is under way or done"),
        ("- [ ] A\n\nIts body.\n- [ ] B\n", 3, "“Its body.” belongs to no card: indent it"),
        ("- [ ] A\n\n```\ncode\n```\n", 3, "“```” belongs to no card"),
        ("- [ ] A\n-[ ] B\n", 2, "is no card: write `- [ ] …`"),
        ("- [ ] [plan:: x]\n", 1, "a card without a title"),
        ("- [ ] A\n  ```\n- [ ] B\n", 2, "a fence inside a card that never ends"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, what: str) -> None:
    faults = read(text).faults
    assert any(at == line and what in said for at, said in faults), faults


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] A\n",
        "\ufeff- A\r\n  body\r\n- B\r\n",
        "Intro.\n\n---\n\n- [ ] A\n\n***\n\n- [ ] B\n",
        "- [ ] A\nits title goes on here\n",
        "## TODO\n- [ ] A\n",
        "- [ ] A [depends:: t3]\n- [ ] B (edited)\n",
    ],
)
def test_what_is_no_mistake(text: str) -> None:
    assert read(text).faults == () and read(text).entries


def test_a_plan_is_named_by_its_first_heading_that_is_no_lane() -> None:
    assert [read(text).name for text in ("- A\n", "## TODO\n- A\n", "## TODO\n# API\n- A\n")] == ["", "", "API"]
