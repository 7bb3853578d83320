"""What has been kept long enough, by ages and sizes alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from rules.facts import Facts

from batty_hooks.rules import aging
from batty_hooks.rules.aging import DAY, File, Limit, too_old
from batty_hooks.state import inbox, members, pulls, rejections
from batty_hooks.state.inbox import Message
from batty_hooks.state.pulls import Pull
from batty_hooks.state.verdicts import FAILED, PASSED
from batty_hooks.system.forge import CLOSED, MERGED, OPEN

OLD, NEW = 100 * DAY, 0.5 * DAY


def kept(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.mark.parametrize(
    ("files", "limit", "gone"),
    [
        ([], Limit(1), []),
        ([("a", 29 * DAY, 1), ("b", 31 * DAY, 1)], Limit(30), ["b"]),
        ([("a", 2 * DAY, 6), ("b", 3 * DAY, 6), ("c", 4 * DAY, 1)], Limit(30, 10), ["b", "c"]),
        ([("a", 0.5 * DAY, 99), ("b", 0.9 * DAY, 99)], Limit(30, 10), []),
        ([("a", 0.5 * DAY, 99), ("b", 1.1 * DAY, 1)], Limit(30, 10), ["b"]),
        ([("needed", 99 * DAY, 1), ("b", 99 * DAY, 1)], Limit(30), ["b"]),
        ([("needed", 2 * DAY, 9), ("b", 3 * DAY, 9)], Limit(30, 10), ["b"]),
    ],
)
def test_too_old(files: list[tuple[str, float, int]], limit: Limit, gone: list[str]) -> None:
    found = too_old([File(Path(name), age, size) for name, age, size in files], limit, {Path("needed")})
    assert [str(file.path) for file in found] == gone


def test_what_something_stands_on_stays(look: Facts) -> None:
    offer, project = look.offer("c1"), look.project
    for name in ("used.log", "unused.log"):
        kept(project.logs / name, OLD)
    kept(project.logs / "new.log", NEW)
    look.judge(look.itself, PASSED)
    look.judge(look.candidate("c1"), FAILED, ["c1"], log=str(project.logs / "used.log"))
    look.judge(look.candidate("gone"), FAILED, ["gone"])
    for path in project.verdicts.rglob("*.json"):
        kept(path, OLD)
    gone = {file.path for file in aging.found(look).files}
    unused = look.key(look.candidate("gone"))
    assert gone == {project.logs / "unused.log", project.verdicts / f"{unused}.json",
                    project.verdicts / "commits" / "gone.json"}  # fmt: skip
    look.offers.remove(offer)
    assert project.verdicts / "commits" / "c1.json" in {file.path for file in aging.found(look).files}


def test_how_a_command_ended_stays_while_its_message_is_unread(look: Facts) -> None:
    for id in ("m1", "m2"):
        inbox.send(look.project, Message(id, "human", "engineer-1", "x", "x"))
        members.record_ran(look.project, "engineer-1", id, {"exit": 0})
        kept(look.project.members / "engineer-1" / "ran" / f"{id}.json", OLD)
    inbox.confirm(look.project, "engineer-1", "m1")
    assert [file.path.name for file in aging.found(look).files] == ["m1.json"]


def test_words_of_a_rejection_that_was_never_sent_stay_while_there_is_somebody_to_send_them_to(look: Facts) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1", done="- [x] Two (engineer-1) ^t2")
    offer = look.offer("c1")
    keys = ("t1", "t2", "t3", offer.key)
    for key in keys:
        path = rejections.begin(look.project, key, "0123456789abcdef", "words")
        assert rejections.key_of(path) == key
        kept(path, OLD)
    kept(rejections.begin(look.project, "t3", "fedcba9876543210", "new"), NEW)
    assert {file.path.name for file in aging.found(look).files} == {"t2-0123456789.eml", "t3-0123456789.eml"}


def test_what_is_known_of_pull_requests_that_are_over_goes_but_for_what_is_still_to_be_done(look: Facts) -> None:
    look.write_board(progress="- [x] One (engineer-1) ^t1", done="- [x] Two (engineer-1) ^t2")
    waiting, states = look.offer("c1").key, {"t5": OPEN}
    for key in ("t1", "t2", "t3", "t4", "t5", waiting):
        pulls.put(look.project, Pull(key, f"batty/{key}", state=states.get(key, MERGED if key != "t3" else CLOSED)))
        kept(pulls.file_of(look.project, key), 2 * OLD if key != "t4" else NEW)
    assert {file.path.stem for file in aging.found(look).files} == {"t2", "t3"}


@pytest.mark.parametrize(("looked_at", "installed", "is_time"), [
    (None, None, False), (None, OLD, True), (None, NEW, False), (NEW, OLD, False), (OLD, NEW, True)])  # fmt: skip
def test_once_a_day(look: Facts, looked_at: float | None, installed: float | None, is_time: bool) -> None:
    if looked_at is not None:
        kept(look.project.aged_file, looked_at)
    if installed is not None:
        kept(look.project.batty / ".gitignore", installed)
    assert aging.is_time(look.project) == is_time
