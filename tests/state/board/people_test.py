"""What several people, and their editors, save to one board."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from batty_hooks.state.board import store
from batty_hooks.state.board.text import Board
from batty_hooks.state.project import Project

MEMBERS = ("engineer-1", "engineer-2")
START = b"## TODO\n- [ ] Alpha report\n- [ ] Beta login\n## IN PROGRESS\n## DONE\n"
REWORDED = START.replace(b"Beta login", b"Beta login page")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".git").mkdir()
    made = Project(tmp_path, tmp_path / ".git")
    made.prepare()
    store.create(made, START)
    store.absorb(made, MEMBERS)
    return made


def save(project: Project, raw: bytes) -> None:
    """Save by rename; the board takes it in."""
    temporary = project.root / "kanban.md.new"
    temporary.write_bytes(raw)
    temporary.rename(project.board_file)
    store.absorb(project, MEMBERS)


def hours_pass(project: Project) -> None:
    for path in project.board_history.glob("*.md"):
        before = path.stat().st_mtime - 7200
        os.utime(path, (before, before))


def told(project: Project) -> list[tuple[str, tuple[str, ...], bool]]:
    return [(notice.text, notice.members, notice.human) for _, notice in store.pending_notices(project)]


@pytest.mark.parametrize("newer", [REWORDED, START.replace(b"- [ ] Beta login\n", b"- [ ] Beta login\n  with OAuth\n")])
def test_an_undo_stands_and_a_buffer_that_was_open_for_hours_is_none(project: Project, newer: bytes) -> None:
    save(project, newer)
    save(project, START)
    assert project.board_file.read_bytes() == START and told(project) == []
    save(project, newer)
    hours_pass(project)
    save(project, START)  # by a second person, say, who has changed nothing
    assert project.board_file.read_bytes() == newer
    [(text, _, _)] = told(project)
    assert "was saved with the older text of “Beta login" in text and "Save it so once more if you meant it" in text
    save(project, START)
    assert project.board_file.read_bytes() == START


def test_what_was_deleted_hours_ago_is_not_deleted_in_vain_unsaid(project: Project) -> None:
    save(project, START.replace(b"- [ ] Beta login\n", b""))
    hours_pass(project)
    save(project, START)
    assert b"Beta login" in project.board_file.read_bytes()
    assert "was deleted from kanban.md, and a later save brought it back" in told(project)[0][0]


def test_two_people_save_within_a_second(project: Project) -> None:
    """Neither knows of the other's save, nor of the claim in between."""
    first = START.replace(b"## IN PROGRESS", b"- [ ] Gamma export\n## IN PROGRESS")
    second = START.replace(b"Beta login", b"Beta login page").replace(b"## IN PROGRESS", b"- [ ] Delta\n## IN PROGRESS")
    project.board_file.write_bytes(first)
    store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.find("gamma"), "engineer-1", new_id))
    project.board_file.write_bytes(second)
    store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.find("delta"), "engineer-2", new_id))
    assert project.board_file.read_bytes() == (
        b"## TODO\n- [ ] Alpha report\n- [ ] Beta login page\n## IN PROGRESS\n"
        b"- [x] Gamma export (engineer-1) ^t1\n- [x] Delta (engineer-2) ^t2\n## DONE\n"
    )


def test_a_title_of_ten_thousand_letters(project: Project) -> None:
    title = "word " * 2000 + "(as of (today) and [so on] @nobody ^no id"
    save(project, START.replace(b"Beta login", title.encode()))
    begun = time.process_time()
    store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.cards[1], "engineer-1", new_id))
    save(project, START.replace(b"Beta login", f"{title} more".encode()))
    [card] = [card for card in Board.parse(project.board_file.read_bytes(), MEMBERS).cards if card.id]
    assert (card.title, card.owner, card.lane) == (f"{title} more", "engineer-1", "in progress")
    assert time.process_time() - begun < 2


def test_letter_by_letter_with_a_claim_in_between(project: Project) -> None:
    """An editor that saves each letter, and does not read the file again."""
    line = "Gamma export of all that there is"
    for length in range(1, len(line) + 1):
        save(project, START.replace(b"## IN PROGRESS", f"- [ ] {line[:length]}\n## IN PROGRESS".encode()))
        if length == 4:
            store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.cards[2], "engineer-1", new_id))
    claimed = f"## IN PROGRESS\n- [x] {line} (engineer-1) ^t1\n## DONE\n".encode()
    assert project.board_file.read_bytes() == START.partition(b"## IN")[0] + claimed and told(project) == []


def test_a_typo_is_told_once_to_whom_it_is_about(project: Project) -> None:
    store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.find("alpha"), "engineer-1", new_id))
    board = project.board_file.read_bytes()
    typos = board.replace(b"Beta login", b"Beta login (enginer-2)").replace(b"^t1", b"[priority:: hihg] ^t1")
    save(project, typos + b"- [ ] nobody's [priority:: hgih]\n")
    said = {members: text for text, members, human in told(project) if not human}
    assert said == {
        ("engineer-2",): "kanban.md: line 2: nobody is called “enginer-2”: did you mean “engineer-2”?",
        ("engineer-1",): "kanban.md: line 4: priority cannot be “hihg”: did you mean “high”?",
    }
    for key, _ in store.pending_notices(project):
        store.drop_notice(project, key)
    save(project, project.board_file.read_bytes().replace(b"Beta", b"Betta"))
    assert [members for _, members, _ in told(project)] == [("engineer-2",)]  # the line is another one
    save(project, project.board_file.read_bytes().replace(b"IN PROGRESS", b"IN PROGES"))
    assert ("kanban.md: line 3: “IN PROGES” is no lane that is known: did you mean “IN PROGRESS”?",
            ("engineer-1",), False) in told(project)  # fmt: skip
