"""Whatever the bytes: reading changes nothing, and an edit loses no card."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batty_hooks.state.board.text import DONE, PROGRESS, TODO, Board

MEMBERS = ("engineer-1", "engineer-2")
FRAGMENTS = st.sampled_from(
    [
        b"## TODO", b"## In Progress", b"# Board", b"## DONE (3)", b"Doing\n---", b"## Review", b"- [ ] Card",
        b"- [x] A (engineer-1) ^t1",
        b"- card @engineer-2", b" - [ ] shifted", b"   - deep", b"\t- [ ] sub", b"  body", b"\tbody", b"1. one",
        b"* [ ] star", b"```", b"  ```", b"~~~", b"***", b"---", b"%% kanban:settings", b"%%", b"<!--", b"-->",
        b"lazy line", b"", b"", b"- [ ]", b"-",
        b"- [ ] B after ^t1 ^t2", b"- C [depends:: t1] ^t3", b"\xff\xfe", b"caf\xe9", "a\u2028b\x85c".encode(),
        b"> quote", b"| a | b |",
    ]
)  # fmt: skip
ENDINGS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"])
BOARDS = st.builds(
    lambda bom, parts, tail: bom + b"".join(line + end for line, end in parts) + tail,
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"---\nx: y\n---\n"]),
    st.lists(st.tuples(FRAGMENTS, ENDINGS), max_size=30),
    st.one_of(FRAGMENTS, st.just(b"")),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(BOARDS, st.binary(max_size=200)))
def test_reading_changes_no_byte(raw: bytes) -> None:
    board = Board.parse(raw, MEMBERS)
    assert board.raw == raw
    for card in board.cards:
        assert board.lines_of(card)
        (card.title + card.body).encode("utf-8")
    board.problems()


def titles(board: Board) -> Counter[str]:
    return Counter(card.title for card in board.cards)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BOARDS, st.data())
def test_an_edit_loses_no_card_and_no_line(raw: bytes, data: st.DataObject) -> None:
    board = Board.parse(raw, MEMBERS)
    if not board.cards or not board.is_board or "never ends" in str(board.problems()):
        return
    card = data.draw(st.sampled_from(board.cards))
    what = data.draw(st.sampled_from(["claim", "release", PROGRESS, TODO, DONE, "block", "depend"]))
    before, lines = titles(board), _lines(board.raw)
    if what == "claim":
        after = board.claim(card, "engineer-2", lambda: "t77")
    elif what == "release":
        after = board.release(card)
    elif what == "block":
        after = board.block(card, "why")
    elif what == "depend":
        after = board.depend(card, ["t1"])
    else:
        after = board.move(card, what)
    assert titles(board) == before
    assert after.title == card.title and after in board.cards and after.body.split() == card.body.split()
    assert sum((lines - _lines(board.raw)).values()) <= 1
    again = Board.parse(board.raw, (*MEMBERS,))
    assert again.cards == board.cards


def _lines(raw: bytes) -> Counter[bytes]:
    return Counter(line.strip() for line in raw.replace(b"\r", b"\n").split(b"\n") if line.strip())


def test_a_line_that_ends_in_cr_keeps_its_own_before_one_that_begins_with_lf() -> None:
    """Found at random: moved there, the two endings were one."""
    raw = b"## TODO\n\n## In Progress\n- [ ] Card\n- [ ] Card\r"
    board = Board.parse(raw, MEMBERS)
    board.release(board.cards[1])
    assert Board.parse(board.raw, MEMBERS).cards == board.cards and len(board.cards) == 2
    board = Board.parse(b"## TODO\n- [ ] A\r- [ ] B\n\n## In Progress\n", MEMBERS)
    board.move(board.cards[1], PROGRESS)
    assert Board.parse(board.raw, MEMBERS).cards == board.cards


def test_of_two_cards_alike_the_right_one_moves_into_a_lane_that_is_missing() -> None:
    """Found at random: the heading that is put in moves all lines, and the other card lost its text."""
    board = Board.parse(b"\n## DONE\n- [ ] Card\n  text\n---\n- [ ] A ^t1\n- [ ] Card\n", MEMBERS)
    board.claim(board.cards[2], "engineer-2", lambda: "t77")
    assert b"  text\n" in board.raw and [card.body for card in board.cards if card.id == "t77"] == [""]
