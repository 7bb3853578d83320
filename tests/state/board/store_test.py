"""kanban.md and .batty/board/ on a real disk."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.board import disk, lanes, outline, store
from batty_hooks.state.board.text import Board, NewId
from batty_hooks.state.project import Project
from batty_hooks.system import atomic

MEMBERS = ("engineer-1", "engineer-2")
START = (
    b"## TODO\n- [ ] Alpha report\n- [ ] Beta login\n- [ ] Gamma export\n- [ ] Delta index\n## IN PROGRESS\n## DONE\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".git").mkdir()
    made = Project(tmp_path, tmp_path / ".git")
    made.prepare()
    store.create(made, START)
    return made


def claim(title: str, owner: str = "engineer-1"):  # type: ignore[no-untyped-def]
    return lambda board, new_id: board.claim(board.find(title), owner, new_id)


def old(path: Path, seconds: float = 10) -> None:
    """Make a file look as if it had been saved a while ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def save(project: Project, raw: bytes) -> None:
    """Save like an editor that writes in place, some seconds ago."""
    project.board_file.write_bytes(raw)
    old(project.board_file)


def files(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.board_history.iterdir()}


def test_edit_claims_and_gives_ids_that_are_new(project: Project) -> None:
    assert store.edit(project, MEMBERS, claim("alpha")).id == "t1"
    assert store.edit(project, MEMBERS, claim("beta"), used_ids=["t2", "t3"]).id == "t4"
    assert (
        b"- [x] Alpha report (engineer-1) ^t1\n- [x] Beta login (engineer-1) ^t4\n" in project.board_file.read_bytes()
    )
    assert store.read(project, MEMBERS).raw == project.board_file.read_bytes()


def test_an_id_is_never_given_again(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    save(project, START.replace(b"Beta login", b"Beta login ^t50"))
    store.absorb(project, MEMBERS)
    save(project, START.replace(b"- [ ] Beta login\n", b""))
    assert store.edit(project, MEMBERS, claim("gamma")).id == "t51"
    (project.board_history / "last-id").unlink()
    assert store.edit(project, MEMBERS, claim("delta")).id == "t52"


def test_a_change_that_alters_nothing_writes_nothing(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    before, status = files(project), project.board_file.stat()
    store.edit(project, MEMBERS, lambda board, new_id: board.identify(board.cards[-1], new_id))
    assert store.absorb(project, MEMBERS) is False
    assert files(project) == before
    assert project.board_file.stat().st_mtime_ns == status.st_mtime_ns


def test_a_change_that_fails_writes_nothing(project: Project) -> None:
    def change(board: Board, new_id: NewId) -> None:
        board.claim(board.cards[0], "engineer-1", new_id)
        raise FatalError("no", "no")

    with pytest.raises(FatalError):
        store.edit(project, MEMBERS, change)
    assert project.board_file.read_bytes() == START


def test_a_stale_save_is_seen_merged_and_written_by_absorb(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    assert not store.unseen(project)
    stale = START.replace(b"Beta login", b"Beta login page")
    save(project, stale)
    assert store.unseen(project)
    assert [card.title for card in store.read(project, MEMBERS).cards if card.owner] == ["Alpha report"]
    assert project.board_file.read_bytes() == stale
    store.absorb(project, MEMBERS)
    assert not store.unseen(project)
    assert b"Beta login page" in project.board_file.read_bytes()
    assert b"Alpha report (engineer-1) ^t1" in project.board_file.read_bytes()
    assert not store.absorb(project, MEMBERS)
    # The same buffer goes on: its base is its own last save.
    save(project, stale.replace(b"Beta login page", b"Beta login pages"))
    store.edit(project, MEMBERS, claim("gamma", "engineer-2"))
    text = project.board_file.read_bytes()
    assert b"Beta login pages\n" in text and b"(engineer-1) ^t1" in text and b"Gamma export (engineer-2) ^t2" in text


def test_a_save_of_a_fresh_buffer_is_taken_as_it_is(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    raw = project.board_file.read_bytes().replace(b"- [ ] Beta login\n", b"")
    save(project, raw)
    assert store.absorb(project, MEMBERS) is False
    assert project.board_file.read_bytes() == raw
    assert store.pending_notices(project) == []


@pytest.mark.parametrize(("age", "cards"), [(5, ["Add login"]), (120, ["Add login", "Add"])])
def test_a_line_that_goes_on_where_anothers_ends(project: Project, age: float, cards: list[str]) -> None:
    """Typed on by an editor that saves by itself; two minutes later a second person's card, from an older buffer."""
    store.edit(project, MEMBERS, claim("alpha"))
    before = project.board_file.read_bytes()
    save(project, before + b"- [ ] Add\n")
    store.absorb(project, MEMBERS)
    for path in project.board_history.iterdir():
        old(path, age)
    save(project, before + b"- [ ] Add login\n")
    store.absorb(project, MEMBERS)
    found = [card.title for card in store.read(project, MEMBERS).cards if card.title.startswith("Add")]
    assert sorted(found) == sorted(cards)


def test_a_removal_is_undone_once_and_told(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    without = START.replace(b"- [ ] Alpha report\n", b"")
    save(project, without)
    store.absorb(project, MEMBERS)
    ((key, notice),) = store.pending_notices(project)
    assert notice.members == ("engineer-1",)
    store.drop_notice(project, key)
    assert store.pending_notices(project) == []
    save(project, without)
    store.absorb(project, MEMBERS)
    assert b"Alpha" not in project.board_file.read_bytes()


def test_no_wait_when_the_file_is_old_or_ours(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.time, "sleep", lambda seconds: pytest.fail("waited"))
    old(project.board_file)
    store.edit(project, MEMBERS, claim("alpha"))
    store.edit(project, MEMBERS, claim("beta"))
    store.read(project, MEMBERS)
    save(project, START)
    store.read(project, MEMBERS)


def test_a_file_just_saved_is_looked_at_twice(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = time.sleep
    monkeypatch.setattr(disk.time, "sleep", lambda seconds: (waits.append(seconds), sleep(seconds)))
    project.board_file.write_bytes(START + b"- [x] Old\n")
    os.utime(project.board_file, (time.time() + 60,) * 2)  # just saved, however long it takes until it is looked at
    store.read(project, MEMBERS)
    assert waits and sum(waits) <= 0.06


@pytest.mark.parametrize(
    "half, why",
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"hello\n", "no lanes"),
        (START[:30], "vanished"),
        (START.replace(b"## IN", b"```\n## IN") + b"- [x] Many words of text, so that nothing is shorter\n", "fence"),
    ],
)
def test_half_a_file_is_not_acted_on(project: Project, half: bytes, why: str) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    whole = project.board_file.read_bytes()
    save(project, half)
    board = store.read(project, MEMBERS)
    assert board.raw == whole and why in board.doubt and "\n" not in board.doubt
    with pytest.raises(FatalError) as caught:
        store.edit(project, MEMBERS, claim("beta"))
    assert caught.value.code == TRY_AGAIN
    assert not store.unseen(project)
    assert store.absorb(project, MEMBERS) is False
    assert project.board_file.read_bytes() == half
    store.restore(project)
    assert project.board_file.read_bytes() == whole
    assert store.read(project, MEMBERS).doubt == ""
    assert half in files(project).values()


def test_half_a_file_is_waited_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "DOUBT_SECONDS", 60.0)  # a busy machine may save its other half late
    store.edit(project, MEMBERS, claim("alpha"))
    whole = project.board_file.read_bytes() + b"- [x] One more\n"
    project.board_file.write_bytes(whole[:25])
    threading.Timer(0.2, project.board_file.write_bytes, [whole]).start()
    board = store.read(project, MEMBERS)
    assert (board.raw, board.doubt) == (whole, "")


def test_a_young_half_file_is_doubted_after_two_seconds(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    project.board_file.write_bytes(b"## TO")
    begun = time.monotonic()
    assert store.read(project, MEMBERS).doubt
    assert time.monotonic() - begun > 1.5


def test_accept_takes_a_doubtful_file(project: Project) -> None:
    store.edit(project, MEMBERS, claim("alpha"))
    save(project, b"## TODO\n- [ ] Only this\n")
    assert store.read(project, MEMBERS).doubt
    store.accept(project, MEMBERS)
    board = store.read(project, MEMBERS)
    assert board.doubt == "" and [card.title for card in board.cards] == ["Only this"]
    assert store.edit(project, MEMBERS, claim("only")).id == "t2"
    save(project, b"nothing\n")
    with pytest.raises(FatalError):
        store.accept(project, MEMBERS)


def test_clearing_out_done_is_no_doubt(project: Project) -> None:
    save(project, START + b"".join(b"- [x] Old %d\n" % n for n in range(20)))
    store.absorb(project, MEMBERS)
    save(project, START)
    assert store.read(project, MEMBERS).doubt == ""


def test_a_file_that_is_missing(project: Project) -> None:
    project.board_file.unlink()
    with pytest.raises(FatalError) as caught:
        store.read(project, MEMBERS)
    assert "batty-hooks install" in caught.value.mend
    store.create(project, START)
    assert store.create(project, b"other") is False
    store.absorb(project, MEMBERS)
    project.board_file.unlink()
    with pytest.raises(FatalError) as caught:
        store.read(project, MEMBERS)
    assert "restore" in caught.value.mend
    store.restore(project)
    assert project.board_file.read_bytes() == START


def test_a_file_that_is_no_board_is_left_alone(project: Project) -> None:
    save(project, b"# My notes\n\n- milk\n")
    for call in (store.read, store.absorb, lambda p, m: store.edit(p, m, claim("milk"))):
        with pytest.raises(FatalError, match="no board"):
            call(project, MEMBERS)
    assert project.board_file.read_bytes() == b"# My notes\n\n- milk\n"
    assert files(project) == {} and not store.unseen(project)


def test_symlink_mode_and_line_endings_stay(project: Project, tmp_path: Path) -> None:
    real = tmp_path / "notes" / "board.md"
    real.parent.mkdir()
    real.write_bytes(START.replace(b"\n", b"\r\n"))
    real.chmod(0o640)
    project.board_file.unlink()
    project.board_file.symlink_to(real)
    store.edit(project, MEMBERS, claim("alpha"))
    assert project.board_file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert b"- [x] Alpha report (engineer-1) ^t1\r\n" in real.read_bytes()


def test_without_exchange(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "exchange", lambda first, second: False)
    store.edit(project, MEMBERS, claim("alpha"))
    save(project, START.replace(b"Beta login", b"Beta login page"))
    store.edit(project, MEMBERS, claim("gamma"))
    text = project.board_file.read_bytes()
    assert (
        b"Alpha report (engineer-1) ^t1" in text and b"login page" in text and b"Gamma export (engineer-1) ^t2" in text
    )
    assert not [name for name in files(project) if name.startswith((".tmp", "swap"))]


def test_a_copy_from_another_disk_is_handed_in(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worktree may lie anywhere."""
    rename = os.rename

    def within_a_disk(source: Path, target: Path) -> None:
        if Path(source) == copy:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source), None, str(target))
        rename(source, target)

    copy = tmp_path / "copy.md"
    copy.write_bytes(project.board_file.read_bytes().replace(b"Beta login", b"Beta login page"))
    monkeypatch.setattr(os, "rename", within_a_disk)
    store.hand_in(project, copy)
    store.absorb(project, MEMBERS)
    assert b"Beta login page" in project.board_file.read_bytes() and not copy.exists()


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_save_in_the_same_moment_is_merged(
    project: Project, monkeypatch: pytest.MonkeyPatch, exchange: bool, in_place: bool
) -> None:
    real = atomic.exchange
    landed = START.replace(b"Beta login", b"Beta login page")

    def at_the_last_moment(first: Path, second: Path) -> bool:
        monkeypatch.setattr(atomic, "exchange", real if exchange else lambda *_: False)
        if in_place:
            first.write_bytes(landed)
        else:
            atomic.write(first, landed)
        return atomic.exchange(first, second)

    monkeypatch.setattr(atomic, "exchange", at_the_last_moment)
    store.edit(project, MEMBERS, claim("alpha"))
    text = project.board_file.read_bytes()
    assert b"Alpha report (engineer-1) ^t1" in text and b"Beta login page" in text


def test_an_editor_that_goes_on_writing_into_the_old_file(project: Project) -> None:
    with open(project.board_file, "r+b") as editor:
        store.edit(project, MEMBERS, claim("alpha"))
        editor.write(START.replace(b"Beta login", b"Beta login page"))
    assert store.unseen(project)
    (out,) = disk.swapped_out(project.board_history)
    old(out, 1)
    store.absorb(project, MEMBERS)
    text = project.board_file.read_bytes()
    assert b"Alpha report (engineer-1) ^t1" in text and b"Beta login page" in text
    assert not store.unseen(project)


def test_history_is_bounded_and_old_swaps_go(project: Project) -> None:
    for number in range(90):
        store.edit(project, MEMBERS, lambda board, new_id, n=number: board.block(board.cards[0], f"r{n}"))
    versions = [name for name in files(project) if name.endswith(".md")]
    assert 60 <= len(versions) <= 95
    for name in versions:
        old(project.board_history / name, 90_000)
    store.edit(project, MEMBERS, claim("alpha"))
    assert len([name for name in files(project) if name.endswith(".md")]) <= 61


def test_a_worktree_with_a_link_sees_every_write(project: Project, tmp_path: Path) -> None:
    link = project.worktree("engineer-1") / "kanban.md"
    link.parent.mkdir(parents=True)
    link.symlink_to(project.board_file)
    store.edit(project, MEMBERS, claim("alpha"))
    assert link.is_symlink() and link.read_bytes() == project.board_file.read_bytes()


def test_each_text_is_read_once_however_often_it_is_looked_at(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look, the claim, the look after it … ask for the same few texts again and again."""
    store.edit(project, MEMBERS, claim("Alpha"))
    texts: list[str] = []
    original = outline.read
    monkeypatch.setattr(outline, "read", lambda lines, *more: texts.append("".join(lines)) or original(lines, *more))
    project.board_file.write_bytes(project.board_file.read_bytes().replace(b"Delta index", b"Delta index, soon"))
    for _ in range(5):
        assert store.unseen(project, MEMBERS) and store.read(project, MEMBERS).find("Delta index, soon")
    store.absorb(project, MEMBERS)
    for _ in range(5):
        assert not store.unseen(project, MEMBERS) and store.read(project, MEMBERS).find("Delta index, soon")
    assert len(texts) <= 4


def test_an_edit_of_a_text_that_is_kept_is_its_own() -> None:
    board = Board.parse(START, MEMBERS)
    board.remove(board.find("Beta"))
    board.claim(board.find("Alpha"), "engineer-1", lambda: "t1")
    board.cards.clear()
    again = Board.parse(START, MEMBERS)
    assert again.raw == START and [card.title[:5] for card in again.cards] == ["Alpha", "Beta ", "Gamma", "Delta"]
    assert not any(card.owner or card.id for card in again.cards)


def test_who_may_own_a_card_is_part_of_what_a_text_says() -> None:
    raw = b"## TODO\n- [ ] Mend it (engineer-1)\n"
    assert [Board.parse(raw, names).cards[0].owner for names in (MEMBERS, (), MEMBERS)] == [
        "engineer-1",
        "",
        "engineer-1",
    ]
    named = lanes.Names(MEMBERS, {"todo": "Dock"})
    renamed = raw.replace(b"TODO", b"Dock")
    assert [Board.parse(renamed, names).is_board for names in (MEMBERS, named, MEMBERS)] == [False, True, False]


@pytest.mark.parametrize("upto", [b"Card 15 ", b"## IN PROGRESS", b"## DONE"])
def test_of_thirty_cards_that_are_half_written_nothing_is_taken(
    project: Project, upto: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer is held up in the middle: what there is, is a longer file than before, and ends too early."""
    monkeypatch.setattr(disk, "DOUBT_SECONDS", 60.0)  # a busy machine may hold him up for longer than is meant here
    store.absorb(project, MEMBERS)
    cards = b"".join(b"- [ ] Card %d of the plan\n  What it is about.\n" % number for number in range(30))
    whole = START.replace(b"## TODO\n", b"## TODO\n" + cards)
    project.board_file.write_bytes(whole[: whole.index(upto)])
    later = threading.Timer(4 * disk.SETTLE_SECONDS, project.board_file.write_bytes, (whole,))
    later.start()
    assert len(store.read(project, MEMBERS).cards) == 34
    later.join()


def test_a_lane_that_is_taken_away_is_gone_once_the_file_is_old(project: Project) -> None:
    store.absorb(project, MEMBERS)
    project.board_file.write_bytes(START.replace(b"## DONE\n", b"") + b"- [x] One more (engineer-1)\n")
    old(project.board_file)
    assert store.absorb(project, MEMBERS) is False
    assert store.read(project, MEMBERS).doubt == "" and len(store.read(project, MEMBERS).cards) == 5
