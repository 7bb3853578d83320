"""What a hook leaves in the spool is seen though it is written a while after its file was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.moves.base import runner
from batty_hooks.moves.gate import _StillNeeded
from batty_hooks.state import spool
from batty_hooks.state.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".batty/spool").mkdir(parents=True)
    return Project(tmp_path, tmp_path / ".git")


def test_a_file_that_is_not_written_to_its_end_is_no_entry_yet(project: Project) -> None:
    file = project.spool / "2.1.agent-1"
    for said, count in (("", 0), ("/a/path", 0), ("/a/path\n", 1)):
        file.write_text(said)
        assert len(spool.entries(project)) == count
    [entry] = spool.entries(project)
    assert (entry.worktree, entry.member) == (Path("/a/path"), "agent-1")
    spool.drop(project, entry)
    assert spool.files(project) == []


def test_a_run_is_asked_for_again_once_the_file_is_written(project: Project) -> None:
    asked: list[int] = []
    needed = _StillNeeded(project, lambda: not asked.append(1))
    assert needed() and len(asked) == 0
    (project.spool / "2.1").touch()
    before = runner.snapshot(project)
    assert needed() and len(asked) == 1
    assert needed() and len(asked) == 1, "nothing has changed"
    (project.spool / "2.1").write_text("/a/path\n")
    assert needed() and len(asked) == 2
    assert runner.snapshot(project) != before
