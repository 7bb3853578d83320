"""A team that several stories of a file use, one after another: its start is most of what a short story costs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from scene import Scene, wait_for
from tui.company import Company

from batty_hooks.rules.look import Look
from batty_hooks.state import watcher

_REST_SECONDS = 2.0  # for the last message of a story to be heard as taken


class Kept:
    """Gives the same team as long as each story leaves it as it found it, and a new one after a story that did not."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.number = 0
        self.made: Callable[[Company], object] | None = None
        self.company: Company | None = None
        self.before: object = None

    def __call__(self, make: Callable[[Company], object]) -> Company:
        """The team that ``make`` hires and starts, or one that it has made for a story before."""
        if self.company is None or self.made is not make or not self._comes_to_rest(self.company):
            self.close()
            self.number += 1
            self.made, self.company = make, Company(Scene(self.home / str(self.number) / "project").create())
            make(self.company)
            self.company.watcher()
            self.before = _settings(self.company)
        for name in _members(self.company):
            for left in ("taken.jsonl", "approved"):
                (self.company.room(name) / "settings" / left).unlink(missing_ok=True)
        return self.company

    def _comes_to_rest(self, company: Company) -> bool:
        with contextlib.suppress(AssertionError):
            wait_for(lambda: self._is_as_it_was(company), _REST_SECONDS)
            return True
        return False

    def _is_as_it_was(self, company: Company) -> bool:
        """Everybody is ready, and has nothing to read, to do, or in its line."""
        open_cards = company.scene.lane("TODO") + company.scene.lane("IN PROGRESS")
        if open_cards or not watcher.alive(company.project) or _settings(company) != self.before:
            return False
        return all(
            company.pane(name).alive
            and company.state(name) == "ready"
            and not company.unread(name)
            and company.screen(name).rstrip().endswith(">")
            for name in _members(company)
        )

    def close(self) -> None:
        if self.company is not None:
            self.company.close()
            self.company = None


def _settings(company: Company) -> object:
    """What the team goes by, and its windows."""
    files = [company.project.team_file, *sorted(company.project.adapters.glob("*.py"))]
    return [file.read_bytes() for file in files], company.tmux("list-windows", "-F", "#{window_name}", check=False)


def _members(company: Company) -> list[str]:
    return [member.name for member in Look(company.project).team.members]
