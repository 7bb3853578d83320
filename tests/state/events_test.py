"""Events: one line a move, once, whatever tears the file."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import tracemalloc
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


def _many(project: Project, first: int, last: int) -> None:
    for number in range(first, last):
        events.append(project, f"e.{number}.", "claimed", card=f"t{number}", text="x" * 100)


def test_at_its_limit_it_goes_on_in_a_file_that_begins_with_its_end(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_MOST", 20_000)
    monkeypatch.setattr(events, "_TAIL", 2_000)
    _many(project, 0, 105)
    before = [event["seq"] for event in events.recent(project)]
    assert before == list(range(before[0], 106)) and len(before) > 5
    assert not events.append(project, "e.104.", "claimed")
    _many(project, 105, 400)
    seqs = [event["seq"] for event in events.read(project)]
    assert seqs == list(range(seqs[0], 401)) and seqs[0] > 1
    assert [event["seq"] for event in events.newest(project)] == seqs[::-1]
    assert sum(path.stat().st_size for path in project.batty.glob("events*")) < 50_000


def test_a_follower_goes_on_in_the_next_file_and_after_a_deletion(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    _many(project, 0, 20)
    following = events.follow(project, events.size(project), 0.001)
    _many(project, 20, 60)
    assert [next(following)["seq"] for _ in range(40)] == list(range(21, 61))
    monkeypatch.setattr(events, "_MOST", 1)
    monkeypatch.setattr(events, "_TAIL", 1_000)
    _many(project, 60, 63)
    assert [next(following)["seq"] for _ in range(3)] == [61, 62, 63]
    monkeypatch.undo()
    project.events_file.unlink()
    _many(project, 63, 64)
    assert next(following)["card"] == "t63"


def test_a_follower_ends_when_nobody_reads_any_more(project: Project) -> None:
    asked = iter([True, True, False])
    _many(project, 0, 2)
    found = events.follow(project, 0, 0.001, goes_on=lambda: next(asked))
    assert [event["seq"] for event in found] == [1, 2]


def test_the_newest_of_a_very_long_file_cost_little(project: Project) -> None:
    """The last twenty of 40 MB: a fortieth of that is read, and held, at most."""
    line = (
        b'{"v":1,"seq":%d,"ts":"2026-01-31T12:00:00.000Z","id":"e","event":"claimed","text":"' + b"x" * 4000 + b'"}\n'
    )
    with open(project.events_file, "wb") as file:
        for number in range(10_000):
            file.write(line % number)
    tracemalloc.start()
    found = list(itertools.islice(events.newest(project), 20))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [event["seq"] for event in found] == list(range(9_999, 9_979, -1))
    assert most < 1_000_000
