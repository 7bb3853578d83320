"""The board, taken in ways nobody foresees: what lies in its place, what is copied, renamed, cancelled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

TABLE = table("untidy")
NO_FILE = "kanban.md is a directory, a named pipe, a device, a link to nothing or to itself"
PAGE = [NO_FILE]
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


def test_the_page_has_just_these() -> None:
    TABLE.finish(PAGE)
