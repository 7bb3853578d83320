"""An unchanged team is understood once in a process, and anew as soon as anything that it rests on is another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from batty_hooks.state.team import Team, latest, reading

_TEXT = "roles:\n  - name: builder\n    role_type: engineer\n    agent: mine\n    prompt: builder.md\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "team.yaml"
    (tmp_path / "agents").mkdir()
    for name, text in {"team.yaml": _TEXT, "builder.md": "Build.\n", "agents/mine.py": ""}.items():
        (tmp_path / name).write_text(text)
    return path


def _read(path: Path) -> tuple[Team, list[str]]:
    team, wrong = latest.read(path, "a", path.parent / "kept")
    assert (team, wrong) == reading.read(path, "a")
    return team, [problem.what for problem in wrong]


def test_the_same_text_gives_the_same_team(file: Path) -> None:
    assert _read(file)[0] is _read(file)[0]


def test_a_text_of_the_same_length_written_in_the_same_moment_is_another_team(file: Path) -> None:
    assert _read(file)[0].names == {"human", "builder-1"}
    at = file.stat()
    file.write_text(_TEXT.replace("name: builder", "name: painter"))
    os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert _read(file)[0].names == {"human", "painter-1"}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda place: (place / "builder.md").unlink(), "there is no prompt 'builder.md' beside team.yaml"),
        (lambda place: (place / "agents/mine.py").unlink(), "there is no agent 'mine'"),
        (lambda place: (place / "team.yaml").write_text(_TEXT + "trunc: main\n"), "there is no key 'trunc'"),
    ],
    ids=["its prompt is gone", "its agent is gone", "a mistake"],
)
def test_what_goes_wrong_shows_at_once_and_so_does_the_way_back(
    file: Path, change: Callable[[Path], object], what: str
) -> None:
    whole = {path: path.read_text() for path in file.parent.rglob("*.*")}
    _read(file)
    change(file.parent)
    for _ in range(2):
        assert [what in one for one in _read(file)[1]] == [True]
    for path, text in whole.items():
        path.write_text(text)
    assert _read(file)[1] == []
