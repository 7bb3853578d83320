"""Whether anybody reads what is printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from batty_hooks.system import reader


@pytest.mark.parametrize("make", [os.pipe, os.openpty], ids=["pipe", "terminal"])
def test_the_reader_has_ended(make: Callable[[], tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = make()
    with open(ours, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert reader.is_there()
        os.close(theirs)
        assert not reader.is_there()


def test_a_file_has_always_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(tmp_path / "out", "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert reader.is_there()
