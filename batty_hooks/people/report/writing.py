"""Writing the page, once or for as long as somebody wants it current. A reader sees the old file or the new one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people.report import page
from batty_hooks.people.report.gathering import gather
from batty_hooks.state import events
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, watch

READS_AGAIN = 5.0  # seconds: how often a page that is kept current reads itself
_LOOKS = 1.0
_SHARE = 4.0  # times as long as it takes to make a page nothing is done: a team that works comes first
_AT_LATEST = 30.0  # what goes on gets longer, though nothing happens


def place(project: Project, said: Path | None) -> Path:
    """Where what is made is put. Raises FatalError where no file can be."""
    path = (said or project.batty / "report.html").absolute()
    if path.is_dir() or not path.parent.is_dir():
        what = "is a directory" if path.is_dir() else "lies in no directory that is there"
        raise FatalError(f"{path} {what}", "batty-hooks report -o report.html", USAGE)
    return path


def write(project: Project, path: Path, since: float, live: bool = False) -> None:
    """Make the page as things stand."""
    put(path, page.page(gather(project, since), READS_AGAIN if live else 0.0))


def put(path: Path, text: str) -> None:
    """Write a file. Raises FatalError where it cannot be."""
    try:
        atomic.write(path, text.encode("utf-8", "replace"), lasting=False)
    except OSError as error:
        raise FatalError(f"{path} cannot be written: {error.strerror}", "batty-hooks report -o FILE", USAGE) from None


def keep(project: Project, path: Path, since: Callable[[], float]) -> Iterator[None]:
    """Write the page whenever something has happened; each time it is written, and at each look, it yields."""
    seen: object = None
    written = took = 0.0
    while True:
        now = _snapshot(project)
        if now != seen or time.monotonic() - written > _AT_LATEST:
            seen, written = now, time.monotonic()
            write(project, path, since(), live=True)
            took = time.monotonic() - written
        yield
        time.sleep(max(_LOOKS, _SHARE * took))


def _snapshot(project: Project) -> object:
    places = [project.board_file, project.queue, project.verdicts, project.pause_file, *project.inboxes.glob("*/new")]
    return events.size(project), watch.snapshot(places)
