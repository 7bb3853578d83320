"""What this machine can do: asked of a real one, and of a container's numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.system import capacity


def test_this_machine() -> None:
    found = capacity.now()
    assert found.processors >= 1 and found.load >= 0 and found.free > 1 << 20


@pytest.mark.parametrize(
    ("quota", "most"), [("150000 100000", 2), ("20000 100000", 1), ("max 100000", 4096), ("", 4096)]
)
def test_a_containers_share_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, most: int) -> None:
    monkeypatch.setattr(capacity, "_GROUP", tmp_path)
    if quota:
        (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert 1 <= capacity.processors() <= most
    (tmp_path / "memory.max").write_text("2000000\n")
    (tmp_path / "memory.current").write_text("500000\n")
    assert capacity.now().free <= 1_500_000
    (tmp_path / "memory.max").write_text("max\n")
    assert capacity.now().free > 1_500_000
