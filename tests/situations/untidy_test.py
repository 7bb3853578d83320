"""The board, taken in ways nobody foresees: what lies in its place, what is copied, renamed, cancelled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

TABLE = table("untidy")
NO_FILE = "kanban.md is a directory, a named pipe, a device, a link to nothing or to itself"
COPIED = "a card's line is copied to write the next one, and its id comes along"
LOST = "the id of a card in hand is deleted with the end of its line, or is another one"
STEPS = "a card in hand is moved by copying its line to DONE, and deleting the first one in a later save"
EMPTIED = "kanban.md is emptied, cut off or overwritten while a card's work lands"
ENCODED = "kanban.md is saved as UTF-16, or a line is appended so (PowerShell's `>>`)"
PAGE = [NO_FILE, EMPTIED, ENCODED, COPIED, LOST, STEPS]
IN_ITS_PLACE = {
    "a directory": Path.mkdir,
    "a named pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to("/nowhere/kanban.md"),
    "a link that leads to itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("kind", IN_ITS_PLACE)
def test_what_lies_in_the_boards_place(quiet: Scene, kind: str) -> None:
    quiet.team("true")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    (quiet.root / "kanban.md").unlink()
    IN_ITS_PLACE[kind](quiet.root / "kanban.md")
    quiet.step(code=None)
    [need] = quiet.json("status")["needs_you"]
    assert need["what"].endswith(f"kanban.md is in the way: it is {kind}")
    for words in (("task", "add", "Beta"), ("board", "--restore"), ("board", "--accept"), ("board",)):
        assert f"in the way: it is {kind}\n" in quiet.run(*words, code=None)
    assert need["command"].endswith("kanban.md.away && batty-hooks install")
    assert quiet.sh(need["command"].partition(" && ")[0], quiet.root) == 0
    quiet.run("install")
    assert quiet.board() == board
    TABLE.check(NO_FILE, "needs you: …/kanban.md is in the way: it is …, with the `mv` that takes it away, and "
                "`batty-hooks install`, which brings the last known board back; nothing waits for a pipe")  # fmt: skip


def test_what_is_no_message_lies_in_an_inbox(quiet: Scene) -> None:
    quiet.run("send", "human", "hello")
    box = quiet.root / ".batty/inboxes/human/new"
    os.mkfifo(box / "1.a.pipe")
    (box / "2.a.folder").mkdir()
    (box / "3.a.link").symlink_to("3.a.link")
    said = quiet.run("inbox")
    assert "hello" in said and "more" not in said
    assert "human has no message '1.a.pipe'" in quiet.run("read", "1.a.pipe", code=2)
    assert "hello" in quiet.run("read")
    assert quiet.json("status")["needs_you"] == []


def test_a_board_in_doubt_is_named_once(quiet: Scene) -> None:
    quiet.team("git commit -q --allow-empty -m Work")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    for text, why in (
        ("", "it is empty"),
        ("?" * 999, "it has no lanes any more"),
        (board[:130], "cards have vanished"),
    ):
        quiet.save(text)
        quiet.step(code=None)
        [need] = quiet.json("status")["needs_you"]
        assert need["what"].startswith("kanban.md is not acted on: ") and need["what"].endswith(why)
        assert need["command"].startswith("batty-hooks board --restore  (")
        said = quiet.run("task", "add", "Beta", code=75).splitlines()
        assert said[0].startswith("batty-hooks: kanban.md is in doubt: ")
        assert said[1].startswith("  → batty-hooks board --restore  (")
    quiet.run("board", "--restore")
    quiet.step()
    assert quiet.lane("DONE") == ["- [x] Alpha (engineer-1) ^t1"]
    TABLE.check(EMPTIED, "needs you, once, whatever waits for it: kanban.md is not acted on: it is empty → "
                "`batty-hooks board --restore`; then it lands")  # fmt: skip


def test_a_board_in_another_encoding(quiet: Scene) -> None:
    quiet.cards("- [ ] Alpha")
    quiet.run("task", "claim", "Alpha")
    board = quiet.board()
    for raw in (board.encode("utf-16"), board.encode() + "- [ ] Beta\r\n".encode("utf-16-le")):
        (quiet.root / "kanban.md").write_bytes(raw)
        [need] = quiet.json("status")["needs_you"]
        why = "it holds NUL bytes, as a text does that is saved as UTF-16; save it as UTF-8"
        assert need["what"] == f"kanban.md is not acted on: {why}"
    TABLE.check(ENCODED, f"needs you: {need['what']}")
    quiet.run("board", "--accept")
    assert quiet.json("status")["needs_you"] == []
    (quiet.root / "kanban.md").write_bytes(b"\xef\xbb\xbf" + board.replace("Alpha", "Älpha").encode())
    assert quiet.json("board")[0]["title"] == "Älpha"


def test_an_id_is_one_cards_and_for_good(quiet: Scene) -> None:
    quiet.team(
        quiet.agent("works", 'echo "10$(echo "$2" | tr -dc 0-9)" > "numbers/$2"\ngit add .\ngit commit -qm "$2"\n')
    )
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    quiet.cards("- [ ] Beta ^t1", "- [ ] Gamma ^t1")
    quiet.step()
    quiet.cards("- [ ] Alpha again ^t1")
    quiet.step()
    assert quiet.lane("DONE") == [f"- [x] {title} (engineer-1) ^t{number}" for number, title in
                                  enumerate(("Alpha", "Beta", "Gamma", "Alpha again"), 1)]  # fmt: skip
    assert quiet.landed() == ["Land t1: Alpha (engineer-1)", "Land t2: Beta (engineer-1)",
                              "Land t3: Gamma (engineer-1)", "Land t4: Alpha again (engineer-1)"]  # fmt: skip
    assert quiet.json("status")["needs_you"] == []
    TABLE.check(COPIED, "the copy gets one of its own; the card that had it goes on, and stays landed if it has landed")


def test_a_card_in_hand_keeps_its_id(quiet: Scene) -> None:
    quiet.team("true")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    for line in ("(engineer-1)", "(engineer-1) ^auth"):
        quiet.save(board.replace("(engineer-1) ^t1", line))
        quiet.run("step", "reconcile", "dispatch")
        assert quiet.board() == board
    [told] = [one for one in quiet.messages("human") if one.startswith("board.")]
    said = quiet.run("read", told).splitlines()[0]
    assert said == "t1 “Alpha” is in the hands of engineer-1, so it keeps its id: ^auth was taken back"
    TABLE.check(LOST, f"it has its own again; who gave it another is told: {said}")


def test_a_card_is_moved_in_two_saves(quiet: Scene) -> None:
    quiet.team("true")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    quiet.commit(quiet.worktree("engineer-1"), {"numbers/two": "2\n"})
    quiet.save(f"{board}- [x] Alpha (engineer-1) ^t1\n")
    quiet.run("step", "reconcile")
    first, _, rest = quiet.board().partition("- [x] Alpha (engineer-1) ^t1\n")
    assert rest.endswith("## DONE\n- [x] Alpha (engineer-1)\n")
    quiet.save(first + rest)
    quiet.step()
    assert quiet.lane("DONE") == ["- [x] Alpha (engineer-1) ^t1"] and quiet.subjects()[1:] == [
        "Land t1: Alpha (engineer-1)"
    ]
    TABLE.check(STEPS, "it is reported, as by a drag: the copy is that card once the first line is gone")


def test_the_page_has_just_these() -> None:
    TABLE.finish(PAGE)
