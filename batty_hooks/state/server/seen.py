"""Where the server's trunk stands, as far as anybody here has seen it. No network: this reads refs alone."""

from __future__ import annotations

from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system.git import refs, server
from batty_hooks.system.records import dataclass

_GONE_BY, REWRITTEN = "refs/batty/server/", "refs/batty/rewritten/"


@dataclass(frozen=True)
class Rewritten:
    """The server's trunk is at ``now``, which does not contain ``was``, the commit that we went by."""

    was: str
    now: str


def gone_by(trunk: str) -> str:
    """The ref of the newest commit of the server's trunk that we went by."""
    return f"{_GONE_BY}{trunk}"


def places(project: Project) -> list[Path]:
    """The files and directories that change when another commit of the server's trunk is gone by."""
    room = project.common / _GONE_BY
    return [room, *room.rglob("*")]


def tip(project: Project, remote: str, trunk: str) -> str | None:
    """The server's trunk as last seen; the one before, where it was rewritten since. None: nobody has seen it yet."""
    known, fetched = _both(project, remote, trunk)
    if known and fetched and not refs.contains(project.root, fetched, known):
        return known
    return fetched or known


def rewritten(project: Project, remote: str, trunk: str) -> Rewritten | None:
    """What happened, when the server's trunk lacks what we went by; None normally."""
    known, fetched = _both(project, remote, trunk)
    if not known or not fetched or refs.contains(project.root, fetched, known):
        return None
    return Rewritten(known, fetched)


def taken_off(project: Project) -> list[str]:
    """Where the server's trunk had been before each rewrite that was accepted."""
    return list(refs.listed(project.root, REWRITTEN).values())


def go_by(project: Project, remote: str, trunk: str) -> None:
    """Go by what was fetched, unless the server's trunk was rewritten."""
    known, fetched = _both(project, remote, trunk)
    if fetched and fetched != known and (known is None or refs.contains(project.root, fetched, known)):
        refs.update(project.root, gone_by(trunk), fetched, known or refs.ZERO, "batty-hooks: seen on the server")


def _both(project: Project, remote: str, trunk: str) -> tuple[str | None, str | None]:
    """The commit we went by, and what was fetched last, by whomever."""
    ref = gone_by(trunk)
    known = refs.loose(project.root, ref) or refs.listed(project.root, ref).get(ref)
    return known, server.seen(project.root, remote, trunk)
