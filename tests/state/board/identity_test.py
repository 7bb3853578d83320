"""An id is one card's, and a card's for good, whatever a save does to ids by the way."""

from __future__ import annotations

import pytest

from batty_hooks.state.board import identity

MEMBERS = frozenset(("engineer-1", "engineer-2"))


def board(todo: str = "", progress: str = "", done: str = "") -> bytes:
    lanes = {"TODO": todo, "IN PROGRESS": progress, "DONE": done}
    return "".join(
        f"## {lane}\n" + "".join(f"- {line}\n" for line in lines.split("|") if line) for lane, lines in lanes.items()
    ).encode()


ALPHA = "[x] Alpha (engineer-1) ^t1"
COPIES = {  # what was known, the save, what it is taken for, whether somebody is told
    "copied to write the next card": (
        board(progress=ALPHA), board("[ ] Beta (engineer-1) ^t1", ALPHA), board("[ ] Beta (engineer-1)", ALPHA), False,
    ),
    "below itself": (board(progress=ALPHA), board("", f"{ALPHA}|{ALPHA}"), board("", f"{ALPHA}|{ALPHA[:-4]}"), False),
    "above itself, with other words": (
        board(progress=ALPHA), board("", f"[x] Beta (engineer-1) ^t1|{ALPHA}"),
        board("", f"[x] Beta (engineer-1)|{ALPHA}"), False,
    ),
    "of what is done": (
        board(done=ALPHA), board("[ ] Alpha again ^t1", "", ALPHA), board("[ ] Alpha again", "", ALPHA), False,
    ),
    "in an old buffer, moved on since": (
        board(done=ALPHA), board("[ ] Beta ^t1", ALPHA), board("[ ] Beta", ALPHA), False,
    ),
    "typed twice": (b"", board("[ ] One ^t5|[ ] Two ^t5"), board("[ ] One ^t5|[ ] Two"), True),
    "typed twice, one in progress": (b"", board("[ ] One ^t5", "[x] Two ^t5"), board("[ ] One", "[x] Two ^t5"), True),
    "in large and small letters": (board(progress=ALPHA), board("[ ] B ^T1", ALPHA), board("[ ] B", ALPHA), False),
    "before a date": (
        board(progress=ALPHA), board("[ ] B ^t1 📅 2026-01-31", ALPHA), board("[ ] B 📅 2026-01-31", ALPHA), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COPIES)
def test_a_copy_gets_an_id_of_its_own(case: str) -> None:
    known, save, taken_for, is_told = COPIES[case]
    raw, notices = identity.without_copies(known, save, MEMBERS)
    assert raw.decode() == taken_for.decode()
    assert bool(notices) == is_told
    assert identity.without_copies(known, raw, MEMBERS) == (raw, [])


LOST = {
    "deleted with the end of the line": (board(progress=ALPHA), board(progress=ALPHA[:-4]), board(progress=ALPHA)),
    "moved by copy, then the first one deleted": (
        board(progress=ALPHA), board(done=ALPHA[:-4]), board(done=ALPHA)
    ),
    "with its owner": (board(progress=ALPHA), board("[ ] Alpha"), board("[ ] Alpha ^t1")),
    "of what is done: that is tidying up": (board(done=ALPHA), board(done=ALPHA[:-4]), board(done=ALPHA[:-4])),
    "a card was deleted, and another one written": (
        board(progress=ALPHA), board("[ ] Alphabet"), board("[ ] Alphabet")
    ),
    "numbered anew while in hand": (board(progress=ALPHA), board(progress=f"{ALPHA[:-1]}9"), board(progress=ALPHA)),
    "numbered anew before it is begun": (board("[ ] Beta ^t2"), board("[ ] Beta ^auth"), board("[ ] Beta ^auth")),
    "two have changed theirs": (
        board(progress=f"{ALPHA}|[x] Beta (engineer-2) ^t2"),
        board(progress="[x] Alpha (engineer-1) ^t2|[x] Beta (engineer-2) ^t1"),
        board(progress="[x] Alpha (engineer-1) ^t2|[x] Beta (engineer-2) ^t1"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LOST)
def test_what_has_lost_its_id_has_it_again(case: str) -> None:
    known, save, taken_for = LOST[case]
    raw, notices = identity.with_kept_ids(known, save, MEMBERS)
    assert raw.decode() == taken_for.decode()
    assert bool(notices) == ("in hand" in case)
