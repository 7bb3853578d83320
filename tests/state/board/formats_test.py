"""Boards as people and other tools write them."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from batty_hooks.state.board.lanes import Names
from batty_hooks.state.board.text import Board

MEMBERS = ("engineer-1", "engineer-2")

# As Obsidian Kanban 2.0 saves it: a tab before body lines, settings without a final newline.
OBSIDIAN = """\
---

kanban-plugin: board

---

## Todo (3)

- [ ] Rate limits @{2026-01-31} #api
\tfirst line
\t- [ ] sub task
- [ ] [[Linked note]] ^37066d


## In progress

- [x] Auth (engineer-1) ^t2


## Complete

**Complete**
- [x] JWT ^t1


***

## Archive

- [x] Old thing

%% kanban:settings
```
{"kanban-plugin":"board","list-collapse":[false,false,false]}
```
%%"""
VSCODE = """\
# My Project

## Todo

- Learn to write
  - priority: high
  - tags: [a, b]
    ```md
    ## not a lane
    - not a card
    ```

## Doing

- Refactor

## Done [Completed]

- Set up
"""
TASKELL = """\
# Board

## To Do

- Fix the parser
    > It breaks on tabs
    * [ ] write a test
    * [x] find the place
- Second

## Doing

## Done

- First release
"""


def board(text: str) -> Board:
    return Board.parse(text.encode(), MEMBERS)


def seen(text: str) -> list[tuple[str, str]]:
    return [(card.lane, card.title) for card in board(text).cards]


def claimed(text: str) -> str:
    """The text after the first card in TODO was claimed."""
    b = board(text)
    numbers = itertools.count(50)
    b.claim(next(card for card in b.cards if card.lane == "todo"), "engineer-2", lambda: f"t{next(numbers)}")
    return b.raw.decode()


def test_obsidian_kanban() -> None:
    b = board(OBSIDIAN)
    assert [(card.lane, card.title, card.id) for card in b.cards] == [
        ("todo", "Rate limits @{2026-01-31} #api", ""),
        ("todo", "[[Linked note]]", "37066d"),
        ("in progress", "Auth", "t2"),
        ("done", "JWT", "t1"),
        ("archive", "Old thing", ""),
    ]
    assert b.cards[0].body == "first line\n- [ ] sub task"
    assert b.problems() == []
    after = claimed(OBSIDIAN)
    card = "- [x] Rate limits @{2026-01-31} #api (engineer-2) ^t50\n\tfirst line\n\t- [ ] sub task\n"
    assert f"- [x] Auth (engineer-1) ^t2\n{card}\n\n## Complete" in after
    assert "## Todo (3)\n\n- [ ] [[Linked note]] ^37066d\n\n\n## In progress" in after
    done = Board.parse(after.encode(), MEMBERS)
    done.move(done.cards[0], "done")
    assert "- [x] JWT ^t1\n- [x] [[Linked note]] ^37066d\n\n\n***\n" in done.raw.decode()
    done.add("Last", "archive")
    assert "- [x] Old thing\n- [ ] Last\n\n%% kanban" in done.raw.decode()


def test_obsidian_with_an_empty_complete_lane() -> None:
    b = board("## Todo\n\n- [ ] A\n\n\n## Done\n\n**Complete**\n\n\n%% kanban:settings\n```\n{}\n```\n%%")
    b.move(b.cards[0], "done")
    assert "## Done\n\n**Complete**\n- [x] A\n\n\n%% kanban" in b.raw.decode()


def test_vscode_markdown_kanban() -> None:
    b = board(VSCODE)
    assert seen(VSCODE) == [
        ("todo", "Learn to write"), ("in progress", "Refactor"), ("done", "Set up"),
    ]  # fmt: skip
    assert "## not a lane" in b.cards[0].body
    assert claimed(VSCODE).count("\n- [x] Learn to write (engineer-2) ^t50\n  - priority: high\n") == 1
    assert "## Todo\n\n## Doing\n\n- Refactor\n- [x] Learn" in claimed(VSCODE)


def test_taskell() -> None:
    b = board(TASKELL)
    assert seen(TASKELL) == [("todo", "Fix the parser"), ("todo", "Second"), ("done", "First release")]
    assert b.cards[0].body == "> It breaks on tabs\n* [ ] write a test\n* [x] find the place"
    assert "## Doing\n\n- [x] Fix the parser (engineer-2) ^t50\n    > It breaks" in claimed(TASKELL)


@pytest.mark.parametrize(
    "heading, lane",
    [
        ("## TODO", "todo"), ("## To Do", "todo"), ("# to-do", "todo"), ("### 📋 Todo (3)", "todo"),
        ("## Backlog", "todo"),
        ("## Ready", "todo"), ("## Up next", "todo"), ("## To do: ##", "todo"), ("## **Todo**", "todo"),
        ("## IN PROGRESS", "in progress"), ("## In-Progress", "in progress"), ("## 🚧 Doing", "in progress"),
        ("## WIP [2]", "in progress"), ("## in_progress (1/3)", "in progress"), ("## Ongoing", "in progress"),
        ("## Done", "done"), ("## Done ✅", "done"), ("## Complete", "done"), ("## Finished (4+)", "done"),
        ("##\tDone", "done"), ("   ## Done", "done"), ("Done\n====", "done"), ("To Do\n---", "todo"),
        ("## Review", "review"), ("## Ice Box (2)", "ice box"), ("## 日本", "日本"),
    ],
)  # fmt: skip
def test_lane_names(heading: str, lane: str) -> None:
    assert seen(f"intro\n\n{heading}\n\n- [ ] A\n") == [(lane, "A")]


def test_a_backlog_beside_a_todo_lane_is_not_to_be_started() -> None:
    assert seen("## Backlog\n- A\n## Todo\n- B\n") == [("backlog", "A"), ("todo", "B")]


def test_two_lanes_of_one_name() -> None:
    assert seen("## TODO\n- A\n## DONE\n- B\n## ToDo\n- C\n") == [("todo", "A"), ("done", "B"), ("todo", "C")]


@pytest.mark.parametrize(
    "text, cards",
    [
        ("\ufeff## TODO\n- A\n", ["A"]),
        ("## TODO\r\n- A\r\n- B\n- C\r- D", ["A", "B", "C", "D"]),
        ("## TODO\n- A\x0bB\u2028C\x85D\x1cE\n", ["A B C D E"]),
        ("## TODO\n- [ ] A\n - [ ] B\n   - [ ] C\n", ["A", "B"]),
        ("## TODO\n1. A\n2) B\n+ C\n* D\n", ["A", "B", "C", "D"]),
        ("## TODO\n   - A\n   - B\n", ["A", "B"]),
        ("## TODO\n    - code\n", []),
        ("## TODO\n- [ ]\n- [ ] \n-\n- A\n", ["A"]),
        ("## TODO\n~~~\n- no\n## DONE\n~~~\n- A\n", ["A"]),
        ("## TODO\n```` md\n```\n- no\n````\n- A\n", ["A"]),
        ("## TODO\n```not ` a fence\n- A\n", ["A"]),
        ("## TODO\n- A\n  ```\n  - no\n\n  ## no\n  ```\n- B\n", ["A", "B"]),
        ("## TODO\n- A\n  ```\n  never closed\n- B\n## DONE\n- C\n", ["A", "B", "C"]),
        ("## TODO\n<!-- - no\n- no\n-->\n- A\n<!-- x -->\n- B\n", ["A", "B"]),
        ("## TODO\n%%\n- no\n%%\n- A\n", ["A"]),
        ("## TODO\n%% a remark %%\n- A\n%% not a comment\n- B\n", ["A", "B"]),
        ("---\ntitle: x\nlist:\n- no\n---\n## TODO\n- A\n", ["A"]),
        ("---\n## TODO\n- A\n", ["A"]),
        ("- no\n\n## TODO\n- A\n", ["A"]),
        ("## TODO\n- A\n---\n- B\n* * *\n- C\n", ["A", "B", "C"]),
        ("## TODO\n- A\nLazy\n---\n- B\n", ["A", "B"]),
        ("## TODO\n- Foo\n===\n- B\n", ["Foo", "B"]),
        ("#TODO\n- no\n", []),
        ("    ## TODO\n- no\n", []),
    ],
)
def test_traps(text: str, cards: list[str]) -> None:
    b = board(text)
    assert [card.title for card in b.cards] == cards
    assert b.raw == text.encode()


def test_a_wrapped_line_belongs_to_its_card() -> None:
    b = board("## TODO\n- [ ] Add limits\nto the API\n  and test\n\nprose\n## DOING\n")
    assert b.cards[0].body == "to the API\nand test"
    assert claimed(b.raw.decode()) == (
        "## TODO\n\nprose\n## DOING\n- [x] Add limits (engineer-2) ^t50\nto the API\n  and test\n"
    )


def test_unclosed_fence_that_hides_lanes() -> None:
    assert board("## TODO\n```\n## DONE\n- A\n").swallowed
    assert not board("## TODO\n- A\n```\ntext\n").swallowed
    assert not board("x\n").is_board
    assert not board("# Title\n- A\n## Notes\n").is_board


def test_an_indented_list_is_not_swallowed_by_its_new_neighbour() -> None:
    b = board("## TODO\n   - [ ] A\n   - [ ] B\n## DOING\n- [x] C (engineer-1) ^t1\n  more\n")
    b.release(b.cards[2])
    assert b.raw.decode() == "## TODO\n   - [ ] C ^t1\n     more\n   - [ ] A\n   - [ ] B\n## DOING\n"
    assert [card.title for card in b.cards] == ["C", "A", "B"]


def test_loose_lists_stay_loose() -> None:
    text = "## TODO\n\n- [ ] A\n\n- [ ] B\n\n- [ ] C\n\n## DOING\n\n- [x] X\n\n- [x] Y\n\n## DONE\n"
    assert claimed(text) == (
        "## TODO\n\n- [ ] B\n\n- [ ] C\n\n## DOING\n\n- [x] X\n\n- [x] Y\n\n- [x] A (engineer-2) ^t50\n\n## DONE\n"
    )


def test_many_claims_and_releases_leave_no_trail_of_blank_lines() -> None:
    text = "## TODO\n\n- [ ] A ^t1\n\n## DOING\n\n## DONE\n\n- [x] B\n"
    b = board(text)
    for _ in range(5):
        b.release(b.claim(b.cards[0], "engineer-1", lambda: ""))
    assert b.raw.decode() == text


def test_lanes_have_the_names_a_team_gave_them() -> None:
    names = Names(MEMBERS, {"todo": "Сделать", "in progress": "В работе", "done": "✅"})
    text = "# Заметки\n\n## Сделать (2)\n- [ ] Позвонить\n## Backlog\n- [ ] Потом\n## ✅\n- [x] Купить\n"
    board = Board.parse(text.encode(), names)
    assert [(card.title, card.lane) for card in board.cards] == [
        ("Позвонить", "todo"), ("Потом", "backlog"), ("Купить", "done"),
    ]  # fmt: skip
    board.claim(board.find("Позвонить"), "engineer-1", lambda: "t1")
    assert "## В работе\n- [x] Позвонить (engineer-1) ^t1\n" in board.raw.decode()
    assert board.move(board.find("t1"), "todo").lane == board.move(board.find("t1"), "сделать").lane == "todo"


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] A\xa0(engineer-2)",
        "- [ ] A（engineer-2）",
        "- [ ] A\u3000（@Engineer-2） ^t7",
        "- [ ] A （engineer-2） #x",
    ],
)
def test_an_owner_as_other_keyboards_type_it(line: str) -> None:
    """A fixed blank (Option and space on a Mac), wide brackets and blanks of Chinese and Japanese input."""
    b = board(f"## TODO\n{line}\n")
    card = b.cards[0]
    assert card.owner == "engineer-2" and card.title.startswith("A")
    b.claim(card, "engineer-2", lambda: "t7")
    assert b.raw.decode().count("engineer-2".title()) + b.raw.decode().count("engineer-2") == 1, (
        "no second one beside it"
    )


def test_letters_in_two_forms_are_the_same_lane() -> None:
    """An `é` that a Mac has pasted is an `e` and an accent behind it."""
    given = Names(MEMBERS, {"done": "Terminé"})
    text = unicodedata.normalize("NFD", "## TODO\n## Terminé\n- [x] A\n## Révision\n")
    b = Board.parse(text.encode(), given)
    assert b.lanes == ["todo", "done", "révision"] and b.cards[0].lane == "done"


@pytest.mark.parametrize(
    "line", ["-\xa0[ ] A", "– [ ] A", "—[ ] A", "• [ ] A", "-[ ] A", "[ ] A"]
)  # fmt: skip
def test_what_an_editor_made_of_a_bullet_is_told(line: str) -> None:
    assert "is no card: write `- [ ] …`" in " ".join(board(f"## TODO\n- B\n\n{line}\n").problems())


def test_a_heading_without_its_blank_is_told() -> None:
    assert board("## TODO\n- A\n##DONE\n- B\n").problems() == [
        "line 3: “##DONE” is no lane: write a blank behind the ##"
    ]
    assert not board("## TODO\n- A\n#done\n##later\n- B\n").problems(), "a tag, or what means no lane of ours"


def test_a_name_in_two_words_is_told() -> None:
    assert "did you mean “engineer-2”" in " ".join(board("## TODO\n- A (engineer 2)\n").problems())
