"""Events: one line a move, once, whatever tears the file."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from batty_hooks.state import events
from batty_hooks.state.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".batty").mkdir()
    return Project(tmp_path, tmp_path / ".git")


def test_a_repeat_is_recognised(project: Project) -> None:
    assert events.append(project, "t1.landed", "landed", card="t1", member="")
    assert not events.append(project, "t1.landed", "landed", card="t1")
    [line] = events.read(project)
    assert (line["v"], line["seq"], line["event"], line["card"]) == (1, 1, "landed", "t1")
    assert "member" not in line


def test_a_torn_line_costs_only_itself(project: Project) -> None:
    events.append(project, "a", "claimed")
    with open(project.events_file, "ab") as file:
        file.write(b'{"v":1,"seq":2,"id":"b","ev')
    events.append(project, "c", "landed")
    assert [line["id"] for line in events.read(project)] == ["a", "c"]
    assert project.events_file.read_bytes().count(b"\n") == 3


def test_a_long_text_is_cut_not_split(project: Project) -> None:
    events.append(project, "a", "blocked", text="ü" * 9000)
    raw = project.events_file.read_bytes()
    assert len(raw) < 4096 and json.loads(raw)["text"].endswith(" …")


def _write(root: Path, who: int) -> None:
    for number in range(25):
        events.append(Project(root, root / ".git"), f"{who}.{number}", "claimed", member=str(who))


def test_many_writers_one_line_each(project: Project) -> None:
    workers = [multiprocessing.Process(target=_write, args=(project.root, who)) for who in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = list(events.read(project))
    assert [line["seq"] for line in found] == list(range(1, 101))
    assert len({line["id"] for line in found}) == 100
