"""Whether anybody reads what is printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from batty_hooks.system import reader


def test_the_reader_of_a_pipe_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    out, into = os.pipe()
    with open(into, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert reader.is_there()
        os.close(out)
        assert not reader.is_there()


def test_a_file_has_always_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(tmp_path / "out", "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert reader.is_there()


def test_a_terminal_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    with open(slave, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert reader.is_there()
        os.close(master)
        assert not reader.is_there()
