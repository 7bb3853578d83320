"""What the tests of deciders get."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rules.facts import Facts


@pytest.fixture
def look(tmp_path: Path) -> Facts:
    """A look at a project of three engineers in which nothing has happened yet."""
    return Facts(tmp_path)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody cuts the power here: what is written need not be on the disk."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)
