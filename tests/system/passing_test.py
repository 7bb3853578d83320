"""What git says when another git was in its way: worth another try, and nothing else is."""

from __future__ import annotations

import pytest

from batty_hooks.system.git import passing


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        (b"fatal: failed to read .git/worktrees/gate-1/commondir: Success", True),
        (b"error: unable to create temporary file: No such file or directory", True),
        (b"error: unable to create temporary file: No space left on device", False),
        (b"fatal: not a git repository", False),
        (b"", False),
    ],
)
def test_what_passes(said: bytes, passes: bool) -> None:
    assert passing.passes(said) is passes
