"""What small JSON files say, and what lies there instead now and then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from batty_hooks.system import json_files


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": 1}\n', {"a": 1}),
        (b"{}", {}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'["a"]', None),
        (b'{"a": ', None),
        (b"", None),
    ],
)
def test_what_a_file_says(tmp_path: Path, raw: bytes, said: dict[str, Any] | None) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(raw)
    assert json_files.read(file) == said
    assert json_files.read(str(file)) == said


def test_what_is_no_regular_file_says_nothing_and_holds_up_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("link")
    for name in (".", "pipe", "link", "nothing"):
        assert json_files.read(tmp_path / name) is None
