"""What lies in a directory is read again when it may have changed, and only then."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from batty_hooks.system import directories
from batty_hooks.system.directories import names


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that are opened from here on, as it comes."""
    found: list[str] = []
    original = os.listdir

    def listdir(path: str) -> list[str]:
        found.append(str(path))
        return original(path)

    monkeypatch.setattr(os, "listdir", listdir)
    return found


def test_what_changed_lately_is_read_again_each_time(tmp_path: Path, reads: list[str]) -> None:
    (tmp_path / "a").touch()
    assert [names(tmp_path), names(tmp_path)] == [("a",), ("a",)] and len(reads) == 2


def test_what_has_not_changed_is_not_opened_and_every_change_is_seen(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directories, "_COARSE_SECONDS", 0.02)
    (tmp_path / "a").touch()
    for change, after in (
        (lambda: (tmp_path / "b").touch(), {"a", "b"}),
        (lambda: (tmp_path / "b").rename(tmp_path / "c"), {"a", "c"}),
        (lambda: (tmp_path / "a").unlink(), {"c"}),
        (lambda: (tmp_path / ".hidden").touch(), {"c"}),
    ):
        time.sleep(0.04)
        before = names(tmp_path)
        reads.clear()
        assert names(tmp_path) == before and reads == []
        change()
        assert set(names(tmp_path)) == after == set(names(tmp_path)) and reads
    tmp_path.rename(f"{tmp_path}-moved")
    assert names(tmp_path) == ()
    tmp_path.mkdir()
    (tmp_path / "x").touch()
    assert names(tmp_path) == ("x",) and names(tmp_path / "x") == ()


def test_names_by_their_beginning_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gate-2.json", "gate-1.json", "gate-1.lock", "other.json", ".gate-3.json"):
        (tmp_path / name).touch()
    assert directories.matching(tmp_path, "gate-", ".json") == ["gate-1.json", "gate-2.json"]
    assert directories.matching(tmp_path, "") == ["gate-1.json", "gate-1.lock", "gate-2.json", "other.json"]
    assert directories.matching(tmp_path / "none", "") == directories.matching(tmp_path / "other.json", "") == []

    def refuses(path: str) -> list[str]:
        raise error

    monkeypatch.setattr(os, "listdir", refuses)
    (tmp_path / "new").touch()
    error: OSError = PermissionError()
    assert directories.matching(tmp_path, "") == []
    error = OSError(24, "too many open files")
    with pytest.raises(OSError, match="too many"):
        directories.matching(tmp_path, "")
