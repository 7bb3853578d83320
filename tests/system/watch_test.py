"""The watcher tells of changes, quickly while something goes on and sparingly when nothing does."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from batty_hooks.system import watch

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@pytest.fixture(params=[pytest.param("inotify", marks=on_linux), "watchfiles"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes are heard of by either."""
    monkeypatch.setattr(watch, "_listening", getattr(watch, f"_by_{request.param}"))


@pytest.mark.usefixtures("way")
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


@on_linux
def test_who_only_reads_wakes_nobody(tmp_path: Path) -> None:
    from batty_hooks.system.inotify import Inotify

    (tmp_path / "file").write_text("1")
    (tmp_path / "below").mkdir()
    with Inotify([str(tmp_path), str(tmp_path / "below")]) as inotify:
        assert (tmp_path / "file").read_text() and list(os.walk(tmp_path))
        assert inotify.wait(0, 0, 0) == set()
        (tmp_path / "below" / "new").touch()
        (tmp_path / "file").write_text("2")
        assert inotify.wait(0, 0, 0) == {str(tmp_path / "below" / "new"), str(tmp_path / "file")}


@on_linux
def test_every_kind_of_change_is_told(tmp_path: Path) -> None:
    from batty_hooks.system.inotify import Inotify

    name = tmp_path / os.fsdecode(b"\xff odd\n")  # (in no encoding)
    with Inotify([str(tmp_path)]) as inotify:
        for change in (
            name.touch, lambda: name.write_text("x"), lambda: name.chmod(0o600), lambda: os.utime(name, (1, 1)),
            lambda: name.rename(tmp_path / "other"), (tmp_path / "other").unlink, (tmp_path / "room").mkdir,
        ):  # fmt: skip
            assert inotify.wait(0, 0, 0) == set()
            change()
            assert inotify.wait(0, 0, 0), change
        inotify.wait(0, 0, 0)
        tmp_path.rename(f"{tmp_path}-moved")
        assert inotify.wait(0, 0, 0) == {str(tmp_path)}
    with pytest.raises(FileNotFoundError):
        Inotify([f"{tmp_path}-moved", str(tmp_path)])


@on_linux
def test_more_than_the_kernel_keeps_is_a_change_of_all(tmp_path: Path) -> None:
    from batty_hooks.system.inotify import Inotify

    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    with Inotify([str(tmp_path)]) as inotify:
        names = [tmp_path / name for name in "ab"]
        for number in range(most + 10):
            names[number % 2].touch()  # (the same twice in a row is kept once)
        found = inotify.wait(0, 0, 60_000)
        assert found == {str(tmp_path), *map(str, names)}


@pytest.mark.usefixtures("way")
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
