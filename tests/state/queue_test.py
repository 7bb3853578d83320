"""What names files and refs of an offer: one for each branch, and never too long for a file system."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from batty_hooks.state import queue, verdicts
from batty_hooks.state.project import Project

LOOK_ALIKE = (
    "fix/a-b", "fix-a/b", "fix/a+b", "fix-a-b", "fix/a_b", "日本", "中文", "-", "b-", "b", "é",
    "x" * 240, "x" * 241, "d/" * 200 + "x", "d/" * 200 + "y",
)  # fmt: skip


def test_each_branch_has_a_key_of_its_own() -> None:
    keys = [queue.branch_key(branch) for branch in LOOK_ALIKE]
    assert len(set(keys)) == len(keys) and all(key.isascii() and len(key) < 120 and "/" not in key for key in keys)
    assert queue.branch_key("fix-me") == "b-fix-me", "a plain name is its own"
    assert queue.branch_key("agent-1/two").startswith("b-agent-1-two-"), "others can be read"


@pytest.mark.parametrize("label", ["t1", ", ".join(LOOK_ALIKE)])
def test_a_log_can_be_made_whatever_is_tested(tmp_path: Path, label: str) -> None:
    project, paths = Project(tmp_path, tmp_path / ".git"), []
    project.logs.mkdir(parents=True)
    for _ in range(2):
        paths.append(verdicts.log_path(project, label, "0123456789abcdef"))
        paths[-1].write_text("red\n")
    assert all(first != second for first, second in itertools.pairwise(paths)) and "0123456789" in paths[0].name
