"""The board as text: what is a card, and what each edit writes."""

from __future__ import annotations

import itertools

import pytest

from batty_hooks.errors import FatalError
from batty_hooks.state.board.text import Board, Card

MEMBERS = ("engineer-1", "engineer-2", "manager")
ARTICLE = """\
## TODO
- [ ] Add rate limiting to API endpoints
- [ ] Write the docs
  with one example
## IN PROGRESS
- [x] Refactor auth module (engineer-1) ^t12
## DONE
- [x] Add JWT endpoint (engineer-2) ^t9
"""


def board(text: str) -> Board:
    return Board.parse(text.encode("utf-8", "surrogateescape"), MEMBERS)


def text(board: Board) -> str:
    return board.raw.decode("utf-8", "surrogateescape")


def ids(first: int = 13):  # type: ignore[no-untyped-def]
    numbers = itertools.count(first)
    return lambda: f"t{next(numbers)}"


def only(line: str) -> Card:
    (card,) = board(f"## TODO\n{line}\n").cards
    return card


def test_reads_the_board_of_the_article() -> None:
    cards = board(ARTICLE).cards
    assert cards[2] == Card("t12", "Refactor auth module", "in progress", "engineer-1", (), "", "", True, 6)
    assert [(card.id, card.lane, card.line) for card in cards] == [
        ("", "todo", 2), ("", "todo", 3), ("t12", "in progress", 6), ("t9", "done", 8),
    ]  # fmt: skip
    assert cards[1].body == "with one example"


@pytest.mark.parametrize(
    "line, owner, title",
    [
        ("- [x] Fix it (engineer-1) ^t1", "engineer-1", "Fix it"),
        ("- [x] Fix it ^t1 (engineer-1)", "engineer-1", "Fix it"),
        ("- Fix it @engineer-2 #bug", "engineer-2", "Fix it #bug"),
        ("- [ ] Fix it (Engineer-1) @{2026-01-31}", "engineer-1", "Fix it @{2026-01-31}"),
        ("- [ ] Fix it [owner:: manager]", "manager", "Fix it"),
        ("- [ ] Fix it (engineer-1) [prio:: high] ^t1", "engineer-1", "Fix it"),
        ("- [ ] Fix it (4+)", "", "Fix it (4+)"),
        ("- [ ] Fix it (edited)", "", "Fix it (edited)"),
        ("- [ ] Ask (manager) first", "", "Ask (manager) first"),
        ("- [ ] Ask @manager first", "", "Ask @manager first"),
        ("- [ ] Fix it [owner:: somebody]", "", "Fix it"),
        ("- [ ] (engineer-1)", "engineer-1", ""),
    ],
)
def test_only_a_configured_name_at_the_end_is_an_owner(line: str, owner: str, title: str) -> None:
    card = only(line)
    assert (card.owner, card.title) == (owner, title)


@pytest.mark.parametrize(
    "line, id, depends, title",
    [
        ("- [ ] Deploy [depends:: t3, t4] ^t5", "t5", ("t3", "t4"), "Deploy"),
        ("- [ ] Deploy [depends:: ^t3 ^t4]", "", ("t3", "t4"), "Deploy"),
        ("- [ ] Deploy after ^t3", "", ("t3",), "Deploy"),
        ("- [ ] Deploy after ^t3, ^t4 and ^t5 ^t6", "t6", ("t3", "t4", "t5"), "Deploy"),
        ("- [ ] Deploy (after ^t3) to prod", "", ("t3",), "Deploy to prod"),
        ("- [ ] Deploy (and after ^t3)", "", ("t3",), "Deploy (and)"),
        ("- [ ] Look [note:: after ^t3]", "", (), "Look"),
        ("- [ ] Clean up hereafter ^t3", "t3", (), "Clean up hereafter"),
        ("- [ ] Clean up after lunch ^t3", "t3", (), "Clean up after lunch"),
        ("- [ ] Write x^2", "", (), "Write x^2"),
        ("- [ ] A block of Obsidian's own ^37066d", "37066d", (), "A block of Obsidian's own"),
    ],
)
def test_ids_and_dependencies(line: str, id: str, depends: tuple[str, ...], title: str) -> None:
    card = only(line)
    assert (card.id, card.depends, card.title) == (id, depends, title)


def test_blocked_is_a_field() -> None:
    assert only("- [ ] Pay [blocked:: no card] ^t1").blocked == "no card"
    assert only("- [ ] Pay (blocked:: no card) ^t1").blocked == "no card"


def test_titles_can_be_printed_whatever_the_bytes() -> None:
    (card,) = Board.parse(b"## TODO\n- [ ] caf\xe9 \xe2\x80\xa8 x\n  b\xf6dy\n", ()).cards
    assert card.title == "caf� x"
    assert card.body == "b�dy"


def test_claim_writes_what_the_article_shows() -> None:
    b = board(ARTICLE)
    card = b.claim(b.cards[0], "engineer-2", ids())
    assert card == Card("t13", "Add rate limiting to API endpoints", "in progress", "engineer-2", (), "", "", True, 6)
    assert text(b) == ARTICLE.replace("- [ ] Add rate limiting to API endpoints\n", "").replace(
        "## DONE", "- [x] Add rate limiting to API endpoints (engineer-2) ^t13\n## DONE"
    )


def test_claim_takes_the_body_along_and_keeps_an_id() -> None:
    b = board("## TODO\n* [ ] One ^t7\n\tdetails\n\n\tmore\n* [ ] Two\n\n## Doing\n")
    b.claim(b.cards[0], "engineer-1", ids())
    assert text(b) == "## TODO\n* [ ] Two\n\n## Doing\n* [x] One (engineer-1) ^t7\n\tdetails\n\n\tmore\n"


def test_claim_where_the_card_is_in_progress_already() -> None:
    b = board("## TODO\n## IN PROGRESS\n- [ ] One (engineer-1)\n- [ ] Two\n")
    b.claim(b.cards[0], "engineer-2", ids())
    assert text(b) == "## TODO\n## IN PROGRESS\n- [x] One (engineer-2) ^t13\n- [ ] Two\n"


def test_claim_gives_a_box_to_a_card_without_one() -> None:
    b = board("## TODO\n- One\n## IN PROGRESS\n")
    b.claim(b.cards[0], "engineer-2", ids())
    assert text(b) == "## TODO\n## IN PROGRESS\n- [x] One (engineer-2) ^t13\n"


def test_claim_makes_the_lane_that_is_missing() -> None:
    b = board("# Board\n\n### Todo\n\n- [ ] One\n\n### Done\n")
    b.claim(b.cards[0], "manager", ids())
    assert text(b) == "# Board\n\n### Todo\n\n### In Progress\n\n- [x] One (manager) ^t13\n\n### Done\n"


def test_release_goes_back_to_the_top_of_todo() -> None:
    b = board(ARTICLE)
    card = b.release(b.cards[2])
    assert text(b).startswith("## TODO\n- [ ] Refactor auth module ^t12\n- [ ] Add rate")
    assert (card.owner, card.checked, card.line) == ("", False, 2)


def test_move_by_name_and_by_title() -> None:
    b = board(ARTICLE + "## Review (3)\n")
    b.move(b.cards[2], "Complete")
    assert text(b).endswith("^t9\n- [x] Refactor auth module (engineer-1) ^t12\n## Review (3)\n")
    assert b.move(b.card("t9"), "review").lane == "review"  # type: ignore[arg-type]
    with pytest.raises(FatalError) as caught:
        b.move(b.cards[0], "revue")
    assert "review" in caught.value.mend


def test_block_unblock_depend_owner_identify() -> None:
    b = board(ARTICLE)
    card = b.block(b.cards[2], "needs\na [key] now")
    assert "- [x] Refactor auth module [blocked:: needs a (key) now] (engineer-1) ^t12\n" in text(b)
    assert card.blocked == "needs a (key) now"
    card = b.depend(card, ["t9", "^t3"])
    assert "[blocked:: needs a (key) now] [depends:: t9, t3] (engineer-1) ^t12\n" in text(b)
    card = b.depend(b.unblock(card), [])
    assert text(b) == ARTICLE
    card = b.set_owner(card, "engineer-2")
    assert "- [x] Refactor auth module (engineer-2) ^t12\n" in text(b)
    b.set_owner(card, "")
    assert "- [x] Refactor auth module ^t12\n" in text(b)
    assert b.identify(b.cards[0], ids()).id == "t13"
    assert b.identify(b.cards[0], ids(20)).id == "t13"


def test_after_is_a_dependency_that_depend_replaces() -> None:
    b = board("## TODO\n- [ ] Deploy after ^t3 to prod (manager)\n")
    b.depend(b.cards[0], ["t4"])
    assert text(b) == "## TODO\n- [ ] Deploy to prod [depends:: t4] (manager)\n"


def test_add() -> None:
    b = board(ARTICLE)
    card = b.add("Two\nlines ", body="spec\n\n- point\n", marks={"depends": "t9"})
    assert "  with one example\n- [ ] Two lines [depends:: t9]\n  spec\n\n  - point\n## IN" in text(b)
    assert (card.title, card.body, card.depends) == ("Two lines", "spec\n\n- point", ("t9",))
    assert b.add("Next", "Ideas").lane == "ideas"
    assert text(b).endswith("## IDEAS\n- [ ] Next\n")


def test_add_to_an_empty_file_and_after_no_newline() -> None:
    b = board("")
    b.add("One")
    assert text(b) == "## TODO\n- [ ] One\n"
    b = board("## TODO\r\n- [ ] One")
    b.add("Two")
    assert text(b) == "## TODO\r\n- [ ] One\r\n- [ ] Two"


def test_edits_keep_other_bytes() -> None:
    raw = "\ufeff## TODO\r\n- [ ] One \udce9  \r\n\tbody\u2028x\n## DOING\r\n\r\ntext".encode(
        "utf-8", "surrogateescape"
    )
    b = Board.parse(raw, MEMBERS)
    b.claim(b.cards[0], "manager", ids())
    assert (
        b.raw
        == "\ufeff## TODO\r\n## DOING\r\n\r\ntext\r\n- [x] One \udce9 (manager) ^t13  \r\n\tbody\u2028x".encode(
            "utf-8", "surrogateescape"
        )
    )


def test_a_card_that_was_moved_meanwhile_is_found() -> None:
    b = board("## TODO\n- [ ] One\n- [ ] Two\n- [ ] Same\n- [ ] Same\n## DOING\n")
    one, two, _, same = b.cards
    b.claim(one, "manager", ids())
    assert b.claim(two, "manager", ids(20)).title == "Two"
    b.block(same, "x")
    assert [card.blocked for card in b.cards[:2]] == ["", "x"]
    with pytest.raises(FatalError):
        b.claim(Card("t99", "Gone", "todo", "", (), "", "", False, 1), "manager", ids())


def test_find() -> None:
    b = board(ARTICLE + "- [x] Add JSON\n")
    assert b.find("^t12").id == b.find("t12").id == b.find("T12").id == "t12"
    assert b.find("write  the docs").title == b.find("wri").title == "Write the docs"
    with pytest.raises(FatalError, match="could be 3 cards"):
        b.find("add")
    with pytest.raises(FatalError) as caught:
        b.find("Write the dosc")
    assert "Write the docs" in caught.value.mend
    with pytest.raises(FatalError):
        b.find("")


def test_problems() -> None:
    b = board(
        "## TODO\n- [ ] A after ^t2 ^t1\n- [ ] B after ^t1 ^t2\n- [ ] C after ^t1 ^t3\n- [ ] D after ^t77 ^t4\n"
        "- [ ] E ^t4\n- [ ] Self after ^t8 ^t8\n## DONE\n- [x] F after ^t6 ^t6\n```\n"
    )
    assert b.problems() == [
        "line 2: ^t1 waits for itself: t1 → t2 → t1",
        "line 3: ^t2 waits for itself: t2 → t1 → t2",
        "line 5: “D” depends on ^t77, which is not on the board",
        "line 6: the id ^t4 is given already in line 5",
        "line 7: ^t8 waits for itself: t8 → t8",
        "line 10: a fence that never ends",
    ]
    assert [b.depends_in_circle(card) for card in b.cards] == [True, True, False, False, False, True, False]
    assert board(ARTICLE).problems() == []


@pytest.mark.parametrize(
    "line, said",
    [
        ("- [ ] A (enginer-1)", "nobody is called “enginer-1”: did you mean “engineer-1”?"),
        ("- [ ] A @engineer-7", "nobody is called “engineer-7”: did you mean “engineer-"),
        ("- [ ] A [owner:: bob]", "nobody is called “bob”: there are engineer-1, "),
        ("- [ ] A [depend:: t1]", "`[depend::` means nothing here: did you mean `[depends::`?"),
        ("- [ ] A [needs:: t1]", "`[needs::` means nothing here: did you mean `[depends::`?"),
        ("- [ ] A [depends: t1]", "“[depends: t1]” has one colon: write `[depends:: …]`"),
        ("- [ ] A [priority:: hihg]", "priority cannot be “hihg”: did you mean “high”?"),
        ("- [ ] A [priority:: 1]", "priority cannot be “1”: it can be high or low"),
        ("-[ ] A", "“-[ ] A” is no card: write `- [ ] …`"),
        ("[ ] A", "“[ ] A” is no card: write `- [ ] …`"),
        ("- [] A", "a box is `[ ]` or `[x]`, with a blank behind it"),
        ("- [x]A", "a box is `[ ]` or `[x]`, with a blank behind it"),
        ("## IN PROGES", "“IN PROGES” is no lane that is known: did you mean “IN PROGRESS”?"),
        ("## Dnoe", "“Dnoe” is no lane that is known: did you mean “DONE”?"),
        ("## To Do (3)", "“To Do (3)” is TODO once more, as in line 1"),
    ],
)
def test_typos_are_told_with_the_nearest_right_word(line: str, said: str) -> None:
    [problem] = board(f"## TODO\n- [ ] First ^t1\n{line}\n").problems()
    assert problem.startswith(f"line 3: {said}")


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] A (frontend)", "- [ ] A (API)", "- [x](http://x) A", "- [ ] A [due:: 2026-01-01]",
        "- [ ] A [dependsOn:: abc]", "- [ ] A [after:: t1]",
        "- [ ] A [priority:: Highest]", "- [ ] A\n  -[ ] sub", "## Review", "## Backlog", "## On hold", "## Undone",
        "## Completed 2025", "## Archive", "- [ ] A\n  ```\n  -[ ] in a fence\n  ```", "> - [ ] quoted",
        "- [ ] A [[Note]]", "- [ ] A [text](http://x)", "- [ ] Read [blocked: no](http://x)",
    ],
)  # fmt: skip
def test_what_is_peoples_own_is_no_typo(line: str) -> None:
    assert board(f"## TODO\n- [ ] First ^t1\n{line}\n").problems() == []


def test_a_dependency_that_has_landed_need_not_be_on_the_board() -> None:
    b = board("## TODO\n- [ ] A [depends:: t1]\n")
    assert b.problems(["t1"]) == [] and b.problems(["t2"]) != []


def test_a_long_chain_is_no_circle() -> None:
    lines = [f"- [ ] Card after ^t{n + 1} ^t{n}\n" for n in range(3000)]
    b = board("## TODO\n" + "".join(lines) + "- [ ] End ^t3000\n")
    assert b.problems() == []
