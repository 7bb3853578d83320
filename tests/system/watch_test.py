"""The watcher tells of changes, quickly while something goes on and sparingly when nothing does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from batty_hooks.system import watch


@pytest.mark.parametrize("quiet_after", [10.0, 0.0])
def test_a_change_is_told_at_either_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_after: float) -> None:
    monkeypatch.setattr(watch, "_QUIET_SECONDS", quiet_after)
    stop = threading.Event()
    told = watch.looks([tmp_path, tmp_path / "not-there"], stop)
    is_told = threading.Event()

    def write() -> None:  # again and again: on a busy machine the first time is before anybody listens
        while not is_told.wait(0.1):
            (tmp_path / "new").touch()

    threading.Thread(target=write, daemon=True).start()
    found = next(changes for changes in told if changes)
    is_told.set()
    assert str(tmp_path / "new") in found
    threading.Timer(0.1, lambda: (stop.set(), (tmp_path / "newer").touch())).start()
    assert all(str(tmp_path / "newer") not in changes for changes in told)


def test_it_wakes_seldom_when_nothing_has_changed_for_a_while() -> None:
    assert 1000 / watch.step_ms(0.0) == 40
    assert 1000 / watch.step_ms(10.0) < 8


def test_it_ends_when_a_directory_was_replaced(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    told = watch.looks([tmp_path, place], threading.Event())
    has_ended = threading.Event()

    def replace() -> None:  # again and again, for the same reason
        number = 0
        while not has_ended.wait(0.1):
            place.rename(tmp_path / f"old-{number}")
            place.mkdir()
            number += 1

    threading.Thread(target=replace, daemon=True).start()
    found = list(told)
    has_ended.set()
    assert len(found) <= 2
