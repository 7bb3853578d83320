"""What comes back from another machine is believed when it is about what was asked, and from such a machine."""

from __future__ import annotations

import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batty_hooks.moves.base import away
from batty_hooks.system.machines import Lost
from batty_hooks.system.machines.hosting import told

BATCH: Any = SimpleNamespace(key="k", candidate=SimpleNamespace(tree="t"))
WELL = {
    "key": "k", "tree": "t", "exit": 0, "seconds": 1.5, "timed_out": False, "cut": 0, "setup": "",
    "log": zlib.compress(b"all is well\n"), "here": told("linux", "x86_64", "").words(),
}  # fmt: skip


def believed(answer: dict[str, Any], log: Path, wanted: str = "linux-x86_64") -> Any:
    return away.believed(None, BATCH, answer, log, wanted)  # type: ignore[arg-type]


def test_what_is_about_the_candidate_is_believed(tmp_path: Path) -> None:
    outcome = believed(WELL, tmp_path / "log")
    assert (outcome.exit, outcome.seconds) == (0, 1.5) and (tmp_path / "log").read_text() == "all is well\n"
    assert believed(WELL, tmp_path / "log", "linux").exit == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"key": "other"}, "about another candidate"),
        ({"tree": "other"}, "about another candidate"),
        ({"lost": "the disk is full"}, "the disk is full"),
        ({"here": told("macos", "arm64", "").words()}, "of macos-aarch64, which says nothing of linux-x86_64"),
        ({"here": told("linux", "x86_64", "class: musl").words()}, "of linux-x86_64-musl"),
        ({"here": None}, "its answer is none"),
        ({"exit": "x"}, "its answer is none"),
        ({"log": b"nonsense"}, "its answer is none"),
    ],
)
def test_what_is_not_is_nothing(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(Lost, match=why):
        believed({**WELL, **more}, tmp_path / "log")
    assert not (tmp_path / "log").exists()
