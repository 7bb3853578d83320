"""Where what an agent said about a card is: the files that its CLI keeps, which outlive the agent.

Of a member's sessions those count in which something was written while it had the card: from when it read the card's
first brief until it read the next card's. A command's words are the log of its run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.agents import base as agents
from batty_hooks.errors import FatalError
from batty_hooks.rules import spending
from batty_hooks.rules.look import Look
from batty_hooks.state import events, members
from batty_hooks.system import late
from batty_hooks.system.records import dataclass

_HEAD = 64 * 1024
_TIME = late.pattern(rb'"timestamp": ?"([0-9T:.Z+-]+)"')


@dataclass(frozen=True)
class Transcript:
    """A file with an agent's words: whose, of which CLI ("command" for a command's log) and session."""

    member: str
    cli: str
    session: str
    path: Path


def of_card(look: Look, id: str) -> list[Transcript]:
    """The transcripts about a card that are there, in the order in which its engineers had it."""
    found = [*_logs(look, id), *_of_sessions(look, id)]
    return list({one.path: one for one in found}.values())


def _logs(look: Look, id: str) -> Iterator[Transcript]:
    for event in events.read(look.project):
        log = Path(str(event.get("log", "")))
        if event.get("card") == id and event.get("message") and log.is_file():
            yield Transcript(str(event.get("member", "")), "command", "", log)


def _of_sessions(look: Look, id: str) -> Iterator[Transcript]:
    for name in dict.fromkeys([*(member.name for member in look.team.members), *members.with_sessions(look.project)]):
        briefs = spending.briefs_of(look, name)
        for since, until in _times(briefs, id):
            for cli, session in members.sessions(look.project, name):
                for path in _files(look, name, cli, session):
                    if _was_written(path, since, until):
                        yield Transcript(name, cli, session, path)


def _times(briefs: list[tuple[float, str]], id: str) -> Iterator[tuple[float, float]]:
    """From when to when somebody had a card, by the briefs it has read."""
    for number, (since, card) in enumerate(briefs):
        if card == id:
            yield since, next((at for at, other in briefs[number + 1 :] if other != id), float("inf"))


def _files(look: Look, name: str, cli: str, session: str) -> list[Path]:
    listed = getattr(agents.readable(cli, look.project.adapters), "transcripts", None)
    with contextlib.suppress(FatalError, OSError):
        return list(listed(look.project.member_directory(name) / "settings", session)) if listed else []
    return []


def _was_written(path: Path, since: float, until: float) -> bool:
    """Whether a file was begun before the end of that time, as far as its first line with a time says it, and written
    to after its beginning."""
    try:
        with path.open("rb") as file:
            first = _TIME.search(file.read(_HEAD))
        return path.stat().st_mtime >= since and (not first or events.seconds(first[1].decode()) <= until)
    except OSError:
        return False
