"""What was typed at a terminal and not read yet."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import wait_for

from batty_hooks.system import terminals


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """The end of who types, and the end of the program, which takes each key as it comes."""
    keyboard, program = os.openpty()
    tty.setraw(program)
    yield keyboard, program
    os.close(keyboard)
    os.close(program)


def test_it_counts_until_it_is_read(ends: tuple[int, int]) -> None:
    keyboard, program = ends
    place = os.ttyname(program)
    assert terminals.unread(place) == 0
    os.write(keyboard, b"hello")
    wait_for(lambda: terminals.unread(place) == 5)  # (the kernel hands it over in its own time)
    assert os.read(program, 3) == b"hel" and terminals.unread(place) == 2


def test_what_is_no_terminal_has_nothing_unread(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    assert (
        terminals.unread(str(tmp_path / "file"))
        == terminals.unread(str(tmp_path / "none"))
        == terminals.unread("")
        == 0
    )
