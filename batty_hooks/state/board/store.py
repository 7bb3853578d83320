"""The door to the board: read it, edit it, take in what people saved. The only writer of `kanban.md` and
`.batty/board/`.

Every write goes: the highest id, the person's text (if it was merged), notices, the new version into
`.batty/board/`, and last the exchange with `kanban.md`. Killed anywhere in between, the next call finds a file that
differs from the last known version and merges.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TypeVar

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.board import disk, history, saves
from batty_hooks.state.board.history import drop_notice, pending_notices
from batty_hooks.state.board.text import Board, NewId
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories, lock, regular, unchangeable

__all__ = [
    "NoBoard",
    "absorb",
    "accept",
    "conflict_copies",
    "create",
    "drop_notice",
    "edit",
    "hand_in",
    "may_write",
    "pending_notices",
    "read",
    "replace",
    "restore",
    "unseen",
]

T = TypeVar("T")


class NoBoard(FatalError):
    """There is no board: no kanban.md, one that cannot be read, or one without a lane of ours, which is left alone."""

    def __init__(self, cause: FatalError) -> None:
        super().__init__(cause.what, cause.mend, cause.code)


def read(project: Project, members: Collection[str]) -> Board:
    """The board as it is now, with a save from an old buffer merged in (nothing is written).

    A file that looks half-written is waited for up to two seconds; then this is the last known version and its
    ``doubt`` says why. Raises NoBoard when there is no kanban.md or when it is no board.
    """
    kept = history.versions(project)
    try:
        found, doubt = saves.settled(project, kept, members)
    except FatalError as error:
        raise NoBoard(error) from None
    last = history.last_known(kept)
    if doubt and last:
        board = Board.parse(last.read(), members)
        board.doubt = doubt
        return board
    return _parsed(saves.merged(project, kept, found, members).raw, members)


def edit(
    project: Project,
    members: Collection[str],
    change: Callable[[Board, NewId], T],
    used_ids: Iterable[str] = (),
) -> T:
    """Change the board under its lock, and return what ``change(board, new_id)`` returns.

    ``new_id()`` gives ids that no card ever had, and none of ``used_ids``. A change that alters nothing writes
    nothing. Raises FatalError: 75 while the file is in doubt, and whatever ``change`` raises (then nothing is
    written).
    """
    if refused := _may_not_write(project):
        raise refused
    with lock.held(project.lock("board")):
        return _change(project, members, change, frozenset(used_ids))[0]


def may_write(project: Project) -> bool:
    """Whether this process can replace the file at all."""
    return _may_not_write(project) is None


def _may_not_write(project: Project) -> FatalError | None:
    """Why this process cannot replace the file at all: what could not follow is not begun. (An agent's sandbox may
    show it the project read-only but for `.batty/` and its worktree.)"""
    file = disk.target(project.board_file)
    if not os.access(file.parent, os.W_OK) and project.board_file.exists():
        mend = f"ls -ld {shlex.quote(str(file.parent))}  (if an agent's sandbox is why: type it outside of it)"
        return FatalError(f"kanban.md cannot be written from here: {file.parent} is read-only", mend, TRY_AGAIN)
    if mend := unchangeable.mend(file):
        return FatalError(f"kanban.md cannot be written: {file} is locked against any change", mend, TRY_AGAIN)
    return None


def unseen(project: Project, members: Collection[str] = ()) -> bool:
    """Whether a save waits that `absorb` would take in; a cheap look that waits for nothing."""
    kept = history.versions(project)
    last = history.last_known(kept)
    return saves.new_on_disk(project, last, members) or any(
        saves.new_in_swap(path, kept, members) for path in disk.swapped_out(project.board_history)
    )


def absorb(project: Project, members: Collection[str]) -> bool:
    """Take in what a person has saved: merge it, keep the version. True when kanban.md was written.

    Does nothing while the file is in doubt. Raises FatalError when it is missing or no board.
    """
    with lock.held(project.lock("board")):
        try:
            return _change(project, members, lambda board, new_id: None, frozenset())[1]
        except FatalError as error:
            if error.code == TRY_AGAIN:
                return False
            raise


def accept(project: Project, members: Collection[str]) -> None:
    """Take kanban.md as it is, though it is in doubt. Raises FatalError when it is missing or no board."""
    with lock.held(project.lock("board")):
        try:
            raw = regular.read(project.board_file)[0]
        except OSError as error:
            raise saves.unreadable(project, error) from None
        _parsed(raw, members)
        history.record(project, raw, typed=True)


def restore(project: Project) -> None:
    """Write the last known version back; the text that is there now is kept as a version. Raises FatalError without
    one, and where something else than a file is in its place."""
    with lock.held(project.lock("board")):
        last = history.last_known(history.versions(project))
        if last is None:
            raise FatalError("there is no earlier version of the board", "write one: `batty-hooks init`")
        target = disk.target(project.board_file)
        if target.is_file():
            history.record(project, target.read_bytes(), save=True)
        elif os.path.lexists(target) or not target.parent.is_dir():
            raise atomic.in_the_way(project.board_file, "batty-hooks board --restore")
        raw = last.read()
        history.record(project, raw)
        atomic.write(target, raw)


def replace(project: Project, members: Collection[str], make: Callable[[Board], bytes]) -> bool:
    """Write another text, made from the board as it is now: True when kanban.md was written. What people have saved
    meanwhile is kept as a version. Raises FatalError (75) while the file is in doubt."""
    with lock.held(project.lock("board")):
        save = saves.take_in(project, members)
        return saves.write(project, members, save, make(_parsed(save.now, members)))


def hand_in(project: Project, copy: Path) -> None:
    """Take away a copy of the board that somebody has edited elsewhere; it is merged as a late save is."""
    disk.hand_in(project.board_history, copy)


def conflict_copies(project: Project) -> list[str]:
    """The names of other saves of the board, beside it, that Syncthing, Dropbox, Nextcloud and the like have kept: they
    all write “conflict” into them."""
    stem = project.board_file.stem
    return sorted(name for name in directories.names(project.board_file.parent)
                  if name.startswith(stem) and name.endswith(".md") and "conflict" in name.casefold())  # fmt: skip


def create(project: Project, raw: bytes) -> bool:
    """Write a kanban.md if there is none, the last known version where there was one: True when this call did it."""
    last = history.last_known(history.versions(project))
    return atomic.create(project.board_file, last.read() if last else raw)


def _change(
    project: Project, members: Collection[str], change: Callable[[Board, NewId], T], used: frozenset[str]
) -> tuple[T, bool]:
    """Take in what was saved, apply ``change``, write: its result, and whether kanban.md was written."""
    save = saves.take_in(project, members)
    board = _parsed(save.now, members)
    ids = history.Ids(project, save.now, used)
    result = change(board, ids.next)
    ids.keep()
    return result, saves.write(project, members, save, board.raw)


def _parsed(raw: bytes, members: Collection[str]) -> Board:
    board = Board.parse(raw, members)
    if not board.is_board:
        cause = "kanban.md is no board: it has no lane that is known here"
        mend = "${EDITOR:-vi} kanban.md  (give it `## TODO`, `## IN PROGRESS`, `## DONE`, or name its own: `board:`)"
        raise NoBoard(FatalError(cause, mend))
    return board
