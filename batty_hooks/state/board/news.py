"""What a save has brought that somebody should hear of: words in members' cards that nearly mean something, and a file
that has another name.

Nobody can tell who has saved a file, and an agent reads no `status`. So a typo is told to whoever it is about: the
owner of the card, whoever is nearly named in it, and the owners of cards that now stand in a lane nobody knows.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

from batty_hooks.state.board import typos
from batty_hooks.state.board.merge import Notice
from batty_hooks.state.board.text import Board


def of_typos(before: bytes, now: bytes, members: Collection[str]) -> Iterator[Notice]:
    """A notice for each typo in a line that was not there ``before`` and is about somebody; the human has it in
    `status`."""
    new = set(now.split(b"\n")) - set(before.split(b"\n"))
    if not any(_is_doubtful(line, frozenset(members)) for line in new):
        return  # (a large board is not parsed for that)
    board, lines = Board.parse(now, members), now.split(b"\n")
    for at, said in board.typos():
        about = sorted(_about(board, at, said)) if new.issuperset(lines[at : at + 1]) else []
        if about:
            yield Notice(f"kanban.md: line {at + 1}: {said}", tuple(about), human=False)


def of_other_names(file: Path) -> Iterator[Notice]:
    """A notice where kanban.md is a hard link: each write of ours puts another file in its place, and the other name
    keeps the one from before."""
    with contextlib.suppress(OSError):
        if file.stat().st_nlink > 1:
            yield Notice(
                "kanban.md has another name (a hard link): that one keeps the text from before, and what is saved "
                f"there is not read. A symbolic link follows: ln -sf {shlex.quote(str(file))} THE-OTHER-NAME"
            )


def _is_doubtful(line: bytes, members: frozenset[str]) -> bool:
    if line.startswith(b"#"):
        return True
    try:
        return any(typos.of_card(line.decode("utf-8", "surrogateescape").rstrip("\r"), members))
    except ValueError:  # no list item
        return False


def _about(board: Board, at: int, said: str) -> set[str]:
    """Whoever owns the card of that line, or a card in the lane of it, or is the name that was meant."""
    wrong = said.partition("“")[2].partition("”")[0].lower()
    owners = {card.owner for card in board.cards if card.owner and (card.line == at + 1 or card.lane == wrong)}
    return owners | {name for name in board.members if f"“{name}”" in said}
