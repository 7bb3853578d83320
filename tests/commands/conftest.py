"""Units: no hook of theirs begins a look beside the test."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nobody_else(alone: None) -> None:
    """Nobody but the test makes moves."""
