"""What a person's editor has written, and how it gets into the board together with our change.

All but `settled` and `merged` is done under the board's lock.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.board import disk, history, identity, news
from batty_hooks.state.board.history import Version, sha_of
from batty_hooks.state.board.lanes import DONE, PROGRESS, TODO
from batty_hooks.state.board.merge import Merged, Notice, Way, merge
from batty_hooks.state.board.origin import nearest
from batty_hooks.state.board.text import Board
from batty_hooks.state.board.wrapped import unwrapped
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late
from batty_hooks.system.records import dataclass, field

IN_DOUBT = "kanban.md is in doubt"
_FEWEST_VANISHED, _TRIES = 3, 20
_SITTING_SECONDS = 600.0
# A line that goes on where another one ends is that line typed on for so long after a save; later it is a card of its
# own: a second person may have typed it into an older buffer, and a card too many is seen, one that is gone is not.
_TYPING_SECONDS = 60.0
_BLOCK = late.pattern(rb"\[blocked:: [^\]\n]*\]")
_CONFLICT = late.pattern(rb"^<{7} .*^>{7} ", re.MULTILINE | re.DOTALL)


@dataclass
class Save:
    """Where a change begins: the text ``found`` on disk, the text ``now`` it stands for, and what is to be kept of it.

    ``seen`` are texts to keep as versions, ``meant_once`` those that undo what was kept, each with what was made of it,
    ``spent`` files that were swapped out and are no longer needed.
    """

    found: bytes
    now: bytes
    seen: list[bytes] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    meant_once: list[tuple[bytes, bytes]] = field(default_factory=list)
    spent: list[Path] = field(default_factory=list)

    def take(self, theirs: bytes, merged: Merged) -> None:
        """Go on from a merge with ``theirs``."""
        self.now = merged.raw
        self.seen.append(theirs)
        self.notices += merged.notices
        self.meant_once += [(theirs, merged.raw)] * merged.restored


def settled(project: Project, kept: Sequence[Version], members: Collection[str]) -> tuple[bytes, str]:
    """The text of kanban.md, standing still, and why it is doubtful. Raises FatalError when there is none."""
    last = history.last_known(kept)
    try:
        return disk.settled(
            project.board_file,
            known=lambda raw: last is not None and last.sha == sha_of(raw),
            doubt=lambda raw: (
                doubt_of(raw, last.read() if last else None, members) or _unfinished(project, raw, last, members)
            ),
            patience=disk.MISSING_SECONDS if last else 0.0,
        )
    except OSError as error:
        raise unreadable(project, error) from None


def _unfinished(project: Project, raw: bytes, last: Version | None, members: Collection[str]) -> str:
    """Why a text may be the beginning of a longer one: it has lost a lane, and is so young that its writer may be held
    up in the middle of it. A plan of thirty cards makes a file longer before its end is there."""
    lanes = {*Board.parse(raw, members).lanes}
    if last is None or lanes >= {TODO, PROGRESS, DONE} or disk.age(project.board_file) >= disk.DOUBT_SECONDS:
        return ""
    lost = {*Board.parse(last.read(), members).lanes} & {TODO, PROGRESS, DONE} - lanes
    return f"it has no {min(lost).upper()} any more" if lost else ""


def unreadable(project: Project, error: OSError) -> FatalError:
    """The words for a kanban.md that cannot be read."""
    if not project.board_file.is_file():  # (False for a link that leads to itself as well)
        if not os.path.lexists(project.board_file):
            return missing(project)
        return atomic.in_the_way(project.board_file, "batty-hooks install")
    why = error.strerror or type(error).__name__
    return FatalError(f"kanban.md cannot be read: {why}", "ls -lL kanban.md  (it must be a text file that may be read)")


def missing(project: Project) -> FatalError:
    """The words for a board that is not there."""
    board = project.board_file
    if history.last_known(history.versions(project)):
        return FatalError("kanban.md is gone", "batty-hooks board --restore  (it brings back the last version)")
    if other := next((name for name in os.listdir(board.parent) if name.lower() == board.name), ""):
        return FatalError(f"there is no kanban.md here, but {other}", f"mv {other} {board.name}")
    return FatalError("there is no kanban.md here", "batty-hooks install  (it makes an empty one)")


def doubt_of(raw: bytes, old: bytes | None, members: Collection[str]) -> str:
    """Why a text may be half of one, or none that is meant, against the last known version; "" when it looks whole."""
    if old is None:
        return ""
    if _CONFLICT.search(raw) and not _CONFLICT.search(old):
        return "git left its conflict markers in it"
    if b"\0" in raw and b"\0" not in old:
        return "it holds NUL bytes, as a text does that is saved as UTF-16; save it as UTF-8"
    new = Board.parse(raw, members)
    if new.swallowed:
        return "a fence or comment that never ends hides lanes"
    if len(raw) >= len(old) and new.is_board:
        return ""
    before = Board.parse(old, members)
    if before.is_board and not new.is_board:
        return "it has no lanes any more" if raw.strip() else "it is empty"
    if len(raw) >= len(old):
        return ""
    # People clear out DONE; a file that was cut off has lost its end, and the heading of DONE with it.
    cleared = (DONE,) if DONE in new.lanes else ()
    count = before.count(cleared)
    vanished = count - new.count(cleared)
    fewest = _FEWEST_VANISHED if set(new.lanes) >= set(before.lanes) else 1
    if vanished >= fewest and vanished * 3 >= count:
        return f"{vanished} of {count} cards have vanished"
    return ""


def new_on_disk(project: Project, last: Version | None, members: Collection[str]) -> bool:
    """Whether kanban.md is a whole board that is not the last known version."""
    raw = disk.text_of(project.board_file)
    if raw is None or (last and last.sha == sha_of(raw)):
        return False
    return Board.parse(raw, members).is_board and not doubt_of(raw, last.read() if last else None, members)


def new_in_swap(path: Path, kept: Sequence[Version], members: Collection[str]) -> bool:
    """Whether an editor went on writing into a file after we had swapped it out, and has finished."""
    raw = disk.text_of(path)
    if raw is None or any(version.sha == sha_of(raw) for version in kept):
        return False
    last = history.last_known(kept)
    return disk.is_old(path) or not doubt_of(raw, last.read() if last else None, members)


def merged(
    project: Project, kept: Sequence[Version], theirs: bytes, members: Collection[str], ours: bytes | None = None
) -> Merged:
    """``theirs`` with what has happened since the version it was made from; ``ours``: else the last known version."""
    last = history.last_known(kept)
    if last is not None and ours is None and last.sha == sha_of(theirs):
        return Merged(theirs)
    now = (last.read() if last else b"") if ours is None else ours
    theirs, copied = identity.without_copies(now, unwrapped(now, theirs, members), members)
    if last is None or (ours is None and _only_blocks_differ(now, theirs)):
        return Merged(theirs, tuple(copied))
    found = _merged(project, kept, theirs, members, now)
    raw, told = identity.with_kept_ids(now, found.raw, members)
    return Merged(raw, (*found.notices, *copied, *told), found.restored)


def _merged(project: Project, kept: Sequence[Version], theirs: bytes, members: Collection[str], now: bytes) -> Merged:
    texts = [(version, raw) for version in kept if (raw := history.read(version)) is not None]
    made = history.refused(project, theirs)
    insisted = next((raw for version, raw in reversed(texts) if version.sha == made), None)
    if insisted is not None:  # saved before, and told what it undoes: it is a change of what was made of it then
        return merge(insisted, now, theirs, members, Way.INSISTED)
    typed = [version for version in kept if version.typed]
    is_typed_on = bool(typed) and history.age(typed[-1]) < _TYPING_SECONDS
    base = texts[nearest([raw for _, raw in texts], theirs, is_typed_on)][1]
    return merge(base, now, theirs, members, _way(project, [version for version, _ in texts], theirs))


def _way(project: Project, kept: Sequence[Version], theirs: bytes) -> Way:
    """How a save came about that may equal an old version: by undoing what was typed in this sitting, or from an old
    buffer (of a second person, say, whose editor has had the board open for longer). A file that is older than the last
    version was left by a killed writer, and nobody has saved it."""
    same = [number for number, version in enumerate(kept) if version.sha == sha_of(theirs)]
    if not same:
        return Way.LATE
    since = [version for version in kept[same[-1] + 1 :] if not version.save]
    if all(version.typed for version in since) and (not since or history.age(since[0]) < _SITTING_SECONDS):
        return Way.UNDONE
    with contextlib.suppress(OSError):
        if project.board_file.stat().st_mtime_ns < kept[-1].path.stat().st_mtime_ns:
            return Way.LEFT
    return Way.LATE


def _only_blocks_differ(now: bytes, theirs: bytes) -> bool:
    """Whether a save differs from the board in `[blocked:: …]` alone. It may be the very text from before, and is no
    stale save for that: it is how people unblock a card in the file, and block it again."""
    lines = zip(now.split(b"\n"), theirs.split(b"\n"), strict=False)
    changed = [(ours, his) for ours, his in lines if ours != his]
    same = now.count(b"\n") == theirs.count(b"\n") and bool(changed)
    return same and all(
        (_BLOCK.search(ours) or _BLOCK.search(his)) and _BLOCK.sub(b"", ours).split() == _BLOCK.sub(b"", his).split()
        for ours, his in changed
    )


def take_in(project: Project, members: Collection[str]) -> Save:
    """The board as it stands: what was saved to kanban.md, and to files that were swapped out of its place.

    Raises FatalError: 75 while the file is in doubt.
    """
    kept = history.versions(project)
    found, doubt = settled(project, kept, members)
    if doubt:
        raise FatalError(
            f"{IN_DOUBT}: {doubt}",
            "batty-hooks board --restore  (the last whole version; or `batty-hooks board --accept` takes it as it is)",
            TRY_AGAIN,
        )
    save = Save(found, found, notices=list(news.of_other_names(disk.target(project.board_file))))
    last = history.last_known(kept)
    if last is None or last.sha != sha_of(found):
        save.take(found, merged(project, kept, found, members))
    for path in disk.swapped_out(project.board_history):
        _take_swapped_out(project, save, kept, path, members)
    if last and save.now != (before := last.read()):
        save.notices += news.of_typos(before, save.now, members)
    return save


def _take_swapped_out(
    project: Project, save: Save, kept: Sequence[Version], path: Path, members: Collection[str]
) -> None:
    """Merge what an editor wrote into a file after we had swapped it out; forget the file when nobody writes to it
    any more."""
    old = disk.is_old(path)
    if new_in_swap(path, kept, members):
        raw, doubt = disk.settled(path, known=lambda raw: False, doubt=lambda raw: "")
        doubt = doubt or doubt_of(raw, save.now, members)
        if not doubt:
            save.take(raw, merged(project, kept, raw, members, ours=save.now))
        elif old and raw.strip():
            save.seen.append(raw)
            text = "a save of kanban.md was cut short; what there is of it is in .batty/board/"
            save.notices.append(Notice(text))
    if old:  # two seconds after the exchange no editor writes into it any more
        save.spent.append(path)


def write(project: Project, members: Collection[str], save: Save, wanted: bytes) -> bool:
    """Make ``wanted`` the board: True when kanban.md was written.

    A save that lands in the same moment is merged, and the merge is written.
    """
    for tried in range(_TRIES):
        for text in save.seen:
            if text != wanted:
                history.record(project, text, save=True)
        for _, made in save.meant_once:
            history.record(project, made)  # what a second save of the same text is a change of
        for notice in save.notices:
            history.add_notice(project, notice)
        history.record(project, wanted, typed=wanted == save.found)
        landed = None if wanted == save.found else _exchange(project, members, save.found, wanted)
        _forget(project, save)
        if landed is None:
            return tried > 0 or wanted != save.found
        theirs, on_disk = landed
        save = Save(on_disk, wanted)
        save.take(theirs, merged(project, history.versions(project), theirs, members, ours=wanted))
        wanted = save.now
    raise FatalError("kanban.md is being saved all the time", "type it again when the editor is at rest", TRY_AGAIN)


def _exchange(project: Project, members: Collection[str], found: bytes, wanted: bytes) -> tuple[bytes, bytes] | None:
    """Put ``wanted`` in the place of ``found``; a text that landed in the meantime, and what is on disk now.

    A save that is only half there yet is left for the next `take_in`, which finds it in the swapped-out file.
    """
    try:
        swap = disk.replace(disk.target(project.board_file), wanted, found, project.board_history)
    except FileNotFoundError:  # an editor is replacing it this moment
        swap = disk.Swap(False, b"")
    if swap.written and swap.found == found:
        return None
    if swap.out:
        theirs, doubt = disk.settled(swap.out, lambda raw: raw == found, lambda raw: doubt_of(raw, wanted, members))
    else:
        theirs, doubt = settled(project, history.versions(project), members)
    if doubt or (swap.written and theirs == found):
        return None
    return theirs, wanted if swap.written else theirs


def _forget(project: Project, save: Save) -> None:
    """What is left to do when the board is written; done again, or never, it does no harm."""
    for text, made in save.meant_once:
        history.refuse(project, text, made)
    for path in save.spent:
        path.unlink(missing_ok=True)
